"""What class-based namespaces of both colours have in common."""

from __future__ import annotations

from typing import Any

from sio_core.handlers import EventMethods


class NamespaceOfClient(EventMethods):
    """A `NamespaceOfClient` is a class-based namespace that a client can register."""

    client: Any
    """The client that it is registered with; None before."""
    _owned_by = "client"

    def __init__(self, namespace: str | None = None) -> None:
        super().__init__(namespace)
        self.client = None

    def _set_client(self, client: Any) -> None:
        self.client = client

"""What a server knows of the class-based namespaces that are registered with it.

`namespace.py` adds the methods of the servers, which it takes from their classes.
"""

from __future__ import annotations

from typing import Any

from sio_core.handlers import AwaitingMethods, BlockingMethods, EventMethods, forward

from .shared import ServerApi


class BaseNamespace(EventMethods):
    """An object that handles all events of a namespace, of either colour."""

    server: Any
    _owned_by = "server"

    def __init__(self, namespace: str | None = None) -> None:
        """Handle the events of `namespace`; None is `/`, and `"*"` every one without handlers."""
        super().__init__(namespace)
        self.server = None  # until it is registered

    def _set_server(self, server: Any) -> None:
        self.server = server

    rooms = forward(ServerApi.rooms)


class AsyncNamespaceBase(AwaitingMethods, BaseNamespace):
    """A class-based namespace for `AsyncServer`."""


class BlockingNamespaceBase(BlockingMethods, BaseNamespace):
    """A class-based namespace for `Server`."""

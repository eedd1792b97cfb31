"""What a web server can ask an ASGI application that need not be served through ASGI."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from sio_server.aio import Driver
from sio_server.serving.proxies import TrustedProxies

from .scopes import Scope


class DirectlyServed(ABC):
    """An application one of whose paths is the endpoint of a Socket.IO server."""

    @abstractmethod
    def is_endpoint(self, scope: Scope) -> bool:
        """Return true if the `path` of `scope` is that of the endpoint."""

    @abstractmethod
    def direct_driver(self) -> Driver[Any] | None:
        """Return the driver that answers the next request of the endpoint, if nothing else does.

        None where it is to go through ASGI, for the program has put something of its own there.
        """

    @property
    @abstractmethod
    def trusted_proxies(self) -> TrustedProxies:
        """Return the proxies that the server trusts."""

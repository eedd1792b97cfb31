"""What a server knows of the class-based namespaces that are registered with it.

`namespace.py` adds the methods of the servers, which it takes from their classes.
"""

from __future__ import annotations

from typing import Any

from sio_core.handlers import EventMethods

from .dispatch.runners import resolve


class BaseNamespace(EventMethods):
    """An object that handles all events of a namespace, of either colour."""

    server: Any

    def __init__(self, namespace: str | None = None) -> None:
        """Handle the events of `namespace`; None is `/`, and `"*"` every one without handlers."""
        super().__init__(namespace)
        self.server = None  # until it is registered

    def _set_server(self, server: Any) -> None:
        self.server = server


class AsyncNamespaceBase(BaseNamespace):
    """A class-based namespace for `AsyncServer`."""

    def is_asyncio_based(self) -> bool:
        """Return True: the methods are coroutines, for an `AsyncServer`."""
        return True

    async def trigger_event(self, event: str, *args: Any) -> Any:
        """Dispatch one event to its method; override it to see them all.

        Returns what the method returned, or the server's `not_handled`.
        """
        found = self._method(self.server, event, args)
        if found is None:
            return self.server.not_handled
        handler, fitting = found
        return fitting[0] if handler is None else await resolve(handler(*fitting))


class BlockingNamespaceBase(BaseNamespace):
    """A class-based namespace for `Server`."""

    def is_asyncio_based(self) -> bool:
        """Return False: the methods are no coroutines, for a `Server`."""
        return False

    def trigger_event(self, event: str, *args: Any) -> Any:
        """Dispatch one event to its method; override it to see them all.

        Returns what the method returned, or the server's `not_handled`.
        """
        found = self._method(self.server, event, args)
        if found is None:
            return self.server.not_handled
        handler, fitting = found
        return fitting[0] if handler is None else handler(*fitting)

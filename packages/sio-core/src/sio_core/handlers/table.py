"""Which handler an event goes to. Looking up is pure; calling belongs to the driver."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

from .call_shape import Handler

ANY: Final = "*"
"""As an event or a namespace: whatever has no handler of its own."""

LIFECYCLE_EVENTS: Final = frozenset(("connect", "disconnect"))
"""Events of the server's own making, which a catch-all event never sees."""


class HandlerTable:
    """Handlers by namespace and event, and the objects that handle whole namespaces.

    `functions` and `objects` are plain dictionaries that applications may read.
    """

    def __init__(self, lifecycle: Collection[str] = LIFECYCLE_EVENTS) -> None:
        """Make an empty table; a catch-all event never sees the events of `lifecycle`."""
        self._lifecycle = frozenset(lifecycle)
        self.functions: dict[str, dict[str, Handler]] = {}
        self.objects: dict[str, Any] = {}

    def add(self, namespace: str, event: str, handler: Handler) -> None:
        """Register `handler`; a later one for the same event takes its place."""
        self.functions.setdefault(namespace, {})[event] = handler

    def namespaces(self) -> Iterator[str]:
        """The namespaces that have a handler of their own."""
        yield from (name for name in (*self.functions, *self.objects) if name != ANY)

    def resolve(self, namespace: str, event: str) -> tuple[Handler, tuple[str, ...]] | None:
        """The function for an event and the arguments to put in front of the event's own.

        The most exact wins: event in namespace, any event in namespace, event
        in any namespace, any event in any namespace.
        """
        lifecycle = event in self._lifecycle
        named = event != ANY  # a peer may well call its event that
        own = self.functions.get(namespace)
        if own is not None:
            if named and event in own:
                return own[event], ()
            if ANY in own and not lifecycle:
                return own[ANY], (event,)
        shared = self.functions.get(ANY)
        if shared is not None:
            if named and event in shared:
                return shared[event], (namespace,)
            if ANY in shared and not lifecycle:
                return shared[ANY], (event, namespace)
        return None

    def resolve_object(self, namespace: str) -> tuple[Any, tuple[str, ...]] | None:
        """The object for a namespace and the arguments to put in front of its events' own."""
        if namespace in self.objects:
            return self.objects[namespace], ()
        if ANY in self.objects:
            return self.objects[ANY], (namespace,)
        return None

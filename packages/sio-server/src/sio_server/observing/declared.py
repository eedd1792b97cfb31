"""Which names of namespaces and events metrics and traces may have: peers must not invent them.

Whatever else comes has one name for all, so that there are as many series as a program has names.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final, Protocol

OTHER: Final = "*"
"""The name of all that is not declared."""
LONGEST: Final = 256
"""Characters of a name that is looked up: no program has longer ones."""


class Server(Protocol):
    """What is read of a server: what its handlers are registered for."""

    @property
    def handlers(self) -> Mapping[str, Mapping[str, Any]]: ...
    @property
    def namespace_handlers(self) -> Mapping[str, Any]: ...
    @property
    def namespaces(self) -> Collection[str] | str: ...


class Declared:
    """The names that a program has declared: by handlers of `server`, and as `events`.

    Raises `TypeError` where `events` is one text.
    """

    def __init__(self, server: Server, events: Collection[str] = ()) -> None:
        if isinstance(events, str):
            raise TypeError(f"events is a list of names, such as [{events!r}]")
        self._server = server
        self._events = frozenset(events)

    def namespace(self, name: str) -> str:
        """Return `name` if it is that of a namespace of the program, else `OTHER`."""
        server = self._server
        if name == "/" or name in server.handlers or name in server.namespace_handlers:
            return name
        return name if name in server.namespaces and server.namespaces != OTHER else OTHER

    def event(self, namespace: str, name: Any) -> str:
        """Return `name` if the program declares that event of `namespace`, else `OTHER`."""
        if not isinstance(name, str) or len(name) > LONGEST:
            return OTHER
        return name if name in self._events or self._has_handler(namespace, name) else OTHER

    def _has_handler(self, namespace: str, name: str) -> bool:
        server, nobody = self._server, dict[str, Any]()
        for where in (namespace, OTHER):
            if name in server.handlers.get(where, nobody):
                return True
        target = server.namespace_handlers.get(namespace) or server.namespace_handlers.get(OTHER)
        return hasattr(target, f"on_{name}")

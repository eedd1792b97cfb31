"""`server.eio` and `server.environ`: the transport layer of a Socket.IO server as programs see it.

It is a face over the core, with the interface of an Engine.IO server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, Final, Protocol

from sio_core import engineio

from .drivers.client.environ import EnvironKeeper
from .engine_api import EngineApi, EngineSettings, HasUserSession
from .engine_colours import AsyncEngineApi, BlockingEngineApi

if TYPE_CHECKING:
    from .concurrency.primitives import Concurrency

HANDLERS: Final = {
    "connect": "_handle_eio_connect",
    "message": "_handle_eio_message",
    "disconnect": "_handle_eio_disconnect",
}
"""The methods of a server of Socket.IO that handle the events of the one underneath."""


class Faced(Protocol):
    """What the face asks of the server that it belongs to."""

    async_handlers: bool
    driver: Any
    options: Any

    @property
    def async_mode(self) -> str: ...
    @property
    def handle_request(self) -> Callable[..., Any]: ...
    @property
    def shutdown(self) -> Callable[..., Any]: ...
    @property
    def sleep(self) -> Callable[..., Any]: ...
    @property
    def start_background_task(self) -> Callable[..., Any]: ...


class EnvironByEngineSid(MutableMapping[str, dict[str, Any]]):
    """WSGI environments by Engine.IO session id, until the disconnect handlers have returned.

    What is written under an id that no session has stays as it is, as in a dictionary.
    """

    def __init__(self, engine: engineio.Server) -> None:
        self._engine = engine
        self._leaving: dict[str, tuple[engineio.Session, int]] = {}
        self._others: dict[str, dict[str, Any]] = {}

    def replace(self, environs: Mapping[str, dict[str, Any]]) -> None:
        """Take what a program has assigned: what is not in it and has no session is forgotten."""
        self._others.clear()
        self.update(environs)

    def opened(self, eio_sid: str) -> None:
        """A session begins: what was written under its id is in its own hands now."""
        self._others.pop(eio_sid, None)

    def keep(self, session: engineio.Session) -> None:
        """A disconnect handler begins: the session may end, or has, and is looked up still."""
        _, handlers = self._leaving.get(session.sid, (session, 0))
        self._leaving[session.sid] = (session, handlers + 1)

    def drop(self, session: engineio.Session) -> None:
        """A disconnect handler has returned."""
        _, handlers = self._leaving.pop(session.sid)
        if handlers > 1:
            self._leaving[session.sid] = (session, handlers - 1)

    def _keeper(self, eio_sid: str) -> EnvironKeeper | None:
        session = self._engine.sessions.get(eio_sid)
        if session is None and eio_sid in self._leaving:
            session = self._leaving[eio_sid][0]
        return None if session is None else session.driver

    def __getitem__(self, eio_sid: str) -> dict[str, Any]:
        keeper = self._keeper(eio_sid)
        return self._others[eio_sid] if keeper is None else keeper.environ

    def __setitem__(self, eio_sid: str, environ: dict[str, Any]) -> None:
        keeper = self._keeper(eio_sid)
        if keeper is None:
            self._others[eio_sid] = environ
        else:
            keeper.environ = environ

    def __delitem__(self, eio_sid: str) -> None:
        keeper = self._keeper(eio_sid)
        if keeper is None:
            del self._others[eio_sid]
        else:
            keeper.environ = {}

    def _ids(self) -> list[str]:
        # Copies: another thread may connect a client meanwhile.
        return list({**self._engine.sessions, **self._leaving, **self._others})

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids())

    def __len__(self) -> int:
        return len(self._ids())


class SharedEngineFace(EngineApi):
    """What the faces of both colours are: most of it is done by the server that one belongs to."""

    def __init__(self, server: Faced, engine: engineio.Server) -> None:
        settings: EngineSettings = server.options
        super().__init__(engine, settings)
        self._server = server

    @property
    def _driver(self) -> Any:
        return self._server.driver

    def keeper(self, sid: str) -> HasUserSession | None:
        """Return what keeps the user session of a client, or None for a stranger."""
        session = self._engine.sessions.get(sid)
        return None if session is None else session.driver

    @property
    def handlers(self) -> dict[str, Callable[..., Any]]:
        """Return what handles each event: a method of the server, or what `on` put there."""
        return {event: getattr(self._server, name) for event, name in HANDLERS.items()}

    def on(self, event: str, handler: Callable[..., Any] | None = None) -> Any:
        """Have `handler` called for an `event` in the place of what the server of Socket.IO does.

        `event` is `"connect"`, with `(sid, environ)`, `"message"`, with `(sid, data)`, or
        `"disconnect"`, with `(sid, reason)`. What was there before is in `handlers`: call it, or
        Socket.IO hears nothing. Without `handler`, returns a decorator. Raises `ValueError` for
        another event.
        """
        if event not in HANDLERS:
            raise ValueError(f"{event!r} is no event: there are {', '.join(HANDLERS)}")

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            setattr(self._server, HANDLERS[event], function)
            return function

        if handler is None:
            return register
        register(handler)
        return None

    @property
    def logger(self) -> Any:
        """Return the logger of connections."""
        return self._server.driver.log

    @property
    def async_mode(self) -> str:
        """Return the name of the async mode in use."""
        return self._server.async_mode

    @property
    def async_handlers(self) -> bool:
        """Return whether events of one client may be handled at the same time."""
        return self._server.async_handlers

    @async_handlers.setter
    def async_handlers(self, value: bool) -> None:
        self._server.async_handlers = value

    def handle_request(self, *args: Any, **kwargs: Any) -> Any:
        """Do what `handle_request` of the server does, with its arguments."""
        return self._server.handle_request(*args, **kwargs)

    def shutdown(self) -> Any:
        """Do what `shutdown` of the server does."""
        return self._server.shutdown()

    def start_background_task(self, target: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Do what `start_background_task` of the server does."""
        return self._server.start_background_task(target, *args, **kwargs)

    def sleep(self, seconds: float = 0) -> Any:
        """Do what `sleep` of the server does."""
        return self._server.sleep(seconds)


class EngineFace(SharedEngineFace, AsyncEngineApi):
    """The Engine.IO server underneath an `AsyncServer`: `ping_interval`, `sockets` and more."""

    async def _close(self, sid: str) -> None:
        self._end(sid)


class BlockingEngineFace(SharedEngineFace, BlockingEngineApi):
    """The Engine.IO server underneath a `Server`."""

    def __init__(self, server: Faced, engine: engineio.Server, concurrency: Concurrency) -> None:
        super().__init__(server, engine)
        self.concurrency = concurrency

    def _close(self, sid: str) -> None:
        self._end(sid)

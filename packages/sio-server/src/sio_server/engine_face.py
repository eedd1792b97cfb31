"""`server.eio` and `server.environ`: the transport layer as programs see it.

Programs read and set a few attributes of the Engine.IO server underneath. This
is a face over the core with those names; setting one takes effect at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import replace
from typing import Any, Protocol

from sio_core import engineio

from .concurrency.primitives import Concurrency
from .drivers.client.environ import EnvironKeeper


class Faced(Protocol):
    """What the face asks of the server that it belongs to."""

    async_handlers: bool

    @property
    def async_mode(self) -> str: ...


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


class EngineSocket:
    """One Engine.IO session as a member of `server.eio.sockets`."""

    __slots__ = ("_session",)

    def __init__(self, session: engineio.Session) -> None:
        self._session = session

    @property
    def sid(self) -> str:
        """Return the session's secret id."""
        return self._session.sid

    @property
    def upgraded(self) -> bool:
        """Return true when the session is on WebSocket."""
        return self._session.transport == "websocket"

    @property
    def connected(self) -> bool:
        """Return true until the session ends."""
        return self._session.state is engineio.SessionState.OPEN

    @property
    def closed(self) -> bool:
        """Return true when the session has ended."""
        return self._session.state is engineio.SessionState.CLOSED


class EngineSockets(Mapping[str, EngineSocket]):
    """The sessions by their secret id: a view, in which nothing is made before it is asked for."""

    def __init__(self, engine: engineio.Server) -> None:
        self._engine = engine

    def __getitem__(self, eio_sid: str) -> EngineSocket:
        return EngineSocket(self._engine.sessions[eio_sid])

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._engine.sessions))

    def __len__(self) -> int:
        return len(self._engine.sessions)

    def copy(self) -> dict[str, EngineSocket]:
        """Return what the view shows now, as a dictionary."""
        return {sid: EngineSocket(session) for sid, session in self._engine.sessions.copy().items()}


class EngineFace:
    """The Engine.IO server underneath: `ping_interval`, `ping_timeout`, `sockets` and more."""

    def __init__(self, server: Faced, engine: engineio.Server) -> None:
        self._server = server
        self._engine = engine

    @property
    def sockets(self) -> EngineSockets:
        """Return the sessions by their secret id, as a view."""
        return EngineSockets(self._engine)

    @property
    def ping_interval(self) -> float:
        """Return the seconds between pings; assign to it to change it for all sessions."""
        return self._engine.config.ping_interval

    @ping_interval.setter
    def ping_interval(self, seconds: float) -> None:
        self._engine.config = replace(self._engine.config, ping_interval=seconds)

    @property
    def ping_interval_grace_period(self) -> float:
        """Return the seconds added to the interval that clients are told."""
        return self._engine.config.ping_grace

    @ping_interval_grace_period.setter
    def ping_interval_grace_period(self, seconds: float) -> None:
        self._engine.config = replace(self._engine.config, ping_grace=seconds)

    @property
    def ping_timeout(self) -> float:
        """Return the seconds that a client has to answer a ping; assign to it to change it."""
        return self._engine.config.ping_timeout

    @ping_timeout.setter
    def ping_timeout(self, seconds: float) -> None:
        self._engine.config = replace(self._engine.config, ping_timeout=seconds)

    @property
    def max_http_buffer_size(self) -> int:
        """Return the largest message that is accepted, in bytes; assign to it to change it."""
        return self._engine.config.max_payload

    @max_http_buffer_size.setter
    def max_http_buffer_size(self, size: int) -> None:
        self._engine.config = replace(self._engine.config, max_payload=size)

    @property
    def transports(self) -> list[str]:
        """Return the transports that clients may use."""
        return list(self._engine.config.transports)

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

    def transport(self, eio_sid: str) -> str:
        """Return the transport of a session, `"polling"` or `"websocket"`."""
        return self._engine.sessions[eio_sid].transport

    def create_event(self, *args: Any, **kwargs: Any) -> asyncio.Event:
        """Return a new event object of the async mode."""
        return asyncio.Event(*args, **kwargs)

    def create_queue(self, *args: Any, **kwargs: Any) -> asyncio.Queue[Any]:
        """Return a new queue of the async mode."""
        return asyncio.Queue(*args, **kwargs)


class BlockingEngineFace(EngineFace):
    """`EngineFace` whose events and queues are those of threads or greenlets."""

    def __init__(self, server: Faced, engine: engineio.Server, concurrency: Concurrency) -> None:
        super().__init__(server, engine)
        self._concurrency = concurrency

    def create_event(self, *args: Any, **kwargs: Any) -> Any:
        """Return a new event object of the async mode."""
        return self._concurrency.event()

    def create_queue(self, *args: Any, **kwargs: Any) -> Any:
        """Return a new queue of the async mode."""
        return self._concurrency.queue(*args, **kwargs)

    def start_background_task(self, target: Any, *args: Any, **kwargs: Any) -> Any:
        """Do what `Server.start_background_task` does."""
        return self._concurrency.spawn(target, *args, **kwargs)

    def sleep(self, seconds: float = 0) -> None:
        """Do what `Server.sleep` does."""
        self._concurrency.sleep(seconds)

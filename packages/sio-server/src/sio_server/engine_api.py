"""The interface of an Engine.IO server, as programs written for python-engineio know it.

A server of applications of Engine.IO has it (`engineio/`), and so has `eio` of a server of
Socket.IO (`engine_face.py`). Setting an attribute takes effect at once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, Protocol

from sio_core import Prepared, engineio
from sio_core.codecs.choose_json import default_json, json_of
from sio_core.codecs.json import JSON
from sio_core.cookies import Attribute, Cookie
from sio_core.cors import CALLBACK, Policy
from sio_core.engineio.packet_object import Packet, encode_data
from sio_core.reasons import reason

from .options import check_transports, generate_id

EVENT_NAMES = ("connect", "disconnect", "message")
UNKNOWN_SESSION = "Session not found"


class EngineSettings(Protocol):
    """What of the options of a server is not in the configuration of its core."""

    origins: Callable[..., Any] | None
    cookie_given: Any
    origins_given: Any


class HasUserSession(Protocol):
    """This keeps the user session of a client of Engine.IO."""

    user_session: dict[str, Any] | None


class EngineSocket:
    """One Engine.IO session as a member of `eio.sockets`."""

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


class EngineAttributes:
    """The attributes of an Engine.IO server, which can be read and set at any time."""

    reason = reason
    event_names: ClassVar[list[str]] = list(EVENT_NAMES)
    valid_transports: ClassVar[list[str]] = ["polling", "websocket"]
    compression_methods: ClassVar[list[str]] = ["gzip", "deflate"]

    def __init__(self, engine: engineio.Server, settings: EngineSettings, json: Any = None) -> None:
        self._engine = engine
        self._settings = settings
        self._json = None if json is None else json_of(json)

    @property
    def _codec(self) -> JSON:
        # Below a server of Socket.IO, nobody may ever send anything that is no message of that.
        if self._json is None:
            self._json = default_json()
        return self._json

    def _configure(self, **changes: Any) -> None:
        self._engine.config = replace(self._engine.config, **changes)

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
        self._configure(ping_interval=seconds)

    @property
    def ping_interval_grace_period(self) -> float:
        """Return the seconds added to the interval that clients are told."""
        return self._engine.config.ping_grace

    @ping_interval_grace_period.setter
    def ping_interval_grace_period(self, seconds: float) -> None:
        self._configure(ping_grace=seconds)

    @property
    def ping_timeout(self) -> float:
        """Return the seconds that a client has to answer a ping; assign to it to change it."""
        return self._engine.config.ping_timeout

    @ping_timeout.setter
    def ping_timeout(self, seconds: float) -> None:
        self._configure(ping_timeout=seconds)

    @property
    def max_http_buffer_size(self) -> int:
        """Return the largest message that is accepted, in bytes; assign to it to change it."""
        return self._engine.config.max_payload

    @max_http_buffer_size.setter
    def max_http_buffer_size(self, size: int) -> None:
        self._configure(max_payload=size)

    @property
    def allow_upgrades(self) -> bool:
        """Return whether clients may go from polling to WebSocket; assign to it to change it."""
        return self._engine.config.allow_upgrades

    @allow_upgrades.setter
    def allow_upgrades(self, allowed: bool) -> None:
        self._configure(allow_upgrades=allowed)

    @property
    def http_compression(self) -> bool:
        """Return whether answers to polls are compressed; assign to it to change it."""
        return self._engine.config.compression

    @http_compression.setter
    def http_compression(self, on: bool) -> None:
        self._configure(compression=on)

    @property
    def compression_threshold(self) -> int:
        """Return from how many bytes on answers are compressed; assign to it to change it."""
        return self._engine.config.compression_threshold

    @compression_threshold.setter
    def compression_threshold(self, size: int) -> None:
        self._configure(compression_threshold=size)

    @property
    def cookie(self) -> str | Mapping[str, Attribute] | None:
        """Return the cookie of a new session as it was given; assign to it to change it."""
        given: str | Mapping[str, Attribute] | None = self._settings.cookie_given
        return given

    @cookie.setter
    def cookie(self, value: str | Mapping[str, Attribute] | None) -> None:
        self._configure(cookie=None if value is None else Cookie(value))
        self._settings.cookie_given = value

    @property
    def cors_allowed_origins(self) -> Any:
        """Return the origins that may connect, as they were given; assign to it to change them."""
        return self._settings.origins_given

    @cors_allowed_origins.setter
    def cors_allowed_origins(self, value: Any) -> None:
        self._set_cors(value, self._engine.config.cors.credentials)

    @property
    def cors_credentials(self) -> bool | None:
        """Return whether pages of other origins may send cookies; assign to it to change it."""
        return self._engine.config.cors.credentials

    @cors_credentials.setter
    def cors_credentials(self, allowed: bool | None) -> None:
        self._set_cors(self._settings.origins_given, allowed)

    def _set_cors(self, origins: Any, credentials: bool | None) -> None:
        policy = Policy(CALLBACK if callable(origins) else origins, credentials=credentials)
        self._settings.origins = origins if callable(origins) else None
        self._settings.origins_given = origins
        self._configure(cors=policy)

    @property
    def transports(self) -> list[str]:
        """Return the transports that clients may use; assign to it to change them."""
        return list(self._engine.config.transports)

    @transports.setter
    def transports(self, names: Any) -> None:
        self._configure(transports=check_transports(names))

    def generate_id(self) -> str:
        """Return a fresh id for a session that cannot be guessed."""
        return generate_id()


class EngineApi(EngineAttributes, ABC):
    """What the interface is of either colour, but for the methods that wait.

    `sid` is the secret id of a session. What is sent to a session that is not there is dropped.
    """

    @staticmethod
    @abstractmethod
    def _waits(call: Any, /) -> Awaitable[Any]:
        """Make a call of this colour something to await."""

    @property
    @abstractmethod
    def _driver(self) -> Any:
        """The driver of the server, of its colour."""

    @abstractmethod
    def on(self, event: str, handler: Any = None) -> Any:
        """Register the `handler` of an `event`. Without one, returns a decorator."""

    @abstractmethod
    def async_modes(self) -> list[str]:
        """Return the async modes that there are, in the order in which they are tried."""

    @abstractmethod
    def is_asyncio_based(self) -> bool:
        """Return whether the methods are coroutines."""

    @abstractmethod
    def create_event(self, *args: Any, **kwargs: Any) -> Any:
        """Return a new event object of the async mode, made with `args` and `kwargs`."""

    @abstractmethod
    def create_queue(self, *args: Any, **kwargs: Any) -> Any:
        """Return a new queue of the async mode, made with `args` and `kwargs`."""

    @abstractmethod
    def get_queue_empty_exception(self) -> type[Exception]:
        """Return what `get_nowait` of an empty queue raises."""

    @abstractmethod
    def keeper(self, sid: str) -> HasUserSession | None:
        """Return what keeps the user session of a client, or None for a stranger."""

    def _sids(self) -> list[str]:
        """Return the ids of all clients."""
        return list(self._engine.sessions.copy())

    @abstractmethod
    def _close(self, sid: str) -> Any:
        """Disconnect one client, and wait for its disconnect handler where there is one."""

    async def _deliver(self, sid: str, message: Prepared) -> None:
        """Send a message, and wait while the client is slow."""
        driver = self._driver
        session = self._engine.sessions.get(sid)
        if session is None:
            driver.log.info("a message is for a client that is not there")
            return
        driver.call(session.send, message)
        if session.outbound_full:
            await driver.wait_output_taken(session)

    def _message_of(self, data: Any) -> Prepared:
        if isinstance(data, bytes | bytearray | memoryview):
            return engineio.message(bytes(data))
        return engineio.message(encode_data(data, self._codec))

    def _known(self, sid: str) -> HasUserSession:
        keeper = self.keeper(sid)
        if keeper is None:
            raise KeyError(UNKNOWN_SESSION)
        return keeper

    def session(self, sid: str) -> UserSession:
        """Return a client's user session as a context manager that saves it.

        For example `async with eio.session(sid) as session:`, or `with` where the server blocks.
        Raises `KeyError` for a client that is not there.
        """
        return UserSession(self, sid)

    def transport(self, sid: str) -> str:
        """Return the transport of a client, `"polling"` or `"websocket"`.

        Raises `KeyError` for a client that is not there.
        """
        session = self._engine.sessions.get(sid)
        if session is None:
            raise KeyError(UNKNOWN_SESSION)
        return session.transport

    def _end(self, sid: str) -> None:
        """Close a session, and hand on its events; a stranger is ignored."""
        session = self._engine.sessions.get(sid)
        if session is not None:
            self._driver.input(partial(self._engine.close, session))


class EngineMethods(EngineApi):
    """The methods that wait: coroutines, which threads run to their end."""

    async def send(self, sid: str, data: Any) -> None:
        """Send a message to a client.

        For example `await eio.send(sid, "hello")`. `data` is text, bytes, or a list or dictionary,
        which is sent as JSON; anything else is sent as the text that `str` makes of it, None as an
        empty text. A client `sid` that is gone is sent nothing. Raises `ValueError` for what JSON
        cannot carry. Waits while the client is slow to take what it was sent; one that takes
        nothing for `slow_client_timeout` seconds is disconnected.
        """
        await self._deliver(sid, self._message_of(data))

    async def send_packet(self, sid: str, pkt: Packet) -> None:
        """Send a packet that the program made to a client.

        `pkt` is a `Packet` of `engineio.packet`. A client `sid` that is gone is sent nothing.
        """
        await self._deliver(sid, Prepared((pkt.encode(),)))

    async def disconnect(self, sid: str | None = None) -> None:
        """Disconnect a client, or without `sid` all of them. A client that is gone is ignored."""
        for each in self._sids() if sid is None else [sid]:
            await self._waits(self._close(each))

    async def get_session(self, sid: str) -> dict[str, Any]:
        """Return the user session of a client: a dictionary that is the application's to fill.

        It is kept in memory until the disconnect handler of the client `sid` has returned. Raises
        `KeyError` for a client that is not there.
        """
        keeper = self._known(sid)
        if keeper.user_session is None:
            keeper.user_session = {}
        return keeper.user_session

    async def save_session(self, sid: str, session: dict[str, Any]) -> None:
        """Replace the user session of a client by the dictionary `session`.

        Raises `KeyError` for a client `sid` that is not there.
        """
        self._known(sid).user_session = session


class UserSession:
    """The user session of a client in a with block, of either colour, which is saved at its end."""

    def __init__(self, server: Any, sid: str) -> None:
        self._server = server
        self._sid = sid
        self._session: dict[str, Any] = {}

    def __enter__(self) -> dict[str, Any]:
        self._session = self._server.get_session(self._sid)
        return self._session

    def __exit__(self, *error: object) -> None:
        if self._server.keeper(self._sid) is not None:
            self._server.save_session(self._sid, self._session)

    async def __aenter__(self) -> dict[str, Any]:
        self._session = await self._server.get_session(self._sid)
        return self._session

    async def __aexit__(self, *error: object) -> None:
        if self._server.keeper(self._sid) is not None:
            await self._server.save_session(self._sid, self._session)

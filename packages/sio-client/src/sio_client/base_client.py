"""What `Client` and `AsyncClient` have in common: everything without I/O or colour.

Registration of handlers, options, what a connection is made with, and which
handlers an event of the core calls. How they are called, and everything that
waits, belongs to the two clients.
"""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from sio_core import socketio
from sio_core.exceptions import ConnectionError, DisconnectedError
from sio_core.handlers import ANY, Registration, check_namespace
from sio_core.reasons import reason
from sio_core.socketio import (
    AttemptFailed,
    ClientEvent,
    ClientSocket,
    ClientState,
    Connected,
    ConnectRefused,
    Ended,
    HandlerTable,
    NamespaceLeft,
    ServerEventReceived,
)

from .attempts.attempt import Connection
from .connect_errors import connect_error_data
from .log import resolve_logger
from .options import TRANSPORTS, read_options, read_transports
from .settings.from_http_session import settings_from
from .settings.from_websocket_options import ignored_options
from .settings.settings import Settings
from .user_agent.agent import Agent
from .user_agent.endpoint import Endpoint

FINAL = "__disconnect_final"
LIFECYCLE = frozenset(("connect", "connect_error", "disconnect", FINAL))


@dataclass(slots=True)
class HandlerCall:
    """An event on its way to its handlers; with `ack_id` what they return goes back to `socket`."""

    event: Any
    namespace: str
    args: tuple[Any, ...] = field(repr=False)
    socket: ClientSocket | None = None
    ack_id: int | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """What `connect` was asked for; the callables among it are called at each attempt."""

    url: str | Callable[[], Any] = field(repr=False)
    endpoint: Endpoint | None = field(repr=False)
    """That of the URL, unless it is a callable."""
    headers: Mapping[str, str] | Callable[[], Any] = field(repr=False)
    auth: Any = field(repr=False)
    path: str
    wait_timeout: float


class ClientApi(Registration):
    """The shared half of the clients; applications use `Client` or `AsyncClient`."""

    reason = reason
    reserved_events = ("connect", "connect_error", "disconnect", FINAL)
    _leeway: ClassVar[Mapping[str, Sequence[int]]] = {
        "connect_error": (-1, 1),
        "disconnect": (-1,),
    }

    def __init__(
        self,
        reconnection: bool,
        reconnection_attempts: int,
        reconnection_delay: float,
        reconnection_delay_max: float,
        randomization_factor: float,
        logger: bool | logging.Logger | Any,
        serializer: Any,
        json: Any,
        handle_sigint: bool,
        kwargs: Mapping[str, Any],
    ) -> None:
        super().__init__(HandlerTable(LIFECYCLE), resolve_logger(logger, "socketio.client"))
        self.reconnection = reconnection
        self.reconnection_attempts = reconnection_attempts
        self.reconnection_delay = reconnection_delay
        self.reconnection_delay_max = reconnection_delay_max
        self.randomization_factor = randomization_factor
        self.handle_sigint = handle_sigint
        self.options = read_options(
            kwargs, serializer=serializer, json=json, owner=type(self).__name__
        )
        self.eio = EngineFace(self)
        self.connection_url: Any = None
        self.connection_headers: Any = None
        self.connection_auth: Any = None
        self.connection_transports: Any = None
        self.connection_namespaces: list[str] = []
        self.socketio_path: str | None = None
        self._core = self._new_core(TRANSPORTS)
        self._unused: tuple[Any, ...] | None = self._wishes(TRANSPORTS)
        self._settings: Settings | None = None
        self._process = os.getpid()
        if unheeded := ignored_options(self.options.websocket_extra_options or {}):
            self.logger.debug("ignored websocket_extra_options: %s", ", ".join(unheeded))

    # State ------------------------------------------------------------------

    @property
    def connected(self) -> bool:
        """True from a successful `connect` until the connection is lost or ended."""
        return self._core.state is ClientState.CONNECTED

    @property
    def namespaces(self) -> dict[str, str]:
        """The namespaces that are connected, with the session id in each."""
        return {
            name: socket.sid
            for name, socket in list(self._core.sockets.items())
            if socket.sid is not None and socket.connected
        }

    @property
    def sid(self) -> str | None:
        """The session id in the default namespace, else in the first one that is connected.

        None while nothing is connected. It is the id that the server's handlers
        are given; the transport's own id is a secret.
        """
        return self.get_sid() or next(iter(self.namespaces.values()), None)

    def get_sid(self, namespace: str | None = None) -> str | None:
        """Return the session id in `namespace` (None: `/`), or None when that is not connected."""
        return self.namespaces.get(namespace or "/")

    def transport(self) -> str:
        """Return the transport in use, `"polling"` or `"websocket"`.

        Raises `DisconnectedError` when there is no connection.
        """
        engine = self._core.engine
        if engine is None:
            raise DisconnectedError("the client is not connected")
        return engine.transport

    # Connecting ---------------------------------------------------------------

    def _wishes(self, transports: tuple[str, ...]) -> tuple[Any, ...]:
        """What applications may change between one core and the next."""
        return (
            transports,
            self.options.core,
            self.options.parser,
            self.reconnection,
            self.reconnection_attempts,
            self.reconnection_delay,
            self.reconnection_delay_max,
            self.randomization_factor,
        )

    def _new_core(self, transports: tuple[str, ...]) -> socketio.Client:
        """A core as the client's attributes are now. Raises ValueError for wrong values."""
        config = self.options.core
        core = replace(
            config,
            engine=replace(config.engine, transports=transports),
            reconnection=self.reconnection,
            reconnection_attempts=self.reconnection_attempts,
            reconnection_delay=self.reconnection_delay,
            reconnection_delay_max=self.reconnection_delay_max,
            randomization_factor=self.randomization_factor,
        )
        return socketio.Client(core, parser=self.options.parser, jitter=random.random)

    def _target(
        self,
        url: Any,
        headers: Any,
        auth: Any,
        transports: Any,
        namespaces: Iterable[str] | str | None,
        socketio_path: str,
        wait_timeout: float,
    ) -> Target:
        """Keep what `connect` was given, with a core for it.

        Raises `ConnectionError` when the client is connected or on the way to
        it, `ValueError` for arguments that cannot be right.
        """
        if self._core.state is not ClientState.IDLE:
            raise ConnectionError("Already connected")
        if namespaces is None:
            wanted = list(dict.fromkeys(self._table.namespaces())) or ["/"]
        else:
            wanted = [namespaces] if isinstance(namespaces, str) else list(namespaces)
        for name in wanted:
            check_namespace(name)
            if name == ANY or "," in name:
                raise ValueError(f"{name!r} is not a namespace that a client can connect to")
        endpoint = None if callable(url) else Endpoint.parse(url, socketio_path)
        if not wait_timeout > 0:
            raise ValueError("wait_timeout must be a number of seconds above 0")
        names = read_transports(transports)
        # The core of the constructor serves the first time.
        if self._unused != self._wishes(names):
            self._core = self._new_core(names)
        self._unused = None
        self._settings = None
        self._process = os.getpid()
        self.connection_url = url
        self.connection_headers = headers
        self.connection_auth = auth
        self.connection_transports = list(names)
        self.connection_namespaces = wanted
        self.socketio_path = socketio_path
        return Target(url, endpoint, headers, auth, socketio_path, wait_timeout)

    def _connection(
        self, target: Target, url: str, headers: Mapping[str, str], auth: Any, now: float
    ) -> Connection:
        """Begin the attempt that is due. Raises `ValueError` for what cannot be right."""
        endpoint = target.endpoint or Endpoint.parse(url, target.path)
        options = self.options
        settings = settings_from(
            options.http_session,
            options.ssl_verify,
            options.websocket_extra_options,
            headers,
            # What the server set in the attempts before is sent again.
            None if self._settings is None else self._settings.cookies,
            options.settings,
        )
        if options.redirects_to_other_hosts:
            settings = replace(settings, redirects_to_other_hosts=True)
        self._settings = settings
        agent = Agent(endpoint, settings)
        engine = self._core.attempt(now, auth, target.wait_timeout)
        return Connection(self._core, engine, agent)

    # What an event calls --------------------------------------------------------

    def _calls(self, event: ClientEvent) -> list[HandlerCall]:
        """The handlers' calls that an event of the core stands for, in order."""
        match event:
            case ServerEventReceived(socket, name, args, ack_id):
                if name == FINAL:  # of the client's own making alone
                    return []
                return [HandlerCall(name, socket.namespace, tuple(args), socket, ack_id)]
            case Connected(socket):
                return [HandlerCall("connect", socket.namespace, ())]
            case ConnectRefused(socket, data):
                return [HandlerCall("connect_error", socket.namespace, _refusal(data))]
            case AttemptFailed(failure, asked):
                # Of a namespace that was refused its handler has been told.
                untold = failure.unanswered if failure.namespaces else asked
                data = connect_error_data(failure)
                return [HandlerCall("connect_error", name, (data,)) for name in untold]
            case NamespaceLeft(socket, why):
                return [HandlerCall("disconnect", socket.namespace, (why,))]
            case Ended():
                names = self.connection_namespaces
                return [HandlerCall(FINAL, name, ()) for name in names]
            case _:
                return []

    def _refuse_fork(self) -> None:
        """Raise `RuntimeError` in a process that was forked after `connect`."""
        if os.getpid() != self._process:
            raise RuntimeError(
                "this client was connected before the process forked: "
                "make and connect a client in each process"
            )


class EngineFace:
    """What programs look at in `client.eio`: the state of the transport below."""

    def __init__(self, client: ClientApi) -> None:
        self._client = client

    @property
    def state(self) -> str:
        """`"connected"` or `"disconnected"`."""
        return "connected" if self._client._core.engine is not None else "disconnected"

    @property
    def sid(self) -> str | None:
        """The session id of the transport: a secret between client and server."""
        engine = self._client._core.engine
        return None if engine is None else engine.sid

    def transport(self) -> str:
        """The transport in use."""
        return self._client.transport()


def _refusal(data: Any) -> tuple[Any, ...]:
    """The arguments of a connect_error handler; a server that said nothing has none."""
    return () if data is None else (data,)

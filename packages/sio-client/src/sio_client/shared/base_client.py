"""What `Client` and `AsyncClient` have in common: everything without I/O or colour.

Options, the state of the connection, and how connecting begins. What waits is in `client_methods`
or belongs to the two clients.
"""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, ClassVar, Unpack

from sio_core import socketio
from sio_core.exceptions import ConnectionError
from sio_core.handlers import ANY, check_namespace
from sio_core.reasons import reason
from sio_core.socketio import ClientState, HandlerTable
from sio_core.socketio.serializers import packet_class_of

from ..attempts.connect_run import ConnectRun, Flag, Target
from ..handlers.handler_call import LIFECYCLE
from ..log import resolve_logger
from ..options import RECONNECTION, TRANSPORTS, ClientOptions, read_options, read_transports
from ..settings.from_websocket_options import ignored_options
from ..user_agent.routes.endpoint import Endpoint
from .engine_face import EngineFace
from .event_calls import EventCalls
from .reconnection_setting import ReconnectionSetting


class BaseClient(EventCalls):
    """A `BaseClient` is the half that both clients share; use `Client` or `AsyncClient`."""

    _driver: Any
    """The `SharedDriver` of the colour of the class."""

    _core_class: ClassVar[type[socketio.Client]] = socketio.Client
    """What decides for the client."""

    reason = reason

    reconnection = ReconnectionSetting[bool]()
    reconnection_attempts = ReconnectionSetting[int]()
    reconnection_delay = ReconnectionSetting[float]()
    reconnection_delay_max = ReconnectionSetting[float]()
    randomization_factor = ReconnectionSetting[float]()

    def __init__(
        self,
        reconnection: bool = True,
        reconnection_attempts: int = 0,
        reconnection_delay: float = 1,
        reconnection_delay_max: float = 5,
        randomization_factor: float = 0.5,
        logger: bool | logging.Logger | Any = False,
        serializer: Any = "default",
        json: Any = None,
        handle_sigint: bool = True,
        **kwargs: Unpack[ClientOptions],
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
        self._transport_logger = resolve_logger(self.options.engineio_logger, "engineio.client")
        self._core = self._new_core(TRANSPORTS)
        self._unused: tuple[Any, ...] | None = self._wishes(TRANSPORTS)
        if unheeded := ignored_options(self.options.websocket_extra_options or {}):
            self.logger.debug("ignored websocket_extra_options: %s", ", ".join(unheeded))
        self._connect_run: ConnectRun | None = None
        """The `connect` in force, or the last one."""
        self._set_up()

    def _set_up(self) -> None:
        """Make what calls handlers and moves bytes, in the colour of the class."""
        raise NotImplementedError

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

    @property
    def failed_namespaces(self) -> list[str]:
        """The namespaces that the latest attempt to connect did not get."""
        return list(self._core.refused)

    @property
    def callbacks(self) -> dict[str, dict[int, Any]]:
        """What waits for acknowledgements: by namespace, and by the number of the event."""
        return {
            name: {number: pending.token for number, pending in socket.acks.copy().items()}
            for name, socket in self._core.sockets.copy().items()
            if socket.acks
        }

    @property
    def packet_class(self) -> Any:
        """The packet class of the serializer, None for one that has none."""
        return packet_class_of(self.options.parser)

    def get_sid(self, namespace: str | None = None) -> str | None:
        """Return the session id in `namespace` (None: `/`), or None when that is not connected."""
        return self.namespaces.get(namespace or "/")

    def transport(self) -> str:
        """Return the transport in use, `"polling"` or `"websocket"`.

        Raises `DisconnectedError` when there is no connection.
        """
        return self.eio.transport()

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
        core = self.options.core
        wished: dict[str, Any] = {name: getattr(self, name) for name in RECONNECTION}
        if transports != core.engine.transports:
            wished["engine"] = replace(core.engine, transports=transports)
        # As a rule nothing differs from what there is: 40 µs of every client.
        if any(wished[name] != getattr(core, name) for name in wished):
            core = replace(core, **wished)
        return self._core_class(core, parser=self.options.parser, jitter=random.random)

    @property
    def _current_run(self) -> ConnectRun:
        """The run of `connect()`, with which all that is reported began."""
        run = self._connect_run
        assert run is not None, "all this began with connect()"
        return run

    def _next_run(self) -> ConnectRun:
        """The run for another attempt, with what the application has assigned meanwhile."""
        run = self._current_run
        run.aim(
            self.connection_url,
            self.connection_headers,
            self.connection_auth,
            self.socketio_path or "",
        )
        return run

    @property
    def _loggers(self) -> tuple[Any, Any]:
        """The loggers of the client and of its connections, which may be objects of any kind."""
        return self.logger, self._transport_logger

    def _begin_run(
        self,
        flag: Callable[[], Flag],
        retry: bool,
        wait: bool,
        url: Any,
        headers: Any,
        auth: Any,
        transports: Any,
        namespaces: Iterable[str] | str | None,
        socketio_path: str,
        wait_timeout: float,
    ) -> ConnectRun:
        """Begin what `connect` was asked for, with a core for it: its first attempt is due then.

        `flag` makes an event in the colour of the client. Raises `ConnectionError` when the client
        is connected or on the way to it, `ValueError` for arguments that cannot be right.
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
        self.connection_url = url
        self.connection_headers = headers
        self.connection_auth = auth
        self.connection_transports = list(names)
        self.connection_namespaces = wanted
        self.socketio_path = socketio_path
        self._driver.core = core = self._core
        self._driver.process = os.getpid()
        core.connect(wanted, retry=retry, wait=wait)
        target = Target(url, endpoint, headers, auth, socketio_path, wait_timeout)
        run = ConnectRun(core, target, self.options, self.logger, flag(), flag())
        self._connect_run = run
        return run

    # In the colour of the client ------------------------------------------------------

    def _enter_line(self, line: Any, method: Callable[[float], Any]) -> None:
        """Call an input of the connection that `line` carries, from outside."""
        self._driver.enter(line, method)

    def _begin(self, retry: bool, wait: bool, *asked: Any) -> ConnectRun:
        """Begin what `connect` was asked for, by `_begin_run`."""
        raise NotImplementedError

    def _attempt(self, run: ConnectRun, first: bool = False) -> None:
        """Make the attempt that is due; what takes time happens in the background."""
        raise NotImplementedError

    def _arrived(self, run: ConnectRun) -> Any:
        """What a `connect` that succeeded does before it returns."""

    def _give_up(self) -> Any:
        """Disconnect in the middle of a `connect`."""
        raise NotImplementedError

    def _quiet(self) -> Any:
        """Wait until connections are closed and handlers have returned, for a while at most."""
        raise NotImplementedError

    def _disconnect(self) -> Any:
        """Do what `disconnect` is for."""
        raise NotImplementedError

    def _wait_for_end(self) -> Any:
        """Do what `wait` is for."""
        raise NotImplementedError

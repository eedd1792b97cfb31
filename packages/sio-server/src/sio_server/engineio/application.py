"""What both servers of Engine.IO are without colour: handlers, clients, and what follows from what.

What waits for a handler is a flow, which both colours run.
"""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Any, Unpack, overload

from sio_core import Prepared, Reason, Request, Response, engineio
from sio_core.engineio import (
    Abandoned,
    Authorize,
    Closed,
    Message,
    Opened,
    Session,
    Upgraded,
    UpgradeFailed,
)
from sio_core.engineio.packet_object import decode_data
from sio_core.engineio.packets import CLOSE_MESSAGE
from sio_core.engineio.session import GOODBYE
from sio_core.handlers import CallShape, Handler, HandlerT, call_shape
from sio_core.limits import Limits
from sio_core.reasons import (
    CLIENT_DISCONNECT,
    SERVER_DISCONNECT,
    TRANSPORT_ERROR,
    disconnect_reason,
)
from sio_core.repeats import Repeats

from ..dispatch.runners import Flow
from ..drivers.admission.authorization import Verdict
from ..engine_api import EVENT_NAMES, UNKNOWN_SESSION, EngineApi
from ..log.loggers import resolve_logger
from ..serving.hosting import Hosted
from ..serving.proxies import TrustedProxies
from .client import Client
from .options import EngineOptions, Options, read_options

JSON_TYPE = (("content-type", "application/json"),)
UNAUTHORIZED = "Unauthorized"
LOST_AT_ONCE = Reason(TRANSPORT_ERROR, "the client was gone before its connection was open")
KICKED = Reason(SERVER_DISCONNECT)


class Application(Hosted, EngineApi):
    """A server of an application of Engine.IO, but for what has a colour."""

    _coroutines_go_to = ""
    """The class that runs coroutine functions, where this one does not."""

    def __init__(
        self,
        async_mode: str | None = None,
        ping_interval: float | tuple[float, float] = 25,
        ping_timeout: float = 20,
        max_http_buffer_size: int = 1_000_000,
        allow_upgrades: bool = True,
        http_compression: bool = True,
        compression_threshold: int = 1024,
        cookie: Any = None,
        cors_allowed_origins: Any = None,
        cors_credentials: bool | None = None,
        logger: bool | logging.Logger | Any = False,
        json: Any = None,
        async_handlers: bool = True,
        monitor_clients: bool | None = None,
        transports: Any = None,
        **kwargs: Unpack[EngineOptions],
    ) -> None:
        documented = {
            "ping_interval": ping_interval,
            "ping_timeout": ping_timeout,
            "max_http_buffer_size": max_http_buffer_size,
            "allow_upgrades": allow_upgrades,
            "http_compression": http_compression,
            "compression_threshold": compression_threshold,
            "cookie": cookie,
            "cors_allowed_origins": cors_allowed_origins,
            "cors_credentials": cors_credentials,
            "transports": transports,
        }
        self.options: Options = read_options(documented, kwargs, type(self).__name__)
        self.logger = resolve_logger(logger, "engineio.server")
        self.async_handlers = async_handlers
        self.proxies = TrustedProxies(self.options.trusted_proxies)
        self.handlers: dict[str, Handler] = {}
        engine = engineio.Server(self.options.engine, new_sid=self.generate_id)
        super().__init__(engine, self.options, json)
        self._limits = Limits()
        self._clients: dict[str, Client] = {}
        self._repeats = Repeats()
        self._shapes: dict[Handler, CallShape] = {}
        self._choose_mode(async_mode)
        self.driver = self._make_driver(
            authorize=self._authorize, log=self.logger, max_running=self.options.max_running
        )

    driver: Any
    """The driver, which adapters hand requests and WebSockets to."""

    @property
    def _driver(self) -> Any:
        return self.driver

    # Handlers ---------------------------------------------------------------

    @overload
    def on(self, event: str, handler: None = None) -> Callable[[HandlerT], HandlerT]: ...

    @overload
    def on(self, event: str, handler: Handler) -> None: ...

    def on(self, event: str, handler: Any = None) -> Any:
        """Register the handler of an event.

        For example::

            @eio.on("message")
            def received(sid, data): ...

        `event` is `"connect"`, whose handler takes `(sid, environ)` and refuses the client by
        returning False, or what the client is told; `"message"`, with `(sid, data)`; or
        `"disconnect"`, with `(sid, reason)` or `(sid)`. Without `handler`, returns a decorator.
        Raises `ValueError` for another event, and `TypeError` for what cannot be called, or for a
        coroutine function where none is run.
        """
        if event not in EVENT_NAMES:
            raise ValueError(f"{event!r} is no event: there are {', '.join(EVENT_NAMES)}")

        def register(function: HandlerT) -> HandlerT:
            if not callable(function):
                raise TypeError(f"the handler of {event!r} must be callable, not {function!r}")
            if self._coroutines_go_to and call_shape(function).is_coroutine:
                raise TypeError(
                    f"the handler of {event!r} is a coroutine function, which "
                    f"{type(self).__name__} cannot run: write it with def, or use "
                    f"{self._coroutines_go_to}"
                )
            self.handlers[event] = function
            return function

        return register if handler is None else register(handler) and None

    def _raised(self, event: str, error: BaseException) -> None:
        """Say that a handler raised."""
        message = "the handler of %s raised an exception"
        now = self.driver.now()
        self._repeats.log(self.logger.error, event, now, message, event, exc_info=error)

    # Clients ----------------------------------------------------------------

    def keeper(self, sid: str) -> Client | None:
        """Return what keeps the user session of a client, or None for a stranger."""
        return self._clients.get(sid)

    def _sids(self) -> list[str]:
        return list(self._clients.copy())

    def transport(self, sid: str) -> str:
        """Return the transport of a client, `"polling"` or `"websocket"`.

        Raises `KeyError` for a client that is not there.
        """
        client = self._clients.get(sid)
        if client is None:
            raise KeyError(UNKNOWN_SESSION)
        return client.transport if client.session is None else client.session.transport

    async def _deliver(self, sid: str, message: Prepared) -> None:
        client = self._clients.get(sid)
        if client is None:
            self.logger.info("a message is for a client that is not there")
            return
        session: Session | None = self.driver.call(client.send, message)
        if session is not None and session.outbound_full:
            await self.driver.wait_output_taken(session)

    # Requests ---------------------------------------------------------------

    def _authorization(
        self, step: Authorize, request: Request, environ: dict[str, Any]
    ) -> Flow[Verdict]:
        """Ask the application's functions about an origin, or about a new client."""
        if step.origin is not None:
            return (yield from self._ask_about_origin(step.origin, environ))
        transport = "websocket" if request.websocket else "polling"
        most = self._engine.config.max_queue_messages
        client = Client(self.generate_id(), environ, transport, most)
        self._clients[client.sid] = client
        accepted = False
        try:
            answer = yield from self._connected(client)
            accepted = (answer is None or answer is True) and client.left is None
        finally:
            if not accepted:
                self._clients.pop(client.sid, None)
        if accepted:
            return Verdict(True, sid=client.sid, withdrawn=partial(self._abandoned, client))
        self.logger.info("client refused by the connect handler")
        body = self._codec.dumps(answer or UNAUTHORIZED).encode()
        return Verdict(False, response=Response(401, JSON_TYPE, body))

    def _ask_about_origin(self, origin: str, environ: dict[str, Any]) -> Flow[Verdict]:
        decide = self.options.origins
        if decide is None:  # changed meanwhile
            return Verdict(False)
        args = (origin, environ) if self._shape(decide).suits(2) else (origin,)
        try:
            return Verdict(bool((yield partial(decide, *args))))
        except Exception as error:
            self._raised("cors_allowed_origins", error)
            return Verdict(False)

    def _connected(self, client: Client) -> Flow[Any]:
        """Call the connect handler. Returns its answer; False if it raised."""
        handler = self.handlers.get("connect")
        if handler is None:
            return None
        try:
            return (yield partial(handler, client.sid, client.environ))
        except Exception as error:
            self._raised("connect", error)
            return False

    # What the core reports ----------------------------------------------------

    def _dispatch(self, event: engineio.Event) -> None:
        """Act on one event of the core; never waits."""
        kind = type(event)
        client: Client | None = event.session.owner
        if kind is Message:
            assert isinstance(event, Message)
            handler = self.handlers.get("message")
            if client is not None and handler is not None:
                load = event.session.driver
                self._start(load, self._handling(client, handler, event.data), load)
        elif kind is Opened:
            self._opened(event.session)
        elif kind is Closed:
            assert isinstance(event, Closed)
            if client is not None:
                self._start_end(client, self._words(event.reason))
        elif kind is Abandoned:
            waiting = self._clients.get(event.session.sid)
            if waiting is not None and waiting.session is None:
                self._abandoned(waiting)
        elif kind is Upgraded:
            self.logger.info("a client changed to websocket")
        elif kind is UpgradeFailed:
            assert isinstance(event, UpgradeFailed)
            self.logger.info("a client stays on polling, its upgrade failed: %s", event.detail)

    def _opened(self, session: Session) -> None:
        client = self._clients.get(session.sid)
        if client is None:
            # The application disconnected it before it was there.
            self.driver.input(partial(self._engine.close, session))
            return
        address = session.address or "an unknown address"
        self.logger.info("connection from %s over %s", address, session.transport)
        session.owner = client
        session.driver.environ = client.environ
        self.driver.call(client.begin, session)

    def _start_end(self, client: Client, why: Reason) -> None:
        """Have the disconnect handler called after the messages of the client; never waits."""
        load = None if client.session is None else client.session.driver
        self._start(load, self._ending(client, why), None)

    def _abandoned(self, client: Client) -> None:
        """A client that was let in has no session after all."""
        self._start_end(client, LOST_AT_ONCE)

    @staticmethod
    def _words(reason: Reason) -> Reason:
        if reason is GOODBYE:
            return Reason(CLIENT_DISCONNECT)
        return disconnect_reason(reason)

    # In the colour of the server ----------------------------------------------

    @abstractmethod
    def _make_driver(self, **options: Any) -> Any:
        """Make the driver; `options` are those that have no colour."""

    @abstractmethod
    def _authorize(self, step: Authorize, request: Request, environ: dict[str, Any]) -> Any:
        """Ask the application's functions about a request."""

    @abstractmethod
    def _start(self, load: Any, flow: Flow[None], counted: Any) -> None:
        """Run a flow of a client once those before it have begun; never waits.

        `load` is that of the client, None for one without a session. `counted` is the same where
        the flow counts among the handlers that run for the client, else None.
        """

    # Flows --------------------------------------------------------------------

    def _handling(self, client: Client, handler: Handler, data: Any) -> Flow[None]:
        """Call the handler of a message."""
        try:
            if isinstance(data, str):
                data = decode_data(data, self._codec, self._limits)
            yield partial(handler, client.sid, data)
        except Exception as error:
            self._raised("message", error)

    def _ending(self, client: Client, why: Reason) -> Flow[None]:
        """Call the disconnect handler once, and forget the client."""
        if self._clients.get(client.sid) is not client or client.left is not None:
            return
        client.left = why
        self.logger.info("connection closed: %s", why.describe())
        handler = self.handlers.get("disconnect")
        try:
            if handler is not None:
                args = (client.sid, why) if self._shape(handler).suits(2) else (client.sid,)
                yield partial(handler, *args)
        except Exception as error:
            self._raised("disconnect", error)
        finally:
            self._clients.pop(client.sid, None)

    def _leaving(self, sid: str) -> Flow[None]:
        """Disconnect a client and call its disconnect handler; a stranger is ignored."""
        client = self._clients.get(sid)
        if client is None:
            return
        session = client.session
        if session is None:
            # Its connect handler runs, or its WebSocket is not open yet.
            client.left = KICKED
            self._clients.pop(sid, None)
            return
        driver = self.driver
        events = driver.call(self._closed_by_us, session)
        for event in events:
            yield from self._ending(client, self._words(event.reason))

    def _closed_by_us(self, session: Session) -> list[Any]:
        if session.transport == "websocket":
            # Clients of python-engineio take a WebSocket that just ends for one that broke.
            session.send(CLOSE_MESSAGE)
        return self._engine.close(session, self.driver.now())

    def _shape(self, handler: Handler) -> CallShape:
        shape = self._shapes.get(handler)
        if shape is None:
            shape = self._shapes[handler] = call_shape(handler)
        return shape

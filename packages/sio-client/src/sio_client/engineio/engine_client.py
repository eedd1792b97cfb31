"""What both clients of Engine.IO are without colour: options, handlers, and the state.

A client has a connection of its colour underneath, which does the work.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from inspect import iscoroutinefunction, signature
from typing import Any, ClassVar, TypedDict, Unpack, overload

from sio_core import Reason
from sio_core.codecs.choose_json import json_of
from sio_core.engineio.exceptions import ConnectionError
from sio_core.exceptions import BadNamespaceError
from sio_core.exceptions import ConnectionError as NoConnection
from sio_core.handlers import Handler, HandlerT
from sio_core.handlers.flows import resolve
from sio_core.option_names import unknown_option

from ..settings import Settings
from ..shared.engine_face import EVENT_NAMES, EngineState
from .message_client import ONLY, MessageParser


class EngineClientOptions(TypedDict, total=False):
    """These are the options of both clients of Engine.IO that python-engineio has not.

    They are those of a client of Socket.IO: "Options" in the documentation describes each.
    """

    protocol: int | None
    upgrade_timeout: float
    settings: Settings | None
    redirects_to_other_hosts: bool
    max_handler_threads: int
    max_waiting_events: int
    max_waiting_bytes: int
    max_queue_bytes: int


class EngineClient(EngineState):
    """An `EngineClient` is the half that both clients of Engine.IO share."""

    _connection_class: ClassVar[type[Any]]
    """The client of Socket.IO that carries this one, without its packets."""
    _client: Any

    def __init__(
        self,
        logger: bool | logging.Logger | Any = False,
        json: Any = None,
        request_timeout: float = 5,
        http_session: Any = None,
        ssl_verify: bool = True,
        handle_sigint: bool = True,
        websocket_extra_options: Mapping[str, Any] | None = None,
        timestamp_requests: bool = True,
        **kwargs: Unpack[EngineClientOptions],
    ) -> None:
        connection = self._connection_class(
            reconnection=False,
            logger=logger,
            engineio_logger=logger,
            serializer=MessageParser(json_of(json)),
            handle_sigint=handle_sigint,
            request_timeout=request_timeout,
            http_session=http_session,
            ssl_verify=ssl_verify,
            websocket_extra_options=websocket_extra_options,
            timestamp_requests=timestamp_requests,
            **{"protocol": 4, **self._checked(kwargs)},
        )
        super().__init__(connection)
        self.handle_sigint = handle_sigint
        self.request_timeout = request_timeout
        self.ssl_verify = ssl_verify
        self.timestamp_requests = timestamp_requests
        self.websocket_extra_options = websocket_extra_options or {}
        self.base_url: str | None = None
        self.transports: list[str] | None = None
        self._connect_error: Any = None
        """What the connect handler raised in the last `connect`."""

    def _checked(self, kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options among `kwargs`. Warns of a name that is none."""
        options = EngineClientOptions.__annotations__
        known = (*signature(EngineClient.__init__).parameters, *options)
        for name in sorted(set(kwargs) - set(options)):
            text = unknown_option(type(self).__name__, name, known)
            warnings.warn(text, UserWarning, stacklevel=3)
        return {name: value for name, value in kwargs.items() if name in options}

    @property
    def logger(self) -> Any:
        """The logger of the client."""
        return self._client.logger

    @property
    def handlers(self) -> dict[str, Handler]:
        """The registered handlers, by event."""
        known: dict[str, Handler] = self._client.handlers.setdefault(ONLY, {})
        return {name: getattr(known[name], "__wrapped__", known[name]) for name in known}

    @overload
    def on(self, event: str, handler: None = None) -> Callable[[HandlerT], HandlerT]: ...

    @overload
    def on(self, event: str, handler: Handler) -> None: ...

    def on(self, event: str, handler: Any = None) -> Any:
        """Register the handler of an event.

        For example::

            @eio.on("message")
            def received(data): ...

        `event` is `"connect"`, whose handler takes nothing; `"message"`, with `(data)`; or
        `"disconnect"`, with `(reason)` or nothing. Without `handler`, returns a decorator. Raises
        `ValueError` for another event, and `TypeError` for what cannot be called, or for a
        coroutine function where none is run.
        """
        if event not in EVENT_NAMES:
            raise ValueError(f"{event!r} is no event: there are {', '.join(EVENT_NAMES)}")

        def register(function: HandlerT) -> HandlerT:
            self._client.on(event, self._noting(function) if event == "connect" else function)
            return function

        return register if handler is None else register(handler) and None

    def _noting(self, handler: Any) -> Any:
        """Have `connect` hear of what the connect handler raises."""
        if not callable(handler):
            return handler

        @wraps(handler)
        def note() -> Any:
            try:
                return handler()
            except Exception as error:
                self._connect_error = error

        if not iscoroutinefunction(handler):
            return note

        @wraps(handler)
        async def note_awaiting() -> Any:
            try:
                return await handler()
            except Exception as error:
                self._connect_error = error

        return note_awaiting

    def transport(self) -> str | None:
        """Return the transport in use, `"polling"` or `"websocket"`; None without a connection."""
        return self.current_transport


class EngineClientMethods(EngineClient):
    """The methods of both clients that wait: coroutines, which threads run to their end."""

    async def connect(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        transports: Iterable[str] | str | None = None,
        engineio_path: str = "engine.io",
    ) -> None:
        """Connect to a server. Returns once the connect handler has returned.

        For example `await eio.connect("http://localhost:5000")`.

        * `url`: of the server, with `http`, `https`, `ws` or `wss`.
        * `headers`: of all requests, a mapping; none by default.
        * `transports`: `"polling"`, `"websocket"` or a list; by default both, the first to begin
          with.
        * `engineio_path`: the path of the endpoint, `"engine.io"` by default.

        Raises `ConnectionError` of `engineio.exceptions` where the server cannot be reached or
        refuses the client, and where the connect handler raises; `ValueError` for arguments that
        cannot be right, and for a client that is connected. Call `disconnect` in the end.
        """
        if self.state != "disconnected":
            raise ValueError("the client is connected: call disconnect first")
        self.base_url = url
        self._connect_error = None
        self._client.leave_for(None)
        try:
            await resolve(
                self._client.connect(
                    url, headers or {}, transports=transports, socketio_path=engineio_path
                )
            )
        except NoConnection as error:
            said = () if error.data is None else (error.data,)
            raise ConnectionError(str(error), *said) from error
        self.transports = list(self._client.connection_transports)
        if self._connect_error is not None:
            await resolve(self.disconnect())
            text = f"the connect handler raised an exception: {self._connect_error}"
            raise ConnectionError(text) from self._connect_error

    async def send(self, data: Any) -> None:
        """Send a message to the server.

        For example `await eio.send({"a": 1})`. `data` is text, bytes, or a list or dictionary,
        which is sent as JSON; anything else is sent as the text that `str` makes of it, None as an
        empty text. Without a connection nothing is sent. Raises `ValueError` for what JSON cannot
        carry, and for a message that is larger than the server takes. Waits while the server is
        slow to take what it was sent.
        """
        try:
            await resolve(self._client.send_message(data))
        except BadNamespaceError:
            self.logger.info("a message is not sent: there is no connection")

    async def disconnect(self, abort: bool = False, reason: str | None = None) -> None:
        """Disconnect from the server.

        What was sent goes out first, and then a goodbye, but with `abort`. The disconnect handler
        is told `reason`, by default `"client disconnect"`, and has returned afterwards.
        """
        self._client.leave_for(None if reason is None else Reason(reason), abort)
        await resolve(self._client.disconnect())

    async def wait(self) -> None:
        """Wait until the connection has ended and its handlers have returned."""
        await resolve(self._client.wait())

    async def sleep(self, seconds: float = 0) -> None:
        """Wait for `seconds`, 0 by default, while others run."""
        await resolve(self._client.sleep(seconds))

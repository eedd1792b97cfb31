"""`AsyncClient`: the documented Socket.IO client for asyncio.

It joins three pieces: the core decides, the driver moves bytes, and this class
calls the application's handlers.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Mapping
from typing import Any, Unpack

from sio_core import socketio
from sio_core.handlers import event_args
from sio_core.reasons import CLIENT_DISCONNECT, Reason
from sio_core.socketio import (
    AttemptDue,
    AttemptFailed,
    AttemptSucceeded,
    ClientEvent,
    ClientState,
    Ended,
    Failure,
)

from .async_namespaces import AsyncClientNamespace
from .base_client import ClientApi, Target
from .connect_errors import connection_error
from .drivers.asyncio.driver import Driver
from .event_log import log_event
from .handlers.awaited_acks import Call
from .handlers.task_dispatcher import Dispatcher
from .log import resolve_logger
from .options import TRANSPORTS, ClientOptions
from .user_agent.errors import AgentError

GOODBYE_SECONDS = 1.8
"""How long `disconnect` may take in all; the core gives the server 1.5 seconds of it."""


class AsyncClient(ClientApi):
    """A Socket.IO client for asyncio.

    For example::

        sio = AsyncClient(reconnection_delay_max=30)

        @sio.on("news")
        async def news(data): ...

        await sio.connect("https://example.org", auth={"token": "..."})
        await sio.emit("hello", {"from": "python"})
        await sio.wait()

    * `reconnection`: True (default) connects again when the connection is lost.
    * `reconnection_attempts`: how many attempts in a row may fail, 0 (default): any number.
    * `reconnection_delay`: seconds before the first attempt, 1 by default; they double with each.
    * `reconnection_delay_max`: the longest delay, 5 seconds by default.
    * `randomization_factor`: the part, 0.5 by default, by which each delay is moved at random.
    * `logger`: False (default) for errors only, True for information too, or a logger.
    * `serializer`, `json`: as for a server, which must use the same serializer.
    * `handle_sigint`: True (default) says goodbye to the server when `asyncio.run` ends, also by
      Ctrl-C.
    * `kwargs`: the options of `ClientOptions`.

    Raises `ValueError` or `TypeError` for a value that cannot be; warns of a name that is no
    option.
    """

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
        super().__init__(
            reconnection,
            reconnection_attempts,
            reconnection_delay,
            reconnection_delay_max,
            randomization_factor,
            logger,
            serializer,
            json,
            handle_sigint,
            kwargs,
        )
        self._transport_logger = resolve_logger(self.options.engineio_logger, "engineio.client")
        self._dispatcher = Dispatcher(self, PLAIN_HOOKS)
        self._driver = Driver(self._core, self._dispatcher, self._refuse_fork)
        self._attempt_target: Target | None = None
        self._attempt_task: asyncio.Task[Any] | None = None
        self._outcome: asyncio.Future[Failure | BaseException | None] | None = None
        self._idle: set[asyncio.Future[None]] = set()
        self._guard: AsyncGenerator[None, None] | None = None

    def is_asyncio_based(self) -> bool:
        """True."""
        return True

    def register_namespace(self, namespace_handler: AsyncClientNamespace) -> None:
        """Register an object that handles all events of its namespace.

        For example `sio.register_namespace(Chat("/chat"))`. `namespace_handler` is an instance of a
        subclass of `AsyncClientNamespace`: anything else raises `ValueError`.
        """
        if not isinstance(namespace_handler, AsyncClientNamespace):
            raise ValueError(
                "register_namespace takes an instance of an AsyncClientNamespace subclass"
            )
        namespace_handler._set_client(self)
        self._table.objects[namespace_handler.namespace] = namespace_handler

    # Connecting ---------------------------------------------------------------

    async def connect(
        self,
        url: str | Callable[[], Any],
        headers: Mapping[str, str] | Callable[[], Any] = {},  # noqa: B006 - never changed
        auth: Any = None,
        transports: Iterable[str] | str | None = None,
        namespaces: Iterable[str] | str | None = None,
        socketio_path: str = "socket.io",
        wait: bool = True,
        wait_timeout: float = 1,
        retry: bool = False,
    ) -> None:
        """Connect to a server. Returns once every namespace is connected.

        For example::

            await sio.connect("https://example.org", auth={"token": "..."}, namespaces=["/chat"])

        * `url`: of the server, with `http`, `https`, `ws` or `wss`.
        * `headers`: of all requests, a mapping; none by default.
        * `auth`: what connect handlers of the server are given, usually a dictionary; None:
          nothing.
        * `transports`: `"polling"`, `"websocket"` or a list; by default both, the first to begin
          with.
        * `namespaces`: those to connect to; None (default): all that have handlers, or `/`.
        * `socketio_path`: the path of the endpoint, `"socket.io"` by default.
        * `wait`: False returns when the server has answered; namespaces follow when they do.
        * `wait_timeout`: seconds that namespaces have once the server has answered, 1 by default.
        * `retry`: True makes further attempts when the first one fails.

        `url`, `headers` and `auth` may be functions or coroutine functions without arguments, which
        are called at each attempt. Raises `ConnectionError` of `sio_client.exceptions` when the
        client cannot be connected or is already, `ValueError` for arguments that cannot be right.
        Call `disconnect` in the end.
        """
        self._enter_loop()
        target = self._target(
            url, headers, auth, transports, namespaces, socketio_path, wait_timeout
        )
        self._driver.core = core = self._core
        self._attempt_target = target
        self._settle_outcome(_disconnected())  # of a `connect` that a handler made void
        self._outcome = outcome = self._driver.loop.create_future()
        try:
            events = core.connect(self.connection_namespaces, retry=retry, wait=wait)
            self._dispatcher(events)
            failure = await outcome
            if isinstance(failure, BaseException):
                raise failure
            if failure is None:
                await self._guard_loop()
                await self._dispatcher.settled(wait_timeout)
        except BaseException:
            self._end()
            await self._quiet()
            raise
        if failure is not None:
            await self._quiet()
            raise connection_error(failure)

    def _enter_loop(self) -> None:
        """Go over to the running loop.

        Raises RuntimeError while another one is in use, and in a process that was forked.
        """
        idle = self._core.state is ClientState.IDLE
        if not idle:
            self._refuse_fork()
        driver, loop = self._driver, asyncio.get_running_loop()
        before: asyncio.AbstractEventLoop | None = driver.loop
        if before is loop:
            return
        if before is not None and not before.is_closed() and not (idle and driver.quiet):
            raise RuntimeError("the client is in use in another event loop")
        if not idle:
            # Whatever the client was about in a loop that is closed, it is not any more.
            driver.core = self._core = self._new_core(TRANSPORTS)
        self._outcome = self._attempt_task = self._guard = None
        self._idle.clear()
        driver.bind(loop)
        self._dispatcher.bind(loop)

    def _begin_attempt(self, first: bool) -> None:
        """Make the attempt that is due, in the background where that may take time."""
        target = self._attempt_target
        assert target is not None, "attempts follow on connect"
        if callable(target.url) or callable(target.headers) or callable(target.auth):
            self._attempt_task = self._dispatcher.keep(
                self._driver.loop.create_task(self._evaluate(target, first)), "an attempt"
            )
        else:
            self._attempt(target, first, target.url, target.headers, target.auth)

    async def _evaluate(self, target: Target, first: bool) -> None:
        """Call what is callable in a target, then make the attempt with it.

        Whatever a function ends in, that the task is cancelled as well, the attempt
        has failed: somebody waits for its outcome.
        """
        core = self._core
        values: list[Any] = []
        error: BaseException | None = None
        try:
            for value in (target.url, target.headers, target.auth):
                result = value() if callable(value) else value
                values.append(await result if inspect.isawaitable(result) else result)
        except BaseException as raised:
            error = raised
        # Unless it was disconnected meanwhile.
        if core is self._core and core.state is ClientState.DUE:
            self._attempt_task = None
            if error is None:
                self._attempt(target, first, *values)
            else:
                self.logger.error("an argument of connect() raised an exception", exc_info=error)
                self._attempt_failed(error)
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise error

    def _attempt(self, target: Target, first: bool, url: Any, headers: Any, auth: Any) -> None:
        try:
            connection = self._connection(target, url, headers or {}, auth, self._driver.now())
        except (Exception, asyncio.CancelledError) as error:
            if first and not isinstance(error, AgentError):
                self._settle_outcome(error)  # arguments that cannot be right: `connect` raises it
            else:
                self._attempt_failed(error)
            return
        settings = self._settings
        assert settings is not None, "a connection has settings"
        self._driver.carry(connection, settings)

    def _attempt_failed(self, error: BaseException) -> None:
        events = self._core.attempt_failed(error, self._driver.now())
        self._driver.settle_all()
        self._dispatcher(events)

    def _note(self, event: ClientEvent, core: socketio.Client) -> None:
        """Act on what handlers are not all of: for the dispatcher, after they were started.

        What is told of a `core` that a handler has replaced meanwhile concerns nobody.
        """
        transport = "" if core.engine is None else core.engine.transport
        log_event(event, transport, self.logger, self._transport_logger)
        if core is not self._core:
            return
        if isinstance(event, AttemptDue):
            self._begin_attempt(event.number == 0)
        elif isinstance(event, AttemptSucceeded):
            self._settle_outcome(None)
        elif isinstance(event, AttemptFailed) and event.retry_in is None:
            self._settle_outcome(event.failure)
        elif isinstance(event, Ended):
            self._settle_outcome(_disconnected())
            self._release_loop()
            for waiter in self._idle:
                if not waiter.done():
                    waiter.set_result(None)

    def _settle_outcome(self, failure: Failure | BaseException | None) -> None:
        outcome = self._outcome
        if outcome is not None and not outcome.done():
            outcome.set_result(failure)

    # Sending ------------------------------------------------------------------

    async def emit(
        self,
        event: str,
        data: Any = None,
        namespace: str | None = None,
        callback: Callable[..., Any] | None = None,
    ) -> None:
        """Send an event to the server.

        For example::

            await sio.emit("move", (3, 4))  # two arguments
            await sio.emit("save", {"text": "hello"}, callback=print)

        * `event`: the name; those of the API, such as `connect`, are reserved.
        * `data`: the one argument, a tuple of several, or None (default) for none. Bytes may be
          anywhere in it.
        * `namespace`: one that is connected; None (default) is `/`.
        * `callback`: a function or coroutine function that is called with the arguments of the
          server's acknowledgement; not at all if the connection is lost before.

        Raises `BadNamespaceError` when the namespace is not connected, `ValueError` for a reserved
        name and for data that cannot be encoded. Waits while the server is slow to take what it was
        sent.
        """
        driver = self._driver
        if callback is None:
            self._core.emit(event, event_args(data), namespace=namespace or "/")
            driver.written()
        else:
            until = callback.until if isinstance(callback, Call) else None
            ack_id = self._core.emit_with_ack(
                event, event_args(data), callback, namespace=namespace or "/", until=until
            )
            driver.written()
            if isinstance(callback, Call):
                callback.ack_id = ack_id
                return  # it waits for the answer, and that for no longer than it wants
        if driver.crowded:
            await driver.until(lambda: not driver.crowded)

    async def send(
        self,
        data: Any,
        namespace: str | None = None,
        callback: Callable[..., Any] | None = None,
    ) -> None:
        """Send an event with the name `message`: `emit` with `data`, `namespace` and `callback`."""
        await self.emit("message", data=data, namespace=namespace, callback=callback)

    async def call(
        self,
        event: str,
        data: Any = None,
        namespace: str | None = None,
        timeout: float | None = 60,
    ) -> Any:
        """Send an event and wait for the server's acknowledgement.

        For example::

            total = await sio.call("add", (1, 2), timeout=5)

        `event`, `data` and `namespace` are those of `emit`; `timeout` is in seconds, 60 by default,
        None for no limit. Returns None, the one value, or a tuple of several. Raises `TimeoutError`
        of `sio_client.exceptions` when the time is over, `CallAbortedError`, which is one, at once
        when the connection is lost, and what `emit` raises.
        """
        call = Call(timeout)
        try:
            await self.emit(event, data=data, namespace=namespace, callback=call)
            args = await call.answer
        finally:
            if call.answer.cancelled():
                self._core.forget_ack(namespace or "/", call.ack_id)
        if not args:
            return None
        return args[0] if len(args) == 1 else tuple(args)

    # Ending -------------------------------------------------------------------

    async def disconnect(self) -> None:
        """Disconnect from the server, or stop trying to connect.

        What was emitted is sent first. Returns after the disconnect handlers, within two seconds in
        any case; a client that is not connected is left as it is.
        """
        self._enter_loop()
        self._end()
        await self._quiet()

    async def shutdown(self) -> None:
        """Disconnect, as `disconnect` does, which ends the attempts to connect again too."""
        await self.disconnect()

    def _end(self) -> None:
        """Have the core leave everything; what follows happens in the background."""
        events = self._core.disconnect(self._driver.now())
        self._driver.settle_all()
        self._dispatcher(events)
        task, self._attempt_task = self._attempt_task, None
        if task is not None and task is not asyncio.current_task():
            task.cancel()

    async def _quiet(self) -> None:
        """Wait until what has ended is gone and handlers have returned, but not for long."""
        deadline = self._driver.now() + GOODBYE_SECONDS
        await self._driver.ended(deadline)
        await self._dispatcher.settled(max(0.0, deadline - self._driver.now()))

    async def wait(self) -> None:
        """Wait until there is no connection any more, and no attempt to make one.

        That is after `disconnect`, when the server has disconnected the client, or when the
        attempts to connect again have come to their end.
        """
        while self._core.state is not ClientState.IDLE:
            self._refuse_fork()
            waiter = asyncio.get_running_loop().create_future()
            self._idle.add(waiter)
            try:
                await waiter
            finally:
                self._idle.discard(waiter)
            await self._dispatcher.settled(None)

    async def _guard_loop(self) -> None:
        """Have the client say goodbye when the loop's runner closes it."""
        ended = self._core.state is ClientState.IDLE
        if self.handle_sigint and self._guard is None and not ended:
            self._guard = self._at_the_end()
            await anext(self._guard)

    async def _at_the_end(self) -> AsyncGenerator[None, None]:
        # `asyncio.run` closes the asynchronous generators that have not ended, and waits for them.
        try:
            yield
        finally:
            if self._guard is not None:
                self._guard = None
                await self.disconnect()

    def _release_loop(self) -> None:
        guard, self._guard = self._guard, None
        if guard is not None:
            with contextlib.suppress(StopIteration):
                guard.aclose().__await__().send(None)

    # For applications -----------------------------------------------------------

    def start_background_task(
        self, target: Callable[..., Coroutine[Any, Any, Any]], *args: Any, **kwargs: Any
    ) -> asyncio.Task[Any]:
        """Run a coroutine function as a task. Returns the task.

        `target` is called with `args` and `kwargs`; what it raises is logged.
        """
        task = asyncio.ensure_future(target(*args, **kwargs))
        return self._dispatcher.keep(task, "a background task")

    async def sleep(self, seconds: float = 0) -> None:
        """Wait for `seconds`, 0 by default, while other tasks run."""
        await asyncio.sleep(seconds)

    # Dispatch -------------------------------------------------------------------

    async def _trigger_event(self, event: str, namespace: str, *args: Any) -> Any:
        """Call the handler of an event. Returns its result, or `not_handled`.

        Called for every event: `args` are none for connect, `(data)` for
        connect_error, `(reason)` for disconnect, else the event's arguments.
        """
        handler, full = self._get_event_handler(event, namespace, args)
        if handler is not None:
            fitting = self._fit(event, handler, full)
            if fitting is None:
                return self._misfit(event, handler, len(full))
            result = handler(*fitting)
            return await result if inspect.isawaitable(result) else result
        target, full = self._get_namespace_handler(namespace, args)
        if target is not None:
            return await target.trigger_event(event, *full)
        return self.not_handled


def _disconnected() -> Failure:
    return Failure(Reason(CLIENT_DISCONNECT, "the client was disconnected"))


PLAIN_HOOKS = (AsyncClient._trigger_event, AsyncClient._get_event_handler)
"""To tell whether an application put functions of its own in the place of these hooks."""

"""`AsyncClient`: the documented Socket.IO client for asyncio.

It joins three pieces: the core decides, the driver moves bytes, and the dispatcher
calls the application's handlers.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Mapping, Sequence
from inspect import isawaitable
from typing import Any

from sio_core.handlers import flows
from sio_core.socketio import AttemptDue, ClientEvent, ClientSocket, ClientState, Ended, event_args

from .attempts import time_limits
from .attempts.connect_run import ConnectRun
from .base_client import EVENT_HOOKS, BaseClient
from .drivers.asyncio.driver import Driver
from .handlers.awaited_acks import TaskAck, returned
from .handlers.task_dispatcher import MESSAGES, TaskDispatcher
from .log import log_event
from .options import TRANSPORTS


class AsyncClient(BaseClient):
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

    _namespace_class = "an AsyncClientNamespace"

    def _set_up(self) -> None:
        self._driver: Driver = Driver(self._core, self._reported, self._refuse_fork)
        self._dispatcher = TaskDispatcher(self._handler_source(), self._acknowledge)
        self._attempt_task: asyncio.Task[Any] | None = None
        self._guard: AsyncGenerator[None, None] | None = None

    def is_asyncio_based(self) -> bool:
        """Return True: the methods are coroutines."""
        return True

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
        asked = url, headers, auth, transports, namespaces, socketio_path, wait_timeout
        await flows.run_awaiting(
            self._connecting(self._begin_run(asyncio.Event, retry, wait, *asked))
        )

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
        if before is not None and not before.is_closed() and not (idle and not driver.lines):
            raise RuntimeError("the client is in use in another event loop")
        if not idle:
            # What the client did in an event loop that is closed has ended with the loop.
            driver.core = self._core = self._new_core(TRANSPORTS)
        self._connect_run = self._attempt_task = self._guard = None
        driver.bind(loop)
        self._dispatcher.bind(loop)

    def _attempt(self, run: ConnectRun, first: bool = False) -> None:
        attempt = run.attempt(self._driver, first)
        if run.target.asks:
            self._attempt_task = self._dispatcher.keep(
                self._driver.loop.create_task(self._evaluate(attempt)), "an attempt"
            )
        else:
            flows.run(attempt)

    async def _evaluate(self, attempt: flows.Flow[BaseException | None]) -> None:
        error = await flows.run_awaiting(attempt)
        if self._attempt_task is asyncio.current_task():
            self._attempt_task = None
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise error

    # What the core reports ------------------------------------------------------

    def _reported(self, events: list[ClientEvent]) -> None:
        for event in events:
            if type(event) not in MESSAGES:
                self._noted(event)
        self._dispatcher(events)

    def _noted(self, event: ClientEvent) -> None:
        run = self._connect_run
        log_event(event, self._transport_in_use, self.logger, self._transport_logger)
        assert run is not None, "all this began with connect()"
        if isinstance(event, AttemptDue):
            self._attempt(run)
            return
        run.note(event)
        if isinstance(event, Ended):
            self._release_loop()

    def _acknowledge(self, socket: ClientSocket, ack_id: int, args: Sequence[Any]) -> None:
        self._driver.send(self._core.ack, socket, ack_id, args)

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
        driver, core, name = self._driver, self._core, namespace or "/"
        if callback is None:
            driver.send(core.emit, event, event_args(data), namespace=name)
        else:
            until = callback.until if isinstance(callback, TaskAck) else None
            ack_id = driver.send(
                core.emit_with_ack, event, event_args(data), callback, namespace=name, until=until
            )
            if isinstance(callback, TaskAck):
                callback.ack_id = ack_id
                return  # `call` waits for the answer, with a time limit of its own.
        if driver.outbound_full:
            await driver.wait_output_taken()

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
        answer = TaskAck(asyncio.get_running_loop(), timeout)
        try:
            await self.emit(event, data=data, namespace=namespace, callback=answer)
            return returned(await answer.answer)
        finally:
            if answer.answer.cancelled():
                self._core.forget_ack(namespace or "/", answer.ack_id)

    # Ending -------------------------------------------------------------------

    async def disconnect(self) -> None:
        """Disconnect from the server, or stop trying to connect.

        What was emitted is sent first. Returns after the disconnect handlers, within two seconds in
        any case; a client that is not connected is left as it is.
        """
        self._enter_loop()
        self._leave()
        await self._quiet()

    async def shutdown(self) -> None:
        """Disconnect, as `disconnect` does, which ends the attempts to connect again too."""
        await self.disconnect()

    def _leave(self) -> None:
        """Begin to disconnect; what follows happens in the background."""
        self._driver.enter(None, self._core.disconnect)
        task, self._attempt_task = self._attempt_task, None
        if task is not None and task is not asyncio.current_task():
            task.cancel()

    async def _give_up(self) -> None:
        self._leave()
        await self._quiet()

    async def _quiet(self) -> None:
        deadline = self._driver.now() + time_limits.DISCONNECT
        await self._driver.wait_closed(deadline)
        await self._dispatcher.settled(max(0.0, deadline - self._driver.now()))

    async def wait(self) -> None:
        """Wait until there is no connection any more, and no attempt to make one.

        That is after `disconnect`, when the server has disconnected the client, or when the
        attempts to connect again have come to their end.
        """
        while self._core.state is not ClientState.IDLE and self._connect_run is not None:
            self._refuse_fork()
            await self._connect_run.over.wait()
            await self._dispatcher.settled(None)

    async def _arrived(self, run: ConnectRun) -> None:
        ended = self._core.state is ClientState.IDLE
        if self.handle_sigint and self._guard is None and not ended:
            # The client says goodbye when the loop's runner closes the loop.
            self._guard = self._at_the_end()
            await anext(self._guard)
        await self._dispatcher.settled(run.target.wait_timeout)

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

    async def _trigger_event(self, event: str, namespace: str, *args: Any) -> Any:
        """Call the handler of an event. Returns its result, or `not_handled`.

        Called for every event: `args` are none for connect, `(data)` for
        connect_error, `(reason)` for disconnect, else the event's arguments.
        """
        result = self._handling(event, namespace, args)()
        return result if result is None or not isawaitable(result) else await result


AsyncClient._plain_hooks = (AsyncClient._trigger_event, *EVENT_HOOKS)

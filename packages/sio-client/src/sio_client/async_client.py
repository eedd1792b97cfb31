"""`AsyncClient`: the documented Socket.IO client for asyncio.

It joins three pieces: the core decides, the driver moves bytes, and the dispatcher
calls the application's handlers.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from functools import partial
from inspect import isawaitable
from typing import Any

from sio_core.handlers.both_colours import awaited_as
from sio_core.socketio import AttemptDue, ClientEvent, ClientSocket, ClientState, Ended, event_args

from .attempts import time_limits
from .attempts.connect_run import ConnectRun
from .drivers.asyncio.driver import Driver
from .handlers.after_call import MESSAGES, returned
from .handlers.task_dispatcher import TaskAck, TaskDispatcher
from .log import log_event, transport_of
from .options import TRANSPORTS
from .shared.client_methods import ClientMethods


class AsyncClient(ClientMethods):
    """An `AsyncClient` connects a program of asyncio to a Socket.IO server.

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
        self._driver: Driver = Driver(self._core, self._reported)
        self._dispatcher = TaskDispatcher(self._handler_source(), self._acknowledge)
        self._attempt_task: asyncio.Task[Any] | None = None
        self._guard: AsyncGenerator[None, None] | None = None

    # Connecting ---------------------------------------------------------------

    def _begin(self, retry: bool, wait: bool, *asked: Any) -> ConnectRun:
        self._enter_loop()
        return self._begin_run(asyncio.Event, retry, wait, *asked)

    def _enter_loop(self) -> None:
        """Go over to the running loop.

        Raises RuntimeError while another one is in use, and in a process that was forked.
        """
        idle = self._core.state is ClientState.IDLE
        if not idle:
            self._driver.refuse_fork()
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
        run.begin_or_ask(self._driver, first, partial(self._ask, run, first))

    def _ask(self, run: ConnectRun, first: bool) -> None:
        task = self._driver.loop.create_task(self._evaluate(run, first))
        self._attempt_task = self._dispatcher.keep(task, "an attempt")

    async def _evaluate(self, run: ConnectRun, first: bool) -> None:
        error = await run.ask_and_begin(self._driver, first)
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
        log_event(event, transport_of(self._core.engine), *self._loggers)
        if isinstance(event, AttemptDue):
            self._attempt(self._next_run())
            return
        self._current_run.note(event)
        if isinstance(event, Ended):
            self._release_loop()

    def _acknowledge(self, socket: ClientSocket, ack_id: int, args: Sequence[Any]) -> None:
        self._driver.send(self._core.ack, socket, ack_id, args)

    # Sending ------------------------------------------------------------------

    @awaited_as(ClientMethods.emit)
    async def emit(
        self, event: str, data: Any = None, namespace: Any = None, callback: Any = None
    ) -> None:
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

    @awaited_as(ClientMethods.call)
    async def call(
        self, event: str, data: Any = None, namespace: Any = None, timeout: Any = 60
    ) -> Any:
        answer = TaskAck(asyncio.get_running_loop(), timeout)
        try:
            await self.emit(event, data=data, namespace=namespace, callback=answer)
            return returned(await answer.answer)
        finally:
            if answer.answer.cancelled():
                self._core.forget_ack(namespace or "/", answer.ack_id)

    # Ending -------------------------------------------------------------------

    async def _disconnect(self) -> None:
        self._enter_loop()
        await self._give_up()

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

    async def _wait_for_end(self) -> None:
        while self._core.state is not ClientState.IDLE and self._connect_run is not None:
            self._driver.refuse_fork()
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
        result = self._handling(event, namespace, args)()
        return result if result is None or not isawaitable(result) else await result

    _plain_trigger = _trigger_event

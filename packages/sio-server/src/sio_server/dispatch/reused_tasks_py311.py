"""Tasks of Python 3.11 that run one handler after another. Not needed from Python 3.12 on.

To make a task costs more than most handlers (1.2 µs). So a few runners are kept: tasks that
run one handler after another for as long as none waits. A runner whose handler waits is that
handler's task until it ends; the other handlers go to another runner.

A handler must not see that it shares a task. So a runner is given up after a
handler that changed a context variable or kept a reference to the task: no other
handler may find what it left behind. And all runners have one context:
a handler that is called in another one, because something around the server
sets variables for each connection, gets a task of its own.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from contextvars import Context, copy_context

from .handler_tasks import HandlerCall, finish_call

MAX_IDLE = 32
"""Runners that are kept while there are no calls."""


class ReusedTasks:
    """Runs calls on the event loop, in the order in which they come."""

    def __init__(self) -> None:
        self.waiting: deque[HandlerCall] = deque()
        """The calls that have not begun: the same queue for as long as this lives."""
        self._idle: list[ReusedTask] = []
        self._busy: set[ReusedTask] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.checks_next_turn = False
        """Whether `check_next_turn` was called in this turn."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self.context = Context()

    def tasks(self) -> list[asyncio.Task[None]]:
        """Return the tasks whose call has begun and not ended, or is about to begin.

        They end with their call, so that they can be waited for.
        """
        for runner in self._busy:
            runner.last = True
        return [*self._tasks, *(runner.task for runner in self._busy)]

    def end_idle(self) -> None:
        """End the tasks that have nothing to do, within a turn of the loop, if this is theirs."""
        if self._idle and self._loop is asyncio.get_running_loop():
            idle, self._idle = self._idle, []
            self._busy.update(idle)
            for runner in idle:
                runner.last = True
                runner.wake()

    def start(self, call: HandlerCall, loop: asyncio.AbstractEventLoop) -> None:
        """Run `call` soon."""
        context = copy_context()
        if loop is not self._loop:
            self._loop = loop
            self.context = context
            self._idle.clear()
            self.waiting.clear()
        elif context != self.context:
            self._keep(loop.create_task(finish_call(call), context=context))
            return
        waiting = self.waiting
        waiting.append(call)
        if len(waiting) == 1:
            self._wake(loop)

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # Runners --------------------------------------------------------------

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        """Have a runner look for calls."""
        if self._idle:
            runner = self._idle.pop()
            runner.wake()
        else:
            runner = ReusedTask(self, loop)
        self._busy.add(runner)

    def ended(self, runner: ReusedTask) -> None:
        """A runner has ended: another one takes the calls that wait."""
        self._busy.discard(runner)
        if self.waiting and self._loop is not None:
            self._wake(self._loop)

    def check_next_turn(self) -> None:
        """Look again in the next turn of the loop, when the running call may wait for something."""
        if not self.checks_next_turn and self._loop is not None:
            self.checks_next_turn = True
            self._loop.call_soon(self._wake_if_any_waits)

    def _wake_if_any_waits(self) -> None:
        self.checks_next_turn = False
        if self.waiting and self._loop is not None:
            self._wake(self._loop)

    def take_back(self, runner: ReusedTask) -> bool:
        """Take back a runner that has nothing to do; false if there are enough."""
        if runner.last or len(self._idle) >= MAX_IDLE:
            return False
        self._busy.discard(runner)
        self._idle.append(runner)
        return True


class ReusedTask:
    """One task that runs call after call."""

    __slots__ = ("_calls", "_loop", "_wake", "last", "task")

    def __init__(self, calls: ReusedTasks, loop: asyncio.AbstractEventLoop) -> None:
        self._calls = calls
        self._loop = loop
        self._wake: asyncio.Future[None] | None = None
        self.last = False
        # Not the context of the calling task, which may be a runner that has ended.
        self.task: asyncio.Task[None] = loop.create_task(self._main(), context=calls.context.copy())

    def wake(self) -> None:
        """There may be a call."""
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    async def _main(self) -> None:
        try:
            await self._run_calls()
        finally:
            self._calls.ended(self)

    async def _run_calls(self) -> None:
        calls, task = self._calls, self.task
        clean, waiting = calls.context, calls.waiting
        while True:
            while waiting:
                call = waiting.popleft()
                if waiting and not calls.checks_next_turn:
                    calls.check_next_turn()
                references = sys.getrefcount(task)
                # `finish_call`, without a coroutine of its own: 0.3 µs of every event.
                try:
                    try:
                        result = await call.awaitable
                    except Exception as error:
                        await call.fail(error)
                    else:
                        call.finish(result)
                        del result
                finally:
                    call.end()
                del call
                if self.last or copy_context() != clean or sys.getrefcount(task) > references:
                    return
            if not calls.take_back(self):
                return
            self._wake = self._loop.create_future()
            await self._wake

"""The methods that a program has replaced of a server on asyncio."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from ..dispatch.asyncio import Dispatcher
from ..dispatch.runners import run_awaiting
from .outputs import Outputs
from .patching import Patching


class AsyncOutputs(Outputs):
    """`Outputs` that call the program in a task for each client, while it is sent something.

    Such a task counts as a writer: `emit` lets it have its turn.
    """

    dispatcher: Dispatcher

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._tasks: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Begin to show what there is."""
        while (session := self._begin()) is not None:
            self._entrance.writers += 1
            task = self.dispatcher.run_soon(run_awaiting(self.show(session)), "_send_packet")
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.get_loop() is self.dispatcher.entrance.loop and self._entrance.writers:
            self._entrance.writers -= 1

    async def all_shown(self) -> None:
        """Wait until all that was sent so far has been shown; inside such a call, do not wait."""
        if self._tasks and asyncio.current_task() not in self._tasks:
            await asyncio.wait(self._tasks)


class AsyncPatching(Patching):
    """The methods of an `AsyncServer` that a program has replaced, or calls by itself."""

    new_order, new_outputs = deque, AsyncOutputs
    _outputs: AsyncOutputs

    async def _run_handlers(self, load: Any) -> None:
        queue = load.order
        while queue:
            try:
                await run_awaiting(queue.popleft())
            finally:
                load.handler_ended()
        load.order = None

    async def _all_shown(self) -> None:
        await self._outputs.all_shown()

"""What is done for the clients of this process when a manager asks for it, on asyncio."""

from __future__ import annotations

import asyncio
from typing import Any

from sio_core import Prepared
from sio_core.socketio import Emit

from ..drivers.asyncio.driver import Driver
from .asyncio import Dispatcher
from .awaited_acks import AwaitedAck
from .local_clients import LocalClients
from .runners import Flow, run_awaiting


class AsyncLocalClients(LocalClients[Driver[Any], Dispatcher]):
    """The clients of one asyncio server process."""

    async def emit(self, emit: Emit, message: Prepared | None = None) -> None:
        """Send an event, and wait while the one client that it is for is slow.

        The `token` of `emit` is the callback of its acknowledgements. `message` is what `prepare`
        made of it, if that was called.
        """
        self.send(emit, message)
        if self._engine.any_outbound_full:  # sending to a client that is slow says so: 0.3 µs
            waits = not isinstance(emit.token, AwaitedAck)
            if waits and (slow := self.calls.slow_recipient(emit)) is not None:
                await self._driver.wait_output_taken(slow)
            else:
                await self._driver.let_others_run()
        elif self._driver.writers:
            await self._driver.let_others_run()

    async def disconnect(self, sid: str, namespace: str, *, close: bool = False) -> None:
        """Disconnect a client, and wait for its disconnect handlers. A stranger is ignored."""
        if events := self._leave(sid, namespace, close):
            await self._dispatcher.wait_for_disconnects(events)

    def run_room_handlers(self, flow: Flow[None]) -> None:
        """Run the handlers of a manager soon, in a task of their own."""
        self._dispatcher.run_soon(run_awaiting(flow), "room events")

    def ends_handler_alone(self, error: BaseException) -> bool:
        """Return whether `error` ended a handler, and not the task that it ran in."""
        if isinstance(error, asyncio.CancelledError):
            task = asyncio.current_task()
            return task is not None and not task.cancelling()
        return isinstance(error, Exception)

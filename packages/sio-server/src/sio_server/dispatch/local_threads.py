"""What is done for the clients of this process when a manager asks for it, in threads."""

from __future__ import annotations

from typing import Any

from sio_core import Prepared
from sio_core.socketio import Emit

from ..drivers.entrance import run_waited
from ..drivers.threads.driver import Driver
from .awaited_acks import AwaitedAck
from .local_clients import LocalClients
from .runners import Flow
from .threads import BlockingDispatcher


class BlockingLocalClients(LocalClients[Driver[Any], BlockingDispatcher]):
    """The clients of one blocking server process."""

    def emit(self, emit: Emit, message: Prepared | None = None) -> None:
        """Send an event, and wait while the one client that it is for is slow.

        The `token` of `emit` is the callback of its acknowledgements. `message` is what `prepare`
        made of it, if that was called.
        """
        self.send(emit, message)
        if emit.to is not None and (emit.token is None or not isinstance(emit.token, AwaitedAck)):
            slow = self.calls.slow_recipient(emit)
            if slow is not None:
                run_waited(self._driver.wait_output_taken(slow))
                return
        if self._driver.writers or self._engine.any_outbound_full:
            self._driver.let_others_run()

    def disconnect(self, sid: str, namespace: str, *, close: bool = False) -> None:
        """Disconnect a client, and wait for its disconnect handlers. A stranger is ignored."""
        self._dispatcher.wait_for_disconnects(self._leave(sid, namespace, close))

    def run_room_handlers(self, flow: Flow[None]) -> None:
        """Run the handlers of a manager soon, where no handler of a client runs."""
        self._dispatcher.run_room_handlers(flow)

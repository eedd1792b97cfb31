"""The clients of Socket.IO with a core that knows Engine.IO alone: what the faces stand on."""

from __future__ import annotations

from typing import Any

from sio_core import Reason

from ..async_client import AsyncClient
from ..client import Client
from ..shared.base_client import BaseClient
from .message_client import MessageClient


class OfMessages(BaseClient):
    """A client whose core is a `MessageClient`."""

    _core_class = MessageClient

    def leave_for(self, why: Reason | None, abort: bool = False) -> None:
        """Have disconnect handlers told `why` at the next `disconnect`, which may `abort`."""
        assert isinstance(self._core, MessageClient)
        self._core.leaving, self._core.aborts = why, abort


class AsyncConnection(OfMessages, AsyncClient):
    """An `AsyncConnection` carries an `AsyncClient` of Engine.IO."""

    async def send_message(self, data: Any) -> None:
        """Send a message; waits while the server is slow to take what it was sent."""
        driver, core = self._driver, self._core
        assert isinstance(core, MessageClient)
        driver.send(core.send_message, data)
        if driver.outbound_full:
            await driver.wait_output_taken()


class Connection(OfMessages, Client):
    """A `Connection` carries a `Client` of Engine.IO."""

    def send_message(self, data: Any) -> None:
        """Send a message; waits while the server is slow to take what it was sent."""
        driver, core = self._driver, self._core
        assert isinstance(core, MessageClient)
        driver.refuse_fork()
        driver.send(core.send_message, data)
        if driver.outbound_full:
            driver.wait_output_taken()

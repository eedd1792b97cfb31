"""A client of Engine.IO that tests talk with: what it receives waits in a queue."""

from __future__ import annotations

import queue
from collections.abc import Sequence
from typing import Any

from sio_client.engineio import Client
from tests.support.servers import PATIENCE, Served


class Talk:
    """One blocking client, whose events are put into `events` as they come."""

    def __init__(self, **options: Any) -> None:
        self.eio = Client(handle_sigint=False, **options)
        self.messages: queue.Queue[Any] = queue.Queue()
        self.events: queue.Queue[str] = queue.Queue()
        self.eio.on("message", self.messages.put)
        self.eio.on("connect", lambda: self.events.put("connect"))
        self.eio.on("disconnect", lambda reason: self.events.put(str(reason)))

    def connect(
        self, served: Served, transports: Sequence[str], query: str = "", path: str = "engine.io"
    ) -> Talk:
        """Connect to a server; `query` goes with the handshake."""
        self.eio.connect(f"{served.origin}/?{query}", transports=transports, engineio_path=path)
        return self

    def next(self) -> Any:
        """Return the next message."""
        return self.messages.get(timeout=PATIENCE)

    def ask(self, data: Any) -> Any:
        """Send a message. Returns the next one that comes."""
        self.eio.send(data)
        return self.next()

    def event(self) -> str:
        """Return the next event of the connection."""
        return self.events.get(timeout=PATIENCE)

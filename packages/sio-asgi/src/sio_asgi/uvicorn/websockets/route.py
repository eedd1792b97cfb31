"""A WebSocket route that is ordinary ASGI: its messages wait in a queue for the application."""

from __future__ import annotations

import asyncio
from collections import deque

from uvicorn.protocols.utils import ClientDisconnected

from sio_server.drivers.asyncio.transport.state import WebSocketState
from sio_server.drivers.asyncio.transport.websocket_transport import WebSocketTransport

from ...scopes import Message
from .keepalive import Keepalive

MAX_QUEUED = 16
"""Messages that wait for the application before reading pauses."""

INTERNAL_ERROR = 1011
"""The close code for what this side cannot go on with (RFC 6455, section 7.4.1)."""


class OrdinaryRoute:
    """The reader of `websocket` on behalf of an application, from the first ASGI message on.

    `websocket` is None until the application has accepted.
    """

    __slots__ = (
        "_emptied",
        "_end",
        "_keepalive",
        "_loop",
        "_queue",
        "_waiter",
        "_writable",
        "websocket",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.websocket: WebSocketTransport | None = None
        self._loop = loop
        self._queue: deque[Message] = deque([{"type": "websocket.connect"}])
        self._end: Message | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._emptied: asyncio.Future[None] | None = None
        self._writable: asyncio.Future[None] | None = None
        self._keepalive: Keepalive | None = None

    # For the web server -----------------------------------------------------

    def keep_alive(self, interval: float, timeout: float | None) -> None:
        """Send a ping every `interval` seconds, whose pong must come within `timeout` seconds."""
        websocket = self.websocket
        assert websocket is not None
        if websocket.state is WebSocketState.OPEN:
            self._keepalive = Keepalive(
                self._loop, interval, timeout, websocket.ping, self._give_up
            )
            websocket.pong = self._keepalive.pong

    def _give_up(self) -> None:
        assert self.websocket is not None
        self.websocket.end(INTERNAL_ERROR, "keepalive ping timeout")

    def end(self, code: int, reason: str = "") -> None:
        """Tell the application, after what is queued, that the WebSocket is gone."""
        self._end = {"type": "websocket.disconnect", "code": code, "reason": reason}
        if self._keepalive is not None:
            self._keepalive.stop()
        for future in (self._waiter, self._emptied, self._writable):
            _release(future)

    # As the reader of the WebSocket -----------------------------------------

    def receive(self, message: str | bytes) -> bool:
        """Queue one message. Returns true if so many wait that reading should stop."""
        key = "text" if isinstance(message, str) else "bytes"
        self._queue.append({"type": "websocket.receive", key: message})
        _release(self._waiter)
        return len(self._queue) >= MAX_QUEUED

    async def wait_for_capacity(self) -> None:
        """Wait until the application has taken every message."""
        while self._queue and self._end is None:
            self._emptied = self._loop.create_future()
            await self._emptied

    def pause(self) -> None:
        """Have the application wait when it sends: the transport's buffer is full."""
        self._writable = self._loop.create_future()

    def resume(self) -> None:
        """Let the application go on: the transport's buffer has capacity again."""
        _release(self._writable)
        self._writable = None

    def lost(self, error: str = "") -> None:
        """Tell the application of the end, after the messages that it has not taken yet."""
        assert self.websocket is not None
        self.end(self.websocket.close_code, self.websocket.close_reason)

    # For the application ------------------------------------------------------

    async def next_message(self) -> Message:
        """ASGI: the next message; the last one again, if there are no more."""
        while not self._queue:
            if self._end is not None:
                return self._end
            self._waiter = self._loop.create_future()
            await self._waiter
        message = self._queue.popleft()
        if not self._queue:
            _release(self._emptied)
        return message

    async def send(self, message: Message) -> None:
        """ASGI: send or close, after the WebSocket was accepted."""
        if self._writable is not None:
            await asyncio.shield(self._writable)
        websocket, kind = self.websocket, message["type"]
        assert websocket is not None
        if websocket.state is not WebSocketState.OPEN:
            if websocket.transport.is_closing():
                raise ClientDisconnected
            raise RuntimeError(f"Unexpected ASGI message {kind!r}: the WebSocket is closed.")
        if kind == "websocket.send":
            text: str | None = message.get("text")
            websocket.send(message["bytes"] if text is None else text)
        elif kind == "websocket.close":
            websocket.close(message.get("code", 1000), message.get("reason") or "")
        else:
            raise RuntimeError(f"Expected 'websocket.send' or 'websocket.close', not {kind!r}.")


def _release(future: asyncio.Future[None] | None) -> None:
    if future is not None and not future.done():
        future.set_result(None)

"""What a WebSocket on a transport of asyncio asks of the receiver of its messages."""

from __future__ import annotations

from typing import Protocol


class Reader(Protocol):
    """The receiver of a WebSocket's messages: a connection of the driver, or another."""

    def receive(self, message: str | bytes, /) -> bool:
        """Take one message.

        Returns true if reading should stop until `wait_for_capacity` returns.
        """
        ...

    async def wait_for_capacity(self) -> None:
        """Wait until more messages may come."""
        ...

    def pause(self) -> None:
        """Hear that the transport's buffer is full: nothing is to be written until `resume`."""
        ...

    def resume(self) -> None:
        """Hear that the transport's buffer has capacity again."""
        ...

    def lost(self, error: str = "") -> None:
        """Hear that no message comes any more; `error` says what broke the WebSocket, if any."""
        ...

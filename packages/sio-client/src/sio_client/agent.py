"""The user agent: what a client's core asks for, as bytes on pipes, without doing any I/O.

HTTP/1.1 by h11 and WebSockets, through proxies where settings say so. One agent
serves one connection attempt. Whatever a server sends, no input raises: it
becomes a result with an error.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from sio_core.prepared import Prepared

from .endpoint import Endpoint
from .orders import Order, Result
from .settings import Settings


class Agent:
    """Requests and WebSockets of one connection attempt, by ids that are the caller's.

    After every call carry out `take_orders()`. A pipe is numbered by the agent; what
    is said of one that it closed is ignored, so the driver need not take care.
    Raises `ProxyFailed` if settings name a proxy that is not supported.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        settings: Settings,
        *,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.endpoint = endpoint
        """Where requests go: what was given, or where the handshake was redirected to."""
        raise NotImplementedError

    def request(
        self, id: int, method: str, query: str, headers: Sequence[tuple[str, str]], body: bytes
    ) -> None:
        """Send a request; an `Answered` or a `Failed` follows, unless it is cancelled."""
        raise NotImplementedError

    def cancel(self, id: int) -> None:
        """Forget a request and close its pipe."""
        raise NotImplementedError

    def open_websocket(self, id: int, query: str) -> None:
        """Open a WebSocket; a `SocketOpened` or a `SocketLost` follows."""
        raise NotImplementedError

    def write(self, id: int, message: Prepared) -> None:
        """Send the frames of a message, back to back; nothing on a WebSocket that is not open."""
        raise NotImplementedError

    def close_websocket(self, id: int, code: int = 1000) -> None:
        """Send a close frame; `SocketLost` follows once the peer has answered or the pipe is lost.

        No frames come any more. One that is not open yet, or that this is called
        for again, is forgotten and its pipe closed at once.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Close every pipe and forget everything; there are no more results."""
        raise NotImplementedError

    def pipe_opened(self, pipe: int) -> list[Result]:
        """TCP stands, and TLS if the order asked for it."""
        raise NotImplementedError

    def pipe_secured(self, pipe: int) -> list[Result]:
        """TLS that a `SecurePipe` asked for stands."""
        raise NotImplementedError

    def pipe_received(self, pipe: int, data: bytes) -> list[Result]:
        """Bytes came."""
        raise NotImplementedError

    def pipe_lost(self, pipe: int, error: Exception | None) -> list[Result]:
        """The pipe has ended: at the peer's wish (None), or by an error, also while it was opened.

        The driver closes its side and forgets the pipe; no `ClosePipe` follows.
        """
        raise NotImplementedError

    def take_orders(self) -> list[Order]:
        """What is to be done now, in this order."""
        raise NotImplementedError

"""A link and the frames of its WebSocket, for a driver that owns the socket: bytes in, bytes out.

RFC 6455, sections 5 to 7. The opening handshake has been answered by then.
"""

from __future__ import annotations

from collections.abc import Callable

from ..websocket.frames import BROKEN, frame_close, frame_pong
from ..websocket.reader import FrameReader, Ping, Pong, unmask
from .config import Config
from .link import Link
from .session import Event


class FramedLink:
    """A `FramedLink` reads and writes the bytes of the WebSocket of `link`, bounded by `config`.

    After `opened`, `receive` takes any piece of what the socket gives and `take` returns what it is
    to get: call `take` after every input, and when `Server.take_ready` names the link. Once `over`
    is true, `take` has returned the close frame: write that, and hang up. Call `lost` at the end,
    however it comes. Set `link.blocked` while the socket takes nothing more. `unmask` takes the key
    away from frames of 126 bytes and more, for drivers that have a faster way.
    """

    __slots__ = ("_goodbye", "_pong", "_reader", "link", "over")

    def __init__(
        self,
        link: Link,
        config: Config,
        unmask: Callable[[bytes, bytes], bytes | bytearray] = unmask,
    ) -> None:
        self.link = link
        self.over = False
        self._pong = self._goodbye = b""
        self._reader = FrameReader(
            config.max_payload, max_fragments=config.max_fragments, unmask=unmask
        )

    def opened(self, now: float) -> list[Event]:
        """Note that the opening handshake was answered. Returns `Opened` for a new session."""
        return self.link.opened(now)

    def receive(self, data: bytes, now: float) -> list[Event]:
        """Take `data`, any piece of what the socket gives. Returns what it caused; never raises.

        A client that closes, or breaks a rule of the frames, ends its session here.
        """
        events: list[Event] = []
        for received in self._reader.feed(data):
            if isinstance(received, str | bytes):
                events += self.link.receive(received, now)
            elif isinstance(received, Ping):
                # Section 5.5.3: of several pings that were not answered yet "only the most
                # recently processed" one needs an answer. So there is never more than one pong.
                self._pong = frame_pong(received.payload)
            elif not isinstance(received, Pong):
                self._goodbye = frame_close(received.code, received.reason)
                events += self.link.lost(now, error=BROKEN.get(received.code, ""))
        return events

    def take(self) -> bytes:
        """Return the bytes to write now, and forget them: messages, a pong, at last a close frame.

        While `link.blocked` is true there is nothing but the end, with what is queued before it.
        """
        link, closing = self.link, self.link.closing or bool(self._goodbye)
        if self.over or (link.blocked and not closing):
            return b""
        pong, self._pong = self._pong, b""
        data = pong + b"".join([message.frame_bytes() for message in link.take()])
        if closing:
            self.over = True
            data += self._goodbye or frame_close(link.close_code)
        return data

    def lost(self, now: float, *, error: str = "") -> list[Event]:
        """Note that the socket is gone; `error` says what broke it, "" after a clean end."""
        self.over = True
        return self.link.lost(now, error=error)

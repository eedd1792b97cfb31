"""Messages on one WebSocket that stands: frames in, frames out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from sio_core.prepared import Prepared
from sio_core.utf8 import encode_utf8
from sio_core.values import Frame
from sio_core.websocket import (
    BINARY,
    CLOSE,
    PONG,
    TEXT,
    Close,
    Failed,
    FrameReader,
    Ping,
    Received,
    close_payload,
    frame_masked,
)

from .agent_settings import EARLY_BYTES
from .errors import ConnectionLost, WebSocketFailed
from .results import Result, SocketFrame, SocketLost

_TOO_BIG: Final = 1009
REFUSAL: Final = re.compile(rb"HTTP/1\.[01] ([45]\d\d) (?:[^\r\n]*\r\n)+?\r\n")
"""The head of an answer, of which no frame can be the first byte."""


class WebSocketCodec:
    """A `WebSocketCodec` reads and writes the frames of one WebSocket, without the connection.

    After `receive` the bytes in `reply` are to be sent and forgotten; once `ended` is
    true the connection is to be closed.
    """

    __slots__ = (
        "_closing",
        "_early",
        "_heard",
        "_mask",
        "_random",
        "_reader",
        "ended",
        "id",
        "reply",
    )

    def __init__(
        self,
        id: int,
        max_size: int,
        random: Callable[[int], bytes],
        mask: Callable[[bytes, bytes], bytes | bytearray],
    ) -> None:
        self.id = id
        self._reader = FrameReader(max_size, masked=False)
        self._random = random
        self._mask = mask
        self._closing = False
        self._heard = False
        self._early = 0
        self.reply = b""
        self.ended = False

    @property
    def closing(self) -> bool:
        """Whether our close frame has been sent."""
        return self._closing

    def frames(self, message: Prepared) -> bytes:
        """The bytes of a message, its frames back to back; none after our close frame."""
        if self._closing:
            return b""
        frames = message.frames
        if len(frames) == 1 and isinstance(text := frames[0], str):  # as a rule
            data = text.encode() if text.isascii() else encode_utf8(text)
            return frame_masked(TEXT, data, self._random(4), self._mask)
        return b"".join(map(self._message, frames))

    def close(self, code: int) -> bytes:
        """The bytes of our close frame."""
        self._closing = True
        return self._frame(CLOSE, close_payload(code))

    def receive(self, data: bytes) -> list[Result]:
        """Read what came; after our close frame messages are dropped."""
        results: list[Result] = []
        ping: Ping | None = None
        all_received = self._reader.feed(data)
        if not self._heard:
            if refusal := self._refusal_in(data):
                return [refusal]
            if self._comes_to_too_much(data, all_received):
                all_received = [Failed(_TOO_BIG, "the first message is too big")]
        for received in all_received:
            if isinstance(received, (str, bytes)):
                if not self._closing:
                    results.append(SocketFrame(self.id, received))
            elif isinstance(received, Ping):
                ping = received
            elif isinstance(received, (Close, Failed)):
                results.append(self._closed_by_peer(received, ping))
        self._heard = self._heard or bool(results)
        # RFC 6455, section 5.5.3: of several pings only the most recent one needs an answer.
        if ping and not self._closing:
            self.reply = self._frame(PONG, ping.payload)
        return results

    def lost(self, error: Exception | None) -> SocketLost:
        """The connection has ended without the peer's close frame.

        That is no error by itself, unless the peer never said anything.
        """
        if self._closing:
            return SocketLost(self.id)
        if error is None and not self._heard:
            error = ConnectionLost("the server closed the WebSocket before its first message")
        return SocketLost(self.id, error)

    def _refusal_in(self, data: bytes) -> SocketLost | None:
        """What refuses the WebSocket that was opened just now, as some servers do, in HTTP."""
        found = REFUSAL.match(data)
        if found is None or self._early or self._closing:
            return None
        self.ended = True
        problem = WebSocketFailed("the server refused the WebSocket after it had opened it")
        return SocketLost(self.id, problem, status=int(found[1]), body=data[found.end() :])

    def _comes_to_too_much(self, data: bytes, received: Sequence[Received]) -> bool:
        """Whether the first message has more than is taken of a server that is not known yet."""
        self._early += len(data)
        first = next((item for item in received if isinstance(item, (str, bytes))), None)
        return len(first) > EARLY_BYTES if first is not None else self._early > EARLY_BYTES

    def _closed_by_peer(self, last: Close | Failed, ping: Ping | None) -> SocketLost:
        self.ended = True
        ours = self._closing
        if not ours:
            pong = self._frame(PONG, ping.payload) if ping else b""
            self.reply = pong + self.close(last.code)
        if isinstance(last, Close):
            return SocketLost(self.id, code=last.code)
        problem = f"the server broke the WebSocket protocol: {last.reason}"
        return SocketLost(self.id, None if ours else WebSocketFailed(problem), code=last.code)

    def _message(self, frame: Frame) -> bytes:
        if isinstance(frame, str):
            return self._frame(TEXT, encode_utf8(frame))
        return self._frame(BINARY, frame)

    def _frame(self, first: int, payload: bytes) -> bytes:
        return frame_masked(first, payload, self._random(4), self._mask)

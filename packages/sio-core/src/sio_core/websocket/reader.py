"""WebSocket messages as a server reads them: bytes of the socket in, messages out.

RFC 6455, sections 5 to 8, without extensions. For drivers that own the socket
and have answered the opening handshake. `FrameReader` keeps one rule: whatever
the peer sends, `feed` returns. A breach of the protocol is the last thing that
it returns, as `Failed`, with the code that the driver closes with.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias


@dataclass(slots=True)
class Ping:
    """The peer asks for a pong with the same payload, up to 125 bytes."""

    payload: bytes


@dataclass(slots=True)
class Pong:
    """The peer answers a ping, or says unasked that it is there."""

    payload: bytes


@dataclass(slots=True)
class Close:
    """The peer's close frame, to be answered with one; `code` is 1005 when it gives none."""

    code: int
    reason: str


@dataclass(slots=True)
class Failed:
    """The peer broke the protocol: close with `code` and `reason`, then drop the connection."""

    code: int
    reason: str


Received: TypeAlias = str | bytes | Ping | Pong | Close | Failed
"""A text message, a binary message, a control frame, or the end by a breach."""

# Opcodes (RFC 6455, section 11.8) and close codes (section 7.4.1).
_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0, 1, 2, 8, 9, 10
_FIN, _CONTROL = 0x80, 0x08
_PROTOCOL_ERROR, _NOT_UTF8, _POLICY, _TOO_BIG = 1002, 1007, 1008, 1009
_NO_CODE = 1005

# What a peer may send: section 7.4, and 1012 to 1014 of the IANA registry that
# section 11.7 opens.
_CLOSE_CODES: Final = frozenset((*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)))

MAX_FRAGMENTS: Final = 16_384
"""Frames of one message; a peer that sends more costs more than its bytes say."""

_NEVER = -1
"""As `_need`: nothing more is read. As `_whole`: no first byte takes the short way."""


def _problem(first: int) -> str:
    if first & 0x70:  # section 5.2: "MUST be 0 unless an extension is negotiated"
        return "reserved bits are set"
    if first & 0x0F not in (_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG):
        return "reserved opcode"
    if first & _CONTROL and not first & _FIN:  # section 5.5: "MUST NOT be fragmented"
        return "fragmented control frame"
    return ""


# What is wrong with each value of a frame's first byte; empty for nothing.
_PROBLEMS: Final = tuple(map(_problem, range(256)))

# Unmasking (section 5.3) of n bytes as one integer, n below 126: key and payload together, in
# network order, are a number with the key on top. Shifted right by _KEY[n] the key is alone, times
# _REPEAT[n] it stands often enough in a row to cover both, and shifted right by _ALIGN[n] that row
# begins where they begin. XOR with it takes the key away and leaves the plain payload. 0.46 us
# for 40 bytes, where slicing and repeating the key takes 0.56.
_KEY: Final = tuple(8 * n for n in range(126))
_REPEAT: Final = tuple(int.from_bytes(b"\x00\x00\x00\x01" * ((n + 3) // 4 + 1)) for n in range(126))
_ALIGN: Final = tuple(8 * (-n % 4) for n in range(126))

_LANES_FROM = 512
"""Bytes from which four translations beat one integer: 0.5 against 0.9 us at 128, 1.3 us
each at 512, 7.8 against 5.0 us at 4096, 196 against 71 us at 65536."""
_XOR: Final = tuple(bytes(byte ^ key for byte in range(256)) for key in range(256))


def unmask(payload: bytes, key: bytes) -> bytes | bytearray:
    """Return `payload` with the four bytes of `key` taken away (RFC 6455, section 5.3)."""
    size = len(payload)
    if size < _LANES_FROM:
        row = (key * (size // 4 + 1))[:size]
        return (int.from_bytes(payload) ^ int.from_bytes(row)).to_bytes(size)
    plain = bytearray(payload)
    for lane, mask in enumerate(key):
        plain[lane::4] = plain[lane::4].translate(_XOR[mask])
    return plain


class FrameReader:
    """Turns one connection's bytes into messages and control frames, in order.

    `max_size` is the most bytes that one message may have, over all its
    fragments, and `max_fragments` how many of these, empty ones too. `masked`
    says which frames the peer sends: masked ones, as every client must, or
    unmasked ones, as every server must; `unmask` takes the key away from frames
    of 126 bytes and more, for those who have a faster way.
    Between two calls a reader holds at most one message and the start of one control frame.
    """

    __slots__ = (
        "_buffer",
        "_checked",
        "_fragments",
        "_masked",
        "_max_fragments",
        "_max_size",
        "_message",
        "_need",
        "_opcode",
        "_unmask",
        "_whole",
    )

    def __init__(
        self,
        max_size: int,
        *,
        masked: bool = True,
        max_fragments: int = MAX_FRAGMENTS,
        unmask: Callable[[bytes, bytes], bytes | bytearray] = unmask,
    ) -> None:
        self._max_size = max_size
        self._max_fragments = max_fragments
        self._masked = masked
        self._unmask = unmask
        # The start of an incomplete frame, and how many bytes it takes to go on with it.
        self._buffer: bytes | bytearray = b""
        self._need = 0
        # The fragments so far, how many, of which kind, and how many bytes are known as UTF-8.
        self._message: bytes | bytearray = b""
        self._fragments = 0
        self._opcode = _CONTINUATION
        self._checked = 0
        self._whole = _NEVER
        self._expect_message()

    def feed(self, data: bytes) -> list[Received]:
        """Read `data`, any piece of what came from the socket. Never raises.

        Returns all that is now complete, in order. After a `Close` or `Failed`, always the last
        one, everything further is ignored.
        """
        if self._need:
            if self._need < 0:
                return []
            self._buffer += data
            if len(self._buffer) < self._need:
                return []
            data = bytes(self._buffer)
            self._buffer = b""
            self._need = 0
        received: list[Received] = []
        position, end, whole = 0, len(data), self._whole
        try:
            while position < end:
                # The short way, for a whole small text: 0.5 us for 40 bytes, by `_read` 1.3.
                if data[position] == whole and end - position > 5:
                    size = data[position + 1] - 0x80
                    stop = position + 6 + size
                    if -1 < size < 126 and stop <= end:
                        both = int.from_bytes(data[position + 2 : stop])
                        row = (both >> _KEY[size]) * _REPEAT[size] >> _ALIGN[size]
                        received.append((both ^ row).to_bytes(size).decode())
                        position = stop
                        continue
                position = self._read(data, position, received)
                if position < 0:
                    break
                whole = self._whole
        except UnicodeDecodeError:
            # Section 8.1: "MUST _Fail the WebSocket Connection_"; section 7.4.1 names the code.
            self._fail(received, _NOT_UTF8, "not UTF-8")
        return received

    @property
    def missing(self) -> int:
        """Return how many bytes more it takes to go on with the frame that is being read."""
        return max(self._need - len(self._buffer), 0)

    def _read(self, data: bytes, position: int, received: list[Received]) -> int:
        """Read the frame at `position`; returns where it ends, or -1 if there is no going on."""
        start = position + 2
        if len(data) < start:
            return self._wait(data, position, start)
        first, second = data[position], data[position + 1]
        if problem := self._refuse(first, second):
            return self._fail(received, _PROTOCOL_ERROR, problem)
        size = second & 0x7F
        if size > 125:
            start += 2 if size == 126 else 8
            if len(data) < start:
                return self._wait(data, position, start)
            least = 126 if size == 126 else 1 << 16
            size = int.from_bytes(data[position + 2 : start])
            # Section 5.2: "the minimal number of bytes MUST be used", "the most
            # significant bit MUST be 0".
            if size < least or size >> 63:
                return self._fail(received, _PROTOCOL_ERROR, "invalid length")
        if not first & _CONTROL and size > self._max_size - len(self._message):
            return self._fail(received, _TOO_BIG, "message too big")
        if self._masked:
            start += 4
        stop = start + size
        if len(data) < stop:
            return self._wait(data, position, stop)
        payload: bytes | bytearray = data[start:stop]
        if self._masked:
            payload = self._unmask(data[start:stop], data[start - 4 : start])
        take = self._control if first & _CONTROL else self._fragment
        return stop if take(first, payload, received) else _NEVER

    def _refuse(self, first: int, second: int) -> str:
        """What the first two bytes alone show to be wrong; empty for nothing."""
        if problem := _PROBLEMS[first]:
            return problem
        if second >> 7 != self._masked:  # section 5.1
            return "frame is not masked" if self._masked else "frame is masked"
        if first & _CONTROL:  # section 5.5: "MUST have a payload length of 125 bytes or less"
            return "control frame too long" if second & 0x7F > 125 else ""
        # Section 5.4: fragments of one message follow each other.
        if first & 0x0F == _CONTINUATION:
            return "" if self._opcode else "nothing to continue"
        return "message inside a fragmented one" if self._opcode else ""

    def _fragment(self, first: int, payload: bytes | bytearray, received: list[Received]) -> bool:
        opcode = first & 0x0F or self._opcode
        if self._opcode or not first & _FIN:
            self._fragments += 1
            if self._fragments > self._max_fragments:
                # Section 10.4 asks for limits of one's own; section 7.4.1 names the code.
                self._fail(received, _POLICY, "too many fragments")
                return False
        if first & _FIN:
            if self._opcode:
                payload = self._message + payload
                self._expect_message()
            received.append(payload.decode() if opcode == _TEXT else bytes(payload))
            return True
        if self._opcode:
            self._message += payload
        else:
            self._message = bytearray(payload)  # which grows in place; an idle reader has none
            self._opcode, self._whole = opcode, _NEVER
        if opcode == _TEXT:
            # Raises for what no further bytes can make valid; a character may be cut in two.
            self._checked += codecs.utf_8_decode(self._message[self._checked :], "strict", False)[1]
        return True

    def _control(self, first: int, payload: bytes | bytearray, received: list[Received]) -> bool:
        opcode = first & 0x0F
        if opcode != _CLOSE:
            received.append((Ping if opcode == _PING else Pong)(bytes(payload)))
            return True
        # Section 7.1.5: without a code "_The WebSocket Connection Close Code_ is considered
        # to be 1005"; section 5.5.1: the first two bytes are the code, the rest is UTF-8.
        code = int.from_bytes(payload[:2]) if payload else _NO_CODE
        if len(payload) == 1 or (payload and code not in _CLOSE_CODES):
            self._fail(received, _PROTOCOL_ERROR, "invalid close frame")
        else:
            received.append(Close(code, payload[2:].decode()))
            self._end()
        return False

    def _expect_message(self) -> None:
        self._message = b""
        self._fragments = 0
        self._opcode = _CONTINUATION
        self._checked = 0
        # The first byte of frames that `feed` reads itself: nothing about them is to be checked.
        if self._masked and self._max_size > 124:
            self._whole = _FIN | _TEXT

    def _wait(self, data: bytes, position: int, stop: int) -> int:
        self._buffer = bytearray(data[position:])
        self._need = stop - position
        return _NEVER

    def _fail(self, received: list[Received], code: int, reason: str) -> int:
        received.append(Failed(code, reason))
        self._end()
        return _NEVER

    def _end(self) -> None:
        self._need = _NEVER
        self._buffer = self._message = b""

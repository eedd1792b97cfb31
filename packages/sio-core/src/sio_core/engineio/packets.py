"""Engine.IO packets, and what differs between revisions of the protocol.

A revision is a value: who pings, how a payload is written and read, how a
binary message looks in a WebSocket frame. Sessions ask their revision; an
older one is a second entry in `REVISIONS`, not a second core.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ..prepared import Prepared
from ..values import Frame
from .payload import decode_payload, encode_payload

# Engine.IO protocol 4, "Packet encoding": the packet type is the first character.
OPEN: Final = "0"
CLOSE: Final = "1"
PING: Final = "2"
PONG: Final = "3"
MESSAGE: Final = "4"
UPGRADE: Final = "5"
NOOP: Final = "6"

PROBE_PING: Final = "2probe"
PROBE_PONG: Final = "3probe"

CLOSE_MESSAGE: Final = Prepared((CLOSE,))
PING_MESSAGE: Final = Prepared((PING,))
NOOP_MESSAGE: Final = Prepared((NOOP,))
PROBE_REPLY: Final = Prepared((PROBE_PONG,))


def message(data: Frame) -> Prepared:
    """One message with `data`, text or bytes, to be given to `Session.send`."""
    return Prepared((MESSAGE + data if isinstance(data, str) else data,))


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision of the Engine.IO protocol, as a table.

    `encode_payload` turns messages into an HTTP body and its content type;
    `decode_payload(body, max_packets)` returns its packets or raises
    `DecodeError`; `message` takes the content out of a binary WebSocket frame.
    """

    number: int
    encode_payload: Callable[[Sequence[Prepared]], tuple[bytes, str]]
    decode_payload: Callable[[bytes, int], list[Frame]]
    binary_message: Callable[[bytes], bytes]


def _bare(frame: bytes) -> bytes:
    """Protocol 4 sends the bytes of a binary message as they are."""
    return frame


REVISIONS: Final[Mapping[str, Revision]] = {
    "4": Revision(4, encode_payload, decode_payload, _bare),
}
"""By the value of the `EIO` query parameter."""

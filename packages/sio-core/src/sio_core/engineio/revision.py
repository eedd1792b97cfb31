"""What differs between the revisions of the protocol: a table for each, and no branch elsewhere.

Sessions look things up in the table of the revision that their client speaks. The older
revision is a second entry in `REVISIONS`, not a second core.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ..prepared import Prepared, decode_payload, encode_payload
from ..values import Frame
from . import older
from .config import Config
from .open_packet import write_open_packet
from .packets import CLOSE, NOOP, OPEN, PING, PONG, UPGRADE
from .state import HEARTBEAT, OLDER_HEARTBEAT, Heartbeat, HeartbeatInput


class Control(enum.Enum):
    """What the server does with a packet of a client that is no message."""

    PING = "asks for a pong"
    PONG = "answers a ping"
    CLOSE = "closes the session"
    IGNORED = "means nothing from a client"
    WRONG_WAY = "only the other side sends it"


@dataclass(frozen=True, slots=True)
class Revision:
    """A `Revision` says in a table how one revision of the Engine.IO protocol works.

    `heartbeat` is the state machine of the heartbeat, `control` the meaning of the packets
    that are no messages, by the character of their type: one that is not in it is unknown.
    `open_packet(sid, upgrades, config)` writes the first packet of a session.
    `encode_payload` turns messages into an HTTP body and its content type;
    `decode_payload(body, max_packets)` returns its packets or raises
    `DecodeError`; bodies of the types `refused_bodies` are not read.
    """

    number: int
    heartbeat: Mapping[Heartbeat, Mapping[HeartbeatInput, Heartbeat]]
    control: Mapping[str, Control]
    open_packet: Callable[[str, Sequence[str], Config], str]
    encode_payload: Callable[[Sequence[Prepared]], tuple[bytes, str]]
    decode_payload: Callable[[bytes, int], list[Frame]]
    refused_bodies: frozenset[str]


REVISIONS: Final[Mapping[str, Revision]] = {
    "4": Revision(
        number=4,
        heartbeat=HEARTBEAT,
        control={
            OPEN: Control.IGNORED,
            CLOSE: Control.CLOSE,
            # Engine.IO protocol 4, "Heartbeat": only the server sends pings.
            PING: Control.WRONG_WAY,
            PONG: Control.PONG,
            UPGRADE: Control.IGNORED,
            NOOP: Control.IGNORED,
        },
        open_packet=write_open_packet,
        encode_payload=encode_payload,
        decode_payload=decode_payload,
        # Binary payloads belong to older revisions.
        refused_bodies=frozenset(("application/octet-stream",)),
    ),
    "3": Revision(
        number=3,
        heartbeat=OLDER_HEARTBEAT,
        control={
            OPEN: Control.IGNORED,
            CLOSE: Control.CLOSE,
            # Engine.IO protocol 3, "Heartbeat": only the client sends pings.
            PING: Control.PING,
            PONG: Control.WRONG_WAY,
            UPGRADE: Control.IGNORED,
            NOOP: Control.IGNORED,
        },
        open_packet=write_open_packet,
        encode_payload=older.encode_payload,
        decode_payload=older.decode_payload,
        refused_bodies=frozenset(),
    ),
}
"""By the value of the `EIO` query parameter."""

OLDER_TEXT: Final = replace(REVISIONS["3"], encode_payload=older.encode_text_payload)
"""Revision 3 for clients that take text alone."""
OLDEST_BYTES: Final = replace(
    REVISIONS["3"],
    encode_payload=older.encode_binary_payload,
    decode_payload=older.decode_payload_of_before_2015,
)
"""Revision 3 for clients of before 2015 that take bytes."""
OLDEST_TEXT: Final = replace(OLDEST_BYTES, encode_payload=older.encode_text_payload)
"""Revision 3 for those that do not."""

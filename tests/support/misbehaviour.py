"""What a `tests.support.hostile.Host` can do wrong, and at which steps."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeAlias


class Step(Enum):
    """Where the host can misbehave."""

    HANDSHAKE = auto()  # the first request, or the opening of a WebSocket without a session
    POLL = auto()
    POST = auto()
    OPENING = auto()  # the opening of a WebSocket for a session that polls
    PROBE = auto()  # the answer to `2probe`
    UPGRADE = auto()  # what follows `5`
    FRAME = auto()  # a message through a WebSocket
    HEARTBEAT = auto()


@dataclass(frozen=True)
class Refuse:
    """Answer with a status that is not 200; through a WebSocket, close it."""

    status: int = 503
    body: bytes = b"busy"


@dataclass(frozen=True)
class Hang:
    """Never answer."""


@dataclass(frozen=True)
class Deaf:
    """Neither answer nor read anything more, so that what is sent piles up."""


@dataclass(frozen=True)
class Reset:
    """End the connection with a reset; what came is acted on before, or is not."""

    acted: bool = True


@dataclass(frozen=True)
class Finish:
    """Close the connection without an answer."""

    acted: bool = True


@dataclass(frozen=True)
class Garbage:
    """Answer what is neither HTTP nor a WebSocket frame, and leave the connection open."""

    data: bytes = b"\xf7\x00\x00 what is this?\r\n\r\n"


@dataclass(frozen=True)
class Cut:
    """Close the connection in the midst of the answer."""


@dataclass(frozen=True)
class Wrong:
    """Answer in the right form, with packets that do not belong there."""

    packets: str | bytes


@dataclass(frozen=True)
class Late:
    """Give the right answer after `release`."""


@dataclass(frozen=True)
class Restart:
    """Forget every session, as a new process does; every WebSocket is reset."""


@dataclass(frozen=True)
class Raw:
    """Answer these bytes."""

    data: bytes


Act: TypeAlias = (
    Refuse | Hang | Deaf | Reset | Finish | Garbage | Cut | Wrong | Late | Restart | Raw | None
)

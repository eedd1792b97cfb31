"""What an Engine.IO server reports, in the order in which it happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from ..reasons import Reason
from ..values import Frame

if TYPE_CHECKING:
    from .session import Session

# Not frozen at run time: creating a frozen dataclass costs four times as much
# (500 ns against 130 ns), and one event is made per message.


@dataclass(slots=True)
class Opened:
    """A client has a new session, whose open packet waits to be sent."""

    session: Session


@dataclass(slots=True)
class Message:
    """A client sent a message."""

    session: Session
    data: Frame = field(repr=False)


@dataclass(slots=True)
class Upgraded:
    """A session went from polling to WebSocket."""

    session: Session


@dataclass(slots=True)
class UpgradeFailed:
    """The upgrade of a session to WebSocket failed: the session stays on polling.

    `detail` is fixed text for the log.
    """

    session: Session
    detail: str


@dataclass(slots=True)
class Closed:
    """A session is over, for `reason`; this is the last event of it."""

    session: Session
    reason: Reason


Event: TypeAlias = Opened | Message | Upgraded | UpgradeFailed | Closed

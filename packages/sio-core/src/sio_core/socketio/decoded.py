"""A message of a client that was decoded before it is processed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..engineio.events import Event, Message
from ..engineio.session import Session
from ..protocol_errors import DecodeError
from ..values import Frame
from .parsers.packets import Packet


@dataclass(slots=True)
class Decoded:
    """What a message says: a packet, None where attachments are missing, or what was wrong."""

    session: Session
    data: Frame = field(repr=False)
    outcome: Packet | DecodeError | None

    def packet(self) -> Packet | None:
        """The packet, or None where attachments are missing. Raises the `DecodeError` there was."""
        if isinstance(self.outcome, DecodeError):
            raise self.outcome
        return self.outcome


def decode(events: Iterable[Event]) -> list[Event | Decoded]:
    """`events`, with the messages decoded; those of a session that is over are left as they are."""
    return [_decode(event) if type(event) is Message else event for event in events]


def _decode(message: Message) -> Decoded | Message:
    session = message.session
    if session.owner is None:
        return message
    outcome: Packet | DecodeError | None
    try:
        outcome = session.owner.decoder.add(message.data)
    except DecodeError as error:
        outcome = error
    return Decoded(session, message.data, outcome)

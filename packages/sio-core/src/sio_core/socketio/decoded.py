"""A message of a client that was decoded before it is processed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..engineio.events import Event, Message
from ..engineio.session import Session
from ..protocol_errors import DecodeError
from ..values import Frame
from .parsers.packets import Packet
from .parsers.parser import Decoder


@dataclass(slots=True)
class DecodedFrame:
    """What a frame says: a packet, None where attachments are missing, or what was wrong."""

    data: Frame = field(repr=False)
    outcome: Packet | DecodeError | None

    def packet(self) -> Packet | None:
        """Return the packet, or None where attachments are missing. Raises what decoding raised."""
        if isinstance(self.outcome, DecodeError):
            raise self.outcome
        return self.outcome


@dataclass(slots=True)
class Decoded(DecodedFrame):
    """A decoded message of the client of `session`."""

    session: Session


def decode(events: Iterable[Event]) -> list[Event | Decoded]:
    """Return `events` with the messages decoded, but for those of a session that is over."""
    return [_decode(event) if type(event) is Message else event for event in events]


def _decode(message: Message) -> Decoded | Message:
    session = message.session
    if session.owner is None:
        return message
    return Decoded(message.data, outcome(session.owner.decoder, message.data), session)


def outcome(decoder: Decoder, frame: Frame) -> Packet | DecodeError | None:
    """Return what `decoder` makes of a frame, or the `DecodeError` that it raises."""
    try:
        return decoder.add(frame)
    except DecodeError as error:
        return error

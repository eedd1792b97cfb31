"""A message of a client that was decoded before it is processed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..engineio.events import Event, Message
from ..engineio.session import Session
from ..protocol_errors import DecodeError
from ..slices import ITEM, SLICE, Slices
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


def decode_in_slices(events: Iterable[Event]) -> Slices[list[Event | Decoded]]:
    """Do what `decode` does, for messages that are long, or many."""
    out: list[Event | Decoded] = []
    work = 0
    for event in events:
        if type(event) is not Message:
            out.append(event)
            continue
        work += ITEM + len(event.data)
        if work > SLICE:
            work = 0
            yield
        if len(event.data) > SLICE:
            out.append((yield from _decode_in_slices(event)))
        else:
            out.append(_decode(event))
    return out


def _decode_in_slices(message: Message) -> Slices[Decoded | Message]:
    session = message.session
    if session.owner is None:
        return message
    add = getattr(session.owner.decoder, "add_in_slices", None)
    if add is None:
        return _decode(message)
    slices: Slices[Packet | None] = add(message.data)
    outcome: Packet | DecodeError | None
    while True:
        try:
            next(slices)
        except StopIteration as end:
            outcome = end.value
            break
        except DecodeError as error:
            outcome = error
            break
        yield
        if session.owner is None:
            return message  # whose session is over meanwhile
    return Decoded(message.data, outcome, session)


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

"""A message of a client that was decoded before it is processed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..engineio.session import Event, Message, Session
from ..protocol_errors import DecodeError
from ..slices import ITEM, SLICE, Slices
from ..values import Frame
from .parsers.packets import Packet


@dataclass(slots=True)
class DecodedFrame:
    """What a frame says: a packet, None where attachments are missing, or what was wrong."""

    data: Frame = field(repr=False)
    packet: Packet | None
    error: DecodeError | None


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
    while True:
        try:
            next(slices)
        except StopIteration as end:
            return Decoded(message.data, end.value, None, session)
        except DecodeError as error:
            return Decoded(message.data, None, error, session)
        yield
        if session.owner is None:
            return message  # whose session is over meanwhile


def _decode(message: Message) -> Decoded | Message:
    session, data = message.session, message.data
    if session.owner is None:
        return message
    try:
        return Decoded(data, session.owner.decoder.add(data), None, session)
    except DecodeError as error:
        return Decoded(data, None, error, session)

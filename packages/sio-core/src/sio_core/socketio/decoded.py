"""A message of a client that was decoded before it is processed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
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


Decode = Callable[[list[Event]], list[Event | Decoded]]


def decode_in_slices(events: Iterable[Event], decode: Decode) -> Slices[list[Event | Decoded]]:
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
        add = None
        if len(event.data) > SLICE and event.session.owner is not None:
            add = getattr(event.session.owner.decoder, "add_in_slices", None)
        if add is None:
            out += decode([event])
        else:
            out.append((yield from _decode_in_slices(event, add(event.data))))
    return out


def _decode_in_slices(message: Message, slices: Slices[Packet | None]) -> Slices[Decoded | Message]:
    session = message.session
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

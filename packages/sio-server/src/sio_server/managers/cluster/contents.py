"""What is in an event that came from another process in the frames that clients get."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sio_core import DecodeError
from sio_core.socketio import Emit, Parser


def with_contents(emit: Emit, frames: Sequence[Any], parser: Parser) -> Emit:
    """Return `emit` with the name and the arguments that are in `frames`.

    Raises `DecodeError` for what is no event.
    """
    decoder = parser.decoder()
    packet = None
    for frame in frames:
        packet = decoder.add(frame[1:] if isinstance(frame, str) else frame)
    if packet is None or not isinstance(packet.data, list) or not packet.data:
        raise DecodeError("frames of no event")
    event, *args = packet.data
    return Emit(event, args, emit.namespace, emit.to, emit.skip, emit.volatile, emit.compress)

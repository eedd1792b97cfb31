"""What a driver has in the place of the core where a program has replaced a `_handle_eio_…` method.

Whatever a client does is shown to the program first: it goes to `_handle_eio_connect`,
`_handle_eio_message` or `_handle_eio_disconnect`. Those of this package, which the program's call,
hand it to the core.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sio_core import engineio, socketio
from sio_core.engineio import Closed, Message, Opened, Session, Sink
from sio_core.slices import Slices


@dataclass(frozen=True, slots=True)
class Input:
    """Something that a client did, and that the program is shown before the core."""

    event: Opened | Message | Closed

    @property
    def session(self) -> Session:
        """Return the session of the client."""
        return self.event.session


class ShownCore:
    """Stands before `core` in its driver, and makes `Input` events of what clients send."""

    decodes_itself = True

    def __init__(self, core: socketio.Server) -> None:
        self._core = core
        self.next_deadline = core.next_deadline

    def decode(self, events: list[engineio.Event]) -> list[Any]:
        """Return `events`: they are decoded when the program has seen them."""
        return events

    def decode_in_slices(self, events: list[engineio.Event]) -> Slices[list[Any]]:
        """Do what `decode` does."""
        yield from ()
        return events

    def process(self, events: Iterable[Any], now: float) -> list[Any]:
        """Return an `Input` for each event that the program is shown, and what the others cause."""
        out: list[Any] = []
        for event in events:
            if isinstance(event, Opened | Message | Closed):
                out.append(Input(event))
            else:
                out += self._core.process([event], now)
        return out

    def handle_timeout(self, now: float) -> list[Any]:
        """Act on every deadline up to `now`."""
        due = self.process(self._core.engine.handle_timeout(now), now)
        return due + self._core.handle_timeout(now)

    def take_ready(self) -> list[Sink]:
        """Return what is ready to be sent or ended."""
        return self._core.take_ready()

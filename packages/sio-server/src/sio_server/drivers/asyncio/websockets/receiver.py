"""What a WebSocket of the asyncio driver does with what comes in, and when it stops reading."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from sio_core import Frame
from sio_core.engineio import UpgradeToWebSocket

from ...shared import LONG
from ...websocket import LARGE, WebSocket
from ..entrance.client_load import ClientLoad
from ..entrance.entrance import Entrance

TURNS = 4
"""Turns of the event loop between two slices: as many as others need to read a message, run its
handler and write the answer. With one turn they would wait for a slice three times."""
MEDIUM = 16_384
"""Characters from which those of a text count four times: decoding it may take milliseconds."""


class Receiver(WebSocket[Entrance[Any], ClientLoad]):
    """The reading side of one WebSocket.

    The adapter calls `receive` for each message. When that returns true it
    awaits `wait_for_capacity` before it reads on; what it has read already it may still
    give to `receive`.
    """

    __slots__ = ("_held_back",)

    def __init__(self, entrance: Entrance[Any], step: UpgradeToWebSocket, load: ClientLoad) -> None:
        super().__init__(entrance, step, load)
        self._held_back: deque[Frame] | None = None

    def receive(self, frame: Frame) -> bool:
        """One message came in.

        Returns true when reading should stop: so many events of this client are
        being handled, or it sent so much at once. What comes then is held back, and so is a
        message that is long itself.
        """
        if self._held_back is not None:
            self._held_back.append(frame)
            return True
        size = len(frame)
        if size > MEDIUM:
            if size > LONG:
                self._held_back = deque((frame,))
                return True
            size = _counted(frame)
        self._entrance.receive(self._link, frame)
        load = self.load
        self._slice_left -= 1 + (size >> LARGE)
        if self._slice_left > 0 and load.pending < load.limit:
            return False
        self._held_back = deque()
        return True

    async def wait_for_capacity(self) -> None:
        """Wait until reading may go on, and what was held back is handed on."""
        held = self._held_back
        if held is None:
            return
        try:
            while True:
                for _ in range(TURNS):
                    await asyncio.sleep(0)
                if self.load.inbound_full:
                    await self._entrance.wait_for_capacity(self._link.session)
                await self._hand_on(held)
                if not held and not self.load.inbound_full:
                    return
        finally:
            self._held_back, self._slice_left = None, self.load.SLICE

    async def _hand_on(self, held: deque[Frame]) -> None:
        left = self.load.SLICE
        while held and left > 0 and not self.load.inbound_full:
            frame = held.popleft()
            if len(frame) > LONG:
                await self._entrance.read_long(self.load, self._link.receive, frame)
            else:
                self._entrance.receive(self._link, frame)
            left -= 1 + (_counted(frame) >> LARGE)


def _counted(frame: Frame) -> int:
    """The characters or bytes of a message, as they count for a slice."""
    size = len(frame)
    return 4 * size if size > MEDIUM and isinstance(frame, str) else size

"""The callback of an event that another process has sent: its acknowledgement goes there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...dispatch.awaited_acks import AwaitedAck


class AckElsewhere(AwaitedAck):
    """Has another process told what a client acknowledges, by `tell(values)`.

    Where it waits for one client, `single`, None tells it that the client is gone.
    """

    __slots__ = ("_single", "_tell")

    def __init__(self, tell: Callable[[Sequence[Any] | None], None], *, single: bool) -> None:
        self.ack_id = 0
        self._tell = tell
        self._single = single

    def _end(self, values: tuple[Any, ...] | None) -> None:
        if values is not None or self._single:
            self._tell(values)

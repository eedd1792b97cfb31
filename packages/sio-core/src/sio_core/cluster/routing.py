"""Whether messages go only to the nodes that they concern: not while others need all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..timers import Timed, Timers
from .config import NodeConfig
from .events import RoutingChanged

if TYPE_CHECKING:
    from .events import NodeEvent

_HEARD = "python-socketio was heard on the channel"
_COUNTED = "others than nodes of this kind are subscribed to the channel"
_ALONE = "no other software is known on the channel"


class Routing(Timed):
    """`on` is whether to route. The deadline is that at which others that were heard are forgotten.

    A node that only writes hears nothing: unless it is told to route, it does so only when it was
    told that there are no strangers.
    """

    __slots__ = ("_count", "_decided", "_heard", "_memory", "_timers", "on")

    def __init__(self, config: NodeConfig, timers: Timers[NodeEvent], *, write_only: bool) -> None:
        super().__init__()
        self._decided = config.routing is not None
        self._memory = config.stranger_memory
        self._timers = timers
        self._heard = False
        self._count = 0
        self.on = not write_only if config.routing is None else config.routing

    def heard_stranger(self, now: float) -> list[NodeEvent]:
        """Note a message that no node of this project wrote."""
        if self._decided:
            return []
        self._heard = True
        self._timers.set(self, now + self._memory)
        return self._decide(_HEARD)

    def strangers(self, count: int) -> list[NodeEvent]:
        """Note how many others the broker knows on the channel."""
        if self._decided:
            return []
        self._count = count
        return self._decide(_COUNTED)

    def deadline_passed(self, now: float) -> list[NodeEvent]:
        """Forget the strangers that were heard."""
        self._heard = False
        return self._decide(_COUNTED)

    def _decide(self, why: str) -> list[NodeEvent]:
        on = not self._heard and self._count <= 0
        if on == self.on:
            return []
        self.on = on
        return [RoutingChanged(on, _ALONE if on else why)]

"""Acknowledgements that clients of other nodes owe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..timers import Timed, Timers
from .events import RemoteAckGivenUp, RemoteAckReceived

if TYPE_CHECKING:
    from .events import NodeEvent
    from .notices import Notices


class RemoteAck(Timed):
    """What is awaited for one event: one answer where it is `single`, else any number.

    `of` is the tag of the node whose client owes it, None for any.
    """

    __slots__ = ("_acks", "number", "of", "single", "token")

    def __init__(
        self, number: int, token: Any, acks: RemoteAcks, *, single: bool, of: str | None
    ) -> None:
        super().__init__()
        self.number = number
        self.token = token
        self.single = single
        self.of = of
        self._acks = acks

    def deadline_passed(self, now: float) -> list[NodeEvent]:
        """Give up what is late."""
        return self._acks.give_up(self)


class RemoteAcks:
    """The registry, by number; it is bounded, and the oldest is given up."""

    __slots__ = ("_by_token", "_last", "_most", "_notices", "_pending", "_timers")

    def __init__(self, timers: Timers[NodeEvent], most: int, notices: Notices) -> None:
        self._timers = timers
        self._most = most
        self._notices = notices
        self._last = 0
        self._pending: dict[int, RemoteAck] = {}
        # By the identity of the token, which need not be hashable: it lives as long as its entry.
        self._by_token: dict[int, list[RemoteAck]] = {}

    def next_number(self) -> int:
        """Return the number for the next event that wants acknowledgements."""
        self._last += 1
        return self._last

    def expect(
        self, number: int, token: Any, until: float, *, single: bool, of: str | None = None
    ) -> None:
        """Wait for the acknowledgements of event `number`, of a client of the node `of`."""
        pending = self._pending[number] = RemoteAck(number, token, self, single=single, of=of)
        self._by_token.setdefault(id(token), []).append(pending)
        self._timers.set(pending, until)
        if len(self._pending) > self._most:
            for event in self.give_up(self._pending[next(iter(self._pending))]):
                self._notices.later(event)

    def received(self, number: int, args: list[Any]) -> list[NodeEvent]:
        """Return what an acknowledgement means, if it is awaited."""
        pending = self._pending.get(number)
        if pending is None:
            return []
        if pending.single:
            self.forget(pending)
        return [RemoteAckReceived(pending.token, args)]

    def client_gone(self, number: int) -> list[NodeEvent]:
        """Note that the one client which was to acknowledge is gone."""
        pending = self._pending.get(number)
        return [] if pending is None or pending.of is None else self.give_up(pending)

    def node_gone(self, tag: str) -> list[NodeEvent]:
        """Note that a node is gone, and its clients with it."""
        lost = [pending for pending in self._pending.values() if pending.of == tag]
        return [event for pending in lost for event in self.give_up(pending)]

    def give_up(self, pending: RemoteAck) -> list[NodeEvent]:
        """Wait no longer for one, and say so."""
        self.forget(pending)
        return [RemoteAckGivenUp(pending.token)]

    def forget_token(self, token: Any) -> None:
        """Wait no longer for what was sent with `token`."""
        for pending in [*self._by_token.get(id(token), ())]:
            self.forget(pending)

    def forget(self, pending: RemoteAck) -> None:
        """Take one out of the registry."""
        self._timers.cancel(pending)
        del self._pending[pending.number]
        same = self._by_token[id(pending.token)]
        same.remove(pending)
        if not same:
            del self._by_token[id(pending.token)]

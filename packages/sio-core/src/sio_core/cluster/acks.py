"""Acknowledgements that clients of other nodes owe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..timers import Timed, Timers
from .events import RemoteAckGivenUp, RemoteAckReceived

if TYPE_CHECKING:
    from .events import NodeEvent
    from .notices import Notices


class RemoteAck(Timed):
    """What is awaited for one event: one answer where it is `single`, else any number."""

    __slots__ = ("_acks", "number", "single", "token")

    def __init__(self, number: int, token: Any, acks: RemoteAcks, *, single: bool) -> None:
        super().__init__()
        self.number = number
        self.token = token
        self.single = single
        self._acks = acks

    def deadline_passed(self, now: float) -> list[NodeEvent]:
        """Give up what is late."""
        self._acks.forget(self)
        return [RemoteAckGivenUp(self.token)]


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

    def expect(self, number: int, token: Any, until: float, *, single: bool) -> None:
        """Wait for the acknowledgements of event `number`."""
        pending = self._pending[number] = RemoteAck(number, token, self, single=single)
        self._by_token.setdefault(id(token), []).append(pending)
        self._timers.set(pending, until)
        if len(self._pending) > self._most:
            oldest = self._pending[next(iter(self._pending))]
            self.forget(oldest)
            self._notices.later(RemoteAckGivenUp(oldest.token))

    def received(self, number: int, args: list[Any]) -> list[NodeEvent]:
        """Return what an acknowledgement means, if it is awaited."""
        pending = self._pending.get(number)
        if pending is None:
            return []
        if pending.single:
            self.forget(pending)
        return [RemoteAckReceived(pending.token, args)]

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

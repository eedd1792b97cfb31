"""Acknowledgements that a peer owes: each is answered, given up or aborted, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic, Protocol, TypeVar

from ..timers import Timed, Timers

EventT = TypeVar("EventT")


class Debtor(Protocol):
    """A socket of a server or a client, which owes acknowledgements. `acks` belongs to `Acks`."""

    acks: dict[int, PendingAck[Any, Any]] | None


DebtorT = TypeVar("DebtorT", bound=Debtor)
Report = Callable[[DebtorT, Any], EventT]


class PendingAck(Timed, Generic[DebtorT, EventT]):
    """One acknowledgement that `socket` owes for the event sent with `token`."""

    __slots__ = ("_timed_out", "ack_id", "socket", "token")

    def __init__(
        self, socket: DebtorT, ack_id: int, token: Any, timed_out: Report[DebtorT, EventT]
    ) -> None:
        super().__init__()
        self.socket = socket
        self.ack_id = ack_id
        self.token = token
        self._timed_out = timed_out

    def deadline_passed(self, now: float) -> list[EventT]:
        """Forget the acknowledgement, which is late."""
        assert self.socket.acks is not None, "a socket that left has no deadlines"
        del self.socket.acks[self.ack_id]
        return [self._timed_out(self.socket, self.token)]


class Acks(Timed, Generic[DebtorT, EventT]):
    """The registry of pending acknowledgements, bounded a socket.

    Ids count up a namespace, from 1: a broadcast that wants acknowledgements
    is one packet with one id for all its recipients. Its own deadline, which is
    due at once, reports those that were given up. `timed_out` and `aborted`
    make the events that say so.
    """

    __slots__ = ("_aborted", "_given_up", "_last", "_max_pending", "_timed_out", "_timers")

    def __init__(
        self,
        timers: Timers[EventT],
        max_pending: int,
        timed_out: Report[DebtorT, EventT],
        aborted: Report[DebtorT, EventT],
    ) -> None:
        super().__init__()
        self._given_up: list[PendingAck[DebtorT, EventT]] = []
        self._timers = timers
        self._max_pending = max_pending
        self._timed_out = timed_out
        self._aborted = aborted
        self._last: dict[str, int] = {}

    def next_id(self, namespace: str) -> int:
        """Return the id for the next event of `namespace` that wants an acknowledgement."""
        ack_id = self._last.get(namespace, 0) + 1
        self._last[namespace] = ack_id
        return ack_id

    def expect(self, socket: DebtorT, ack_id: int, token: Any, until: float | None) -> None:
        """Remember that `socket` owes `ack_id`, for ever or `until` a moment.

        A socket that owes too many has its oldest given up at once.
        """
        if socket.acks is None:
            socket.acks = {}
        pending = socket.acks[ack_id] = PendingAck(socket, ack_id, token, self._timed_out)
        if until is not None:
            self._timers.set(pending, until)
        if len(socket.acks) > self._max_pending:
            oldest = socket.acks.pop(next(iter(socket.acks)))
            self._timers.cancel(oldest)
            self._given_up.append(oldest)
            self._timers.set(self, float("-inf"))

    def deadline_passed(self, now: float) -> list[EventT]:
        """Report what was given up because its socket owed too many."""
        given_up, self._given_up = self._given_up, []
        return [self._timed_out(pending.socket, pending.token) for pending in given_up]

    def receive(self, socket: DebtorT, ack_id: int) -> PendingAck[DebtorT, EventT] | None:
        """Return the pending acknowledgement that came and forget it; None if it is not pending."""
        pending = None if socket.acks is None else socket.acks.pop(ack_id, None)
        if pending is not None:
            self._timers.cancel(pending)
        return pending

    def forget(self, socket: DebtorT, ack_id: int) -> None:
        """Stop waiting for an acknowledgement."""
        if self.receive(socket, ack_id) is None:
            self._take_given_up(
                lambda pending: pending.socket is socket and pending.ack_id == ack_id
            )

    def abort(self, socket: DebtorT) -> Iterator[EventT]:
        """Give up everything that a leaving socket owes."""
        acks, socket.acks = socket.acks, None
        if not acks and not self._given_up:
            return
        for pending in self._take_given_up(lambda pending: pending.socket is socket):
            yield self._aborted(socket, pending.token)
        for pending in (acks or {}).values():
            self._timers.cancel(pending)
            yield self._aborted(socket, pending.token)

    def _take_given_up(
        self, chosen: Callable[[PendingAck[DebtorT, EventT]], bool]
    ) -> list[PendingAck[DebtorT, EventT]]:
        taken = [pending for pending in self._given_up if chosen(pending)]
        if taken:
            self._given_up = [pending for pending in self._given_up if not chosen(pending)]
        return taken

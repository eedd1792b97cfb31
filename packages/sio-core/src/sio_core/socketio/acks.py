"""Acknowledgements that clients owe: each is answered, given up or aborted, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..timers import Timed, Timers
from .events import AckAborted, AckTimedOut, Event
from .socket import Socket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class PendingAck(Timed):
    """One acknowledgement that `socket` owes for the event sent with `token`."""

    __slots__ = ("ack_id", "socket", "token")

    def __init__(self, socket: Socket, ack_id: int, token: Any) -> None:
        super().__init__()
        self.socket = socket
        self.ack_id = ack_id
        self.token = token

    def expire(self, now: float) -> list[Event]:
        """The acknowledgement is late: forget it."""
        assert self.socket.acks is not None, "a socket that left has no deadlines"
        del self.socket.acks[self.ack_id]
        return [AckTimedOut(self.socket, self.token)]


class Acks(Timed):
    """The registry of pending acknowledgements, bounded a socket.

    Ids count up a namespace, from 1: a broadcast that wants acknowledgements
    is one packet with one id for all its recipients. Its own deadline, which is
    due at once, reports those that were given up.
    """

    __slots__ = ("_given_up", "_last", "_max_pending", "_timers")

    def __init__(self, timers: Timers[Event], max_pending: int) -> None:
        super().__init__()
        self._given_up: list[PendingAck] = []
        self._timers = timers
        self._max_pending = max_pending
        self._last: dict[str, int] = {}

    def next_id(self, namespace: str) -> int:
        """The id for the next event of `namespace` that wants an acknowledgement."""
        ack_id = self._last.get(namespace, 0) + 1
        self._last[namespace] = ack_id
        return ack_id

    def expect(self, socket: Socket, ack_id: int, token: Any, until: float | None) -> None:
        """Remember that `socket` owes `ack_id`, for ever or `until` a moment.

        A socket that owes too many has its oldest given up at once.
        """
        if socket.acks is None:
            socket.acks = {}
        pending = socket.acks[ack_id] = PendingAck(socket, ack_id, token)
        if until is not None:
            self._timers.set(pending, until)
        if len(socket.acks) > self._max_pending:
            oldest = socket.acks.pop(next(iter(socket.acks)))
            self._timers.cancel(oldest)
            self._given_up.append(oldest)
            self._timers.set(self, float("-inf"))

    def expire(self, now: float) -> list[Event]:
        """Report what was given up because its socket owed too many."""
        given_up, self._given_up = self._given_up, []
        return [AckTimedOut(pending.socket, pending.token) for pending in given_up]

    def receive(self, socket: Socket, ack_id: int) -> PendingAck | None:
        """Take the acknowledgement that came, or None if nobody waits for it."""
        pending = None if socket.acks is None else socket.acks.pop(ack_id, None)
        if pending is not None:
            self._timers.cancel(pending)
        return pending

    def forget(self, socket: Socket, token: Any) -> None:
        """Stop waiting for the acknowledgements that were registered with `token`."""
        for ack_id, pending in list((socket.acks or {}).items()):
            if pending.token is token:
                self.receive(socket, ack_id)
        self._take_given_up(lambda pending: pending.socket is socket and pending.token is token)

    def abort(self, socket: Socket) -> Iterator[AckAborted]:
        """Give up everything that a leaving socket owes."""
        acks, socket.acks = socket.acks, None
        for pending in self._take_given_up(lambda pending: pending.socket is socket):
            yield AckAborted(socket, pending.token)
        for pending in (acks or {}).values():
            self._timers.cancel(pending)
            yield AckAborted(socket, pending.token)

    def _take_given_up(self, chosen: Callable[[PendingAck], bool]) -> list[PendingAck]:
        taken = [pending for pending in self._given_up if chosen(pending)]
        if taken:
            self._given_up = [pending for pending in self._given_up if not chosen(pending)]
        return taken

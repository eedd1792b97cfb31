"""Whether a client was let into a namespace, and what waits for that."""

from __future__ import annotations

from sio_core.socketio import Disconnected, Socket


class Decision:
    """The application's answer to one connect request; `accepted` is None until there is one.

    A client that leaves while its connect handler runs is disconnected after it,
    and only if it was not refused: `left` is its leaving until then.
    """

    __slots__ = ("accepted", "left")

    def __init__(self) -> None:
        self.accepted: bool | None = None
        self.left: Disconnected | None = None

    def postpones(self, event: Disconnected) -> bool:
        """Keep `event` and return True while the connect handler runs; else return False."""
        if self.accepted is None:
            self.left = event
            return True
        return False

    def make(self, accepted: bool) -> Disconnected | None:
        """Note the answer. Returns the event that was kept until now, or None."""
        self.accepted = accepted
        left, self.left = self.left, None
        return left


def decision_on(socket: Socket) -> Decision:
    """Return the decision on a socket, which is made at the first call."""
    decision: Decision | None = socket.driver
    if decision is None:
        decision = socket.driver = Decision()
    return decision


def decide(socket: Socket, accepted: bool) -> Disconnected | None:
    """Make the decision on a socket. Returns its leaving, if that was postponed."""
    return decision_on(socket).make(accepted)


def postpones(event: Disconnected) -> bool:
    """Tell whether the leaving of a socket has to wait for the decision on it, and keep it then."""
    return decision_on(event.socket).postpones(event)

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
        """True, and the event is kept, while the connect handler runs."""
        if self.accepted is None:
            self.left = event
            return True
        return False

    def make(self, accepted: bool) -> Disconnected | None:
        """Write down the answer. Returns what was kept until it."""
        self.accepted = accepted
        left, self.left = self.left, None
        return left


def decision_on(socket: Socket) -> Decision:
    """The decision on a socket; a new one the first time."""
    decision: Decision | None = socket.driver
    if decision is None:
        decision = socket.driver = Decision()
    return decision

"""What a server tells those who watch it: the Admin UI, metrics, an application's own observers.

An observer hears of what this process's clients do and are sent, when it happens. Nothing is
called, and nothing is made, for what nobody observes.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from typing import Any

from ..engineio.session import Session
from ..reasons import Reason
from .sender import Emit
from .socket import Socket
from .tallies import Tallies


class Observer:
    """An `Observer` is told what happens in a server: derive from it what is of interest.

    A method that a subclass does not override is never called. Those of this class are called in
    the order in which things happen, while the core is at work: they may read what they are given,
    but must not wait, nor call the server. What they raise is for `Observers.failed`.

    Sizes are bytes of packets with the type in front, text as UTF-8, without the frames of a
    WebSocket and the base64 of an answer to a poll.
    """

    # Connections ----------------------------------------------------------

    def session_opened(self, session: Session) -> None:
        """Hear that a client has connected, by the transport `session.transport`.

        `session.sid` is a secret: whoever knows it can speak for the client.
        """

    def session_upgraded(self, session: Session) -> None:
        """Hear that `session` went from polling to WebSocket."""

    def session_closed(self, session: Session, reason: Reason) -> None:
        """Hear that `session` is over, for `reason`: the last that is heard of it."""

    def received(self, session: Session, packets: int, size: int) -> None:
        """Hear that `packets` packets came in, of any type, `size` bytes together.

        Over polling they are the body of one request, as it came. Of WebSockets only those are told
        that were opened when somebody observed `received` or `sent`.
        """

    def sent(self, session: Session, packets: int, size: int) -> None:
        """Hear that `packets` packets, `size` bytes together, were given to be written."""

    # Namespaces -----------------------------------------------------------

    def connected(self, socket: Socket) -> None:
        """Hear that a client was let into `socket.namespace`."""

    def refused(self, session: Session, namespace: str, reason: str) -> None:
        """Hear that the client of `session` was not let into `namespace`.

        `namespace` is what the client named. `reason` is `UNKNOWN_NAMESPACE`,
        `REFUSED_BY_APPLICATION` or `NOT_ANSWERED`.
        """

    def disconnected(self, socket: Socket, reason: Reason) -> None:
        """Hear that a client that was let in has left `socket.namespace`, for `reason`.

        It is not in any room any more; `socket.rooms` are those that it was in.
        """

    def room_joined(self, namespace: str, room: Hashable, sid: str) -> None:
        """Hear that the client `sid` joined `room`; its own room, too, before it is let in."""

    def room_left(self, namespace: str, room: Hashable, sid: str) -> None:
        """Hear that the client `sid` left `room`, also since it disconnected."""

    # Messages -------------------------------------------------------------

    received_tallies: Tallies | None = None
    """Where the server counts the events of clients by itself; None, the default: nowhere.

    It is read once, when the observer is added.
    """
    sent_tallies: Tallies | None = None
    """Where the server counts the events to clients: one to ten clients is ten, of ten times its
    bytes. Read once, when the observer is added."""

    def event_received(self, socket: Socket, name: Any, args: list[Any], size: int) -> None:
        """Hear of an event of a client, before its handler is called.

        `name` is what the client sent as one: nearly always text, else a number. `size` are
        the bytes of the event with its attachments.
        """

    def event_sent(self, emit: Emit, sockets: Collection[Socket], size: int) -> None:
        """Hear that `emit` is sent to `sockets`, the clients of this process it is for.

        `size` are the bytes of one copy with its attachments. An event that reaches nobody here is
        not told. `sockets` may be the table of the clients itself: count it, or copy it.
        """

    def acknowledged(self, socket: Socket, ack_id: int, args: Sequence[Any]) -> None:
        """Hear that a client acknowledged an event that it was sent, with `args`."""


UNKNOWN_NAMESPACE = "unknown namespace"
REFUSED_BY_APPLICATION = "refused by the application"
NOT_ANSWERED = "connect request timed out"

"""A WebSocket whose bytes this project writes itself.

Where the driver owns the socket, messages go out as frames that were made once
for all recipients. What one connection gets in one turn of the event loop is
left in its session until the turn ends, and is then written in one go.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Protocol

from sio_core import Prepared
from sio_core.engineio import UpgradeToWebSocket

from ...websocket import CLOSING
from ..entrance.client_load import ClientLoad
from ..entrance.entrance import Entrance, HangsUp
from .receiver import Receiver

INTERNAL_ERROR = 1011
"""The close code for what this side cannot go on with (RFC 6455, section 7.4.1)."""


class OwnSocket(Protocol):
    """An `OwnSocket` writes to the socket of an accepted WebSocket: adapters make it."""

    def send_all(self, messages: Sequence[Prepared]) -> None:
        """Write whole messages; never waits."""
        ...

    def finish(self, code: int) -> None:
        """Send a close frame with `code` and end the connection after it."""
        ...


class OwnSocketConnection(Receiver):
    """An `OwnSocketConnection` is one WebSocket, whose socket belongs to its adapter.

    The adapter accepts the WebSocket with `headers`, calls `opened`, then
    `receive` for each message, of at most `max_size` bytes, and `lost` once at
    the end, however it ends. It calls `pause` and `resume` as the socket's buffer
    fills and empties, and reads nothing in between.
    """

    __slots__ = ("_is_to_flush", "_paused", "_socket")

    def __init__(self, entrance: Entrance[Any], step: UpgradeToWebSocket, load: ClientLoad) -> None:
        super().__init__(entrance, step, load)
        self._socket: OwnSocket | None = None
        self._is_to_flush = False
        self._paused = False

    # For the adapter ------------------------------------------------------

    def opened(self, socket: OwnSocket) -> None:
        """The WebSocket is accepted."""
        self._socket = socket
        self._begin()
        self.wake()

    def opened_with(self, socket: OwnSocket) -> Sequence[Prepared]:
        """Do what `opened` does. Returns the first messages, to be written with the answer."""
        self._socket = socket
        self._is_to_flush = True  # by the caller
        try:
            self._begin()
        finally:
            self._is_to_flush = False
        if self._link.closing:
            self.wake()
            return ()
        return self._link.take()

    @property
    def own_sockets(self) -> set[HangsUp]:
        """Return where an adapter enters a socket that no web server ends, until it is lost."""
        return self._entrance.own_sockets

    @property
    def max_size(self) -> int:
        """Return the bytes that a message may have."""
        return self._entrance.engine.config.max_payload

    @property
    def max_fragments(self) -> int:
        """Return the frames that a message may be sent in."""
        return self._entrance.engine.config.max_fragments

    def pause(self) -> None:
        """The socket's buffer is full: what is sent now waits in the session, within its limits."""
        self._paused = self._link.blocked = True
        self._entrance.writers += 1
        # A pong may be among what is not read meanwhile.
        self._entrance.input(self._link.session.pause)

    def resume(self) -> None:
        """The socket's buffer has room again."""
        if self._paused:
            self._unpause()
            self.wake()

    def _unpause(self) -> None:
        self._paused = self._link.blocked = False
        self._entrance.writers -= 1
        self._entrance.input(self._link.session.resume)

    def lost(self, error: str = "") -> None:
        """The WebSocket is gone; `error` says what broke it, if anything did."""
        self._socket = None
        if self._paused:
            self._unpause()
        self._end(error)

    # For the driver -------------------------------------------------------

    def wake(self) -> None:
        """The link has output: it is written when this turn of the loop ends.

        A socket whose buffer is full gets no more, but it does get its end: a client
        that never reads again would keep it for ever.
        """
        if not self._is_to_flush and (not self._paused or self._link.closing):
            self._is_to_flush = True
            self._entrance.flush_at_turn_end(self)

    def fail(self, error: Exception) -> None:
        """Writing failed: the WebSocket is gone, whatever its adapter still believes."""
        self._log_failure(error)
        socket = self._socket
        self.lost()
        if socket is not None:
            with suppress(Exception):
                socket.finish(INTERNAL_ERROR)

    @property
    def end_sent(self) -> bool:
        """Return true once the close frame is on its way, or the WebSocket is gone."""
        return self._socket is None

    def flush(self) -> None:
        """Write all that the turn brought."""
        self._is_to_flush = False
        socket = self._socket
        if socket is None or (self._paused and not self._link.closing):
            return
        messages = self._link.take()
        if messages:
            socket.send_all(messages)
        if self.load.output_waiter is not None:
            self.load.note_output_taken()
        if self._link.state is CLOSING:
            self._socket = None
            socket.finish(self._link.close_code)

"""What the pipes of both drivers have in common: their state, and reports to their line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sio_core.transitions import advance

from ..user_agent.orders import OpenPipe
from .line import Line
from .pipe_state import PIPE, PipeInput, PipeState

ENDED: Final = frozenset((PipeState.CLOSING, PipeState.CLOSED))
"""The states in which nothing is reported but that the pipe is closed."""


class PipeLife:
    """A `PipeLife` moves one pipe of `line` through its states, and reports them to the line."""

    def __init__(self, order: OpenPipe, line: Line[Any]) -> None:
        self.number = order.pipe
        self.order = order
        self.line = line
        self.state = PipeState.NEW
        self.outbound_full = False
        """True while too many bytes wait to be sent."""
        self._report_stands: Callable[[Any], None] = line.opened

    @property
    def ended(self) -> bool:
        """True once it was told to close, or has ended."""
        return self.state in ENDED

    def move(self, what: PipeInput) -> None:
        """Change the state, as the table says."""
        self.state = advance(PIPE, self.state, what)

    def open(self) -> None:
        """Connect; with a server's name in the order, with TLS from the start."""
        self.move(PipeInput.CONNECT)
        self.begin()

    def begin(self) -> None:
        """Begin to connect, in the colour of the driver."""
        raise NotImplementedError

    def close(self) -> None:
        """Close once everything is sent, or after a while in any case."""
        if not self.ended:
            stood = self.state is PipeState.OPEN
            self.move(PipeInput.CLOSE)
            self.finish(stood)

    def finish(self, stood: bool) -> None:
        """Send what is left of a pipe that `stood`, and close it; give up one that did not."""
        raise NotImplementedError

    def abort(self) -> None:
        """Close at once."""
        if self.state is not PipeState.CLOSED:
            before = self.state
            self.move(PipeInput.END)
            self.cut_off(before)

    def cut_off(self, before: PipeState) -> None:
        """Close everything of a pipe that is CLOSED now and was in the state `before`."""
        raise NotImplementedError

    def stands(self) -> None:
        """TCP stands, or the TLS that was begun last."""
        self.move(PipeInput.STAND)
        self._report_stands(self)

    def secure(self, server_name: str) -> None:
        """Begin TLS in a pipe that stands."""
        if self.state is PipeState.OPEN:
            self._report_stands = self.line.secured
            self.begin_tls(server_name)

    def begin_tls(self, server_name: str) -> None:
        """Begin TLS in the colour of the driver; `stands` or the end of the pipe follows."""
        raise NotImplementedError

    def note_output(self, *, full: bool) -> None:
        """Too much waits to be sent, or no longer does."""
        self.outbound_full = full
        self.line.output_full(self, full)

"""What both drivers are without colour: a core, its lines, and the earliest of their deadlines."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Generic, ParamSpec, TypeAlias, TypeVar

from sio_core import socketio
from sio_core.socketio import ClientEvent

from ..attempts.attempt import Attempt
from ..user_agent.orders import OpenPipe
from .line import Line, PipeT

NEVER = float("inf")

P = ParamSpec("P")
R = TypeVar("R")
Report: TypeAlias = Callable[[list[ClientEvent]], None]
"""Is given the events of each entrance, in order; it must not wait."""


class SharedDriver(Generic[PipeT]):
    """A `SharedDriver` carries the connections of `core`; each colour has a subclass."""

    now: Callable[[], float]
    """The clock of everything here, in seconds."""

    def __init__(self, core: socketio.Client, report: Report) -> None:
        self.core = core
        self.process = os.getpid()
        """The process that connected last."""
        self.line: Line[PipeT] | None = None
        """The line of the newest attempt, also when it is over."""
        self.lines: tuple[Line[PipeT], ...] = ()
        """The line in use, and those whose connection is let go of but not over yet."""
        self.outbound_full = False
        """True if too much of what was sent may wait for the network: then wait in `emit`."""
        self._report = report
        self._moves = -1
        """How often deadlines had come nearer when they were looked at last."""

    def refuse_fork(self) -> None:
        """Raise `RuntimeError` in a process that was forked after `connect`."""
        if os.getpid() != self.process:
            raise RuntimeError(
                "this client was connected before the process forked: "
                "make and connect a client in each process"
            )

    @property
    def pipes(self) -> list[PipeT]:
        """The pipes of all lines, as they are now."""
        return [pipe for line in self.lines for pipe in line.pipes]

    def enter(self, line: Line[PipeT] | None, method: Callable[..., Any], *args: Any) -> None:
        """Call an input of `line`'s attempt with the time, and act on its orders and events.

        None as the line stands for an input of the core itself.
        """
        raise NotImplementedError

    def new_pipe(self, line: Line[PipeT], order: OpenPipe) -> PipeT:
        """A pipe for a line."""
        raise NotImplementedError

    def stand_by(self) -> None:
        """Have ready what carries an attempt, where that is not always so."""

    def begin(self, attempt: Attempt) -> None:
        """Go over to a new line, which carries `attempt`."""
        self.stand_by()
        self.line = line = Line(self, attempt)
        self.lines += (line,)
        line.carry_out(self.now())
        self._hurry()

    def fail_attempt(self, cause: BaseException) -> None:
        """The attempt that is due cannot be made, because of `cause`."""
        self.stand_by()
        self.enter(None, self.core.attempt_failed, cause)

    def note_output_full(self) -> None:
        """Note that more than `FULL_BYTES` wait in a pipe: `emit` waits from now on."""
        self.outbound_full = True

    def note_output_taken(self) -> None:
        """Wake the calls of `emit` that wait, to look again."""
        raise NotImplementedError

    def line_finished(self, line: Line[PipeT]) -> None:
        """Forget a line whose attempt is over and whose pipes are closed."""
        self.lines = tuple(other for other in self.lines if other is not line)

    def _hurry(self) -> None:
        """Wake up earlier if deadlines have come nearer."""
        raise NotImplementedError

    def _forget_lines(self) -> None:
        self.line = None
        self.lines = ()

    def _carry_out_all(self, now: float) -> None:
        for line in self.lines:
            line.carry_out(now)

    def _look_at_deadlines(self) -> float:
        """Find the earliest deadline of the core and the attempts; `NEVER` if there is none."""
        self._moves = self.core.moves.count
        due = self.core.next_deadline()
        earliest = NEVER if due is None else due
        for line in self.lines:
            due = line.engine.next_deadline()
            if due is not None and due < earliest:
                earliest = due
        return earliest

    def _timed_out(self, now: float) -> list[ClientEvent]:
        """Have the core and the attempts act on every deadline up to `now`."""
        events = self.core.handle_timeout(now)
        for line in self.lines:
            events += line.attempt.handle_timeout(now)
        return events

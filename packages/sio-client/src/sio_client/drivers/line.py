"""A line: one connection attempt with the pipes that carry it, as both drivers have it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

from ..attempts.attempt import Attempt
from ..user_agent.orders import ClosePipe, OpenPipe, SecurePipe, WritePipe
from .address_order import Addresses

FULL_BYTES = 1_000_000
"""Bytes that wait to be sent; past it `emit` waits until most of them are sent."""


class Pipe(Protocol):
    """A `Pipe` takes the orders of a line, and never waits."""

    @property
    def number(self) -> int: ...
    @property
    def outbound_full(self) -> bool:
        """True while more than `FULL_BYTES` wait in the pipe."""
        ...

    def open(self) -> None: ...
    def secure(self, server_name: str) -> None: ...
    def write(self, data: bytes, reused: bool) -> None: ...
    def close(self) -> None: ...
    def abort(self) -> None: ...


PipeT = TypeVar("PipeT", bound=Pipe)


class LineDriver(Protocol[PipeT]):
    """A `LineDriver` is what a line needs of its driver."""

    def enter(self, line: Line[PipeT], method: Callable[..., Any], *args: Any) -> None:
        """Call an input of the line's attempt with the time, and act on what comes of it."""
        ...

    def new_pipe(self, line: Line[PipeT], order: OpenPipe) -> PipeT: ...
    def note_output_full(self) -> None:
        """Too much waits in one of the line's pipes."""
        ...

    def note_output_taken(self) -> None:
        """Have those who wait in `emit` look again."""
        ...

    def line_finished(self, line: Line[PipeT]) -> None:
        """Hear that the attempt of the line is over and its pipes are closed."""
        ...


class Line(Generic[PipeT]):
    """A `Line` carries out what an attempt orders, and reports what becomes of its pipes."""

    def __init__(self, driver: LineDriver[PipeT], attempt: Attempt) -> None:
        self.attempt = attempt
        self.engine = attempt.engine
        self.settings = attempt.settings
        self.addresses = Addresses()
        """The addresses of host names; a pipe adds what it looks up."""
        self.pipes: set[PipeT] = set()
        """The pipes that are not closed; some of them are closing."""
        self.unwritten = False
        """Whether the application sent something that is to be written when this turn ends."""
        self._by_number: dict[int, PipeT] = {}
        """The pipes that orders may name."""
        self._full_pipes = 0
        self._driver = driver

    @property
    def outbound_full(self) -> bool:
        """True while too much of what was sent waits, in pipes or for a request to carry it."""
        return self._full_pipes > 0 or self.engine.queued_bytes > FULL_BYTES

    @property
    def finished(self) -> bool:
        """True once the attempt is over and nothing is left of its pipes."""
        return not self.pipes and self.attempt.over

    def carry_out(self, now: float) -> None:
        """Do what the attempt orders."""
        for order in self.attempt.take_orders(now):
            if type(order) is WritePipe:
                pipe = self._by_number.get(order.pipe)
                if pipe is not None:
                    pipe.write(order.data, order.reused)
            elif type(order) is OpenPipe:
                pipe = self._driver.new_pipe(self, order)
                self._by_number[order.pipe] = pipe
                self.pipes.add(pipe)
                pipe.open()
            elif type(order) is SecurePipe:
                pipe = self._by_number.get(order.pipe)
                if pipe is not None:
                    pipe.secure(order.server_name)
            elif type(order) is ClosePipe:
                pipe = self._by_number.get(order.pipe)
                if pipe is not None:
                    self._forget(pipe)
                    pipe.close()
        if self.attempt.over and not self.pipes:
            self._driver.line_finished(self)

    def abort(self) -> None:
        """Close every pipe at once."""
        for pipe in list(self.pipes):
            pipe.abort()

    def _forget(self, pipe: PipeT) -> None:
        if self._by_number.pop(pipe.number, None) is not None and pipe.outbound_full:
            self._full_pipes -= 1

    # What the pipes report ------------------------------------------------------

    def opened(self, pipe: PipeT) -> None:
        """TCP stands, and TLS where the pipe begins with it."""
        self._driver.enter(self, self.attempt.pipe_opened, pipe.number)

    def secured(self, pipe: PipeT) -> None:
        """TLS stands inside the pipe."""
        self._driver.enter(self, self.attempt.pipe_secured, pipe.number)

    def received(self, pipe: PipeT, data: bytes) -> None:
        """The pipe brought bytes."""
        self._driver.enter(self, self.attempt.pipe_received, pipe.number, data)

    def lost(self, pipe: PipeT, error: Exception | None) -> None:
        """The pipe has ended, or did not come to be."""
        self._forget(pipe)
        self._driver.enter(self, self.attempt.pipe_lost, pipe.number, error)

    def stale(self, pipe: PipeT) -> None:
        """The pipe was to be used again, and its peer had ended it."""
        self._forget(pipe)
        self._driver.enter(self, self.attempt.pipe_stale, pipe.number)

    def output_full(self, pipe: PipeT, full: bool) -> None:
        """Too much waits in the pipe, or no longer does."""
        if pipe.number in self._by_number:
            self._full_pipes += 1 if full else -1
            if full:
                self._driver.note_output_full()
            else:
                self._driver.note_output_taken()

    def closed(self, pipe: PipeT) -> None:
        """Hear that the pipe is closed."""
        self._forget(pipe)
        self.pipes.discard(pipe)
        if self.finished:
            self._driver.line_finished(self)

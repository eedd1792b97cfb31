"""A broker in memory between the nodes of a cluster: late, lossy, out of order, gone at times.

What is published lies in the inbox of each subscriber until it is moved. Trouble is made on
purpose, by `cut`, or at random by `run`. Time stands still while messages move.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..cluster import Node, NodeEvent
from .clock import FakeClock
from .net import Chance


@dataclass(frozen=True, slots=True)
class BusTroubles:
    """How likely each kind of trouble is for each message that `Bus.run` moves, from 0 to 1."""

    lose: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    cut: float = 0.0


class BusLine:
    """The connection of one node to the bus; `events` are what the node has reported.

    `inbox` is on its way to the node; `channels` are what it is subscribed to while it is `up`.
    """

    def __init__(self, node: Node, on_event: Callable[[NodeEvent], None] | None) -> None:
        self.node = node
        self.up = False
        self.channels: set[str] = set()
        self.inbox: deque[tuple[str, Any]] = deque()
        self.events: list[Any] = []  # Any: tests look inside
        self._on_event = on_event

    def report(self, events: list[NodeEvent]) -> None:
        """Note what the node has reported."""
        for event in events:
            self.events.append(event)
            if self._on_event is not None:
                self._on_event(event)


class Bus:
    """The broker, its clock, and a line for each node; `published` is all that it was told."""

    def __init__(self, clock: FakeClock | None = None) -> None:
        self.clock = FakeClock() if clock is None else clock
        self.lines: list[BusLine] = []
        self.published: list[tuple[str, Any]] = []

    # Nodes ----------------------------------------------------------------

    def join(self, node: Node, on_event: Callable[[NodeEvent], None] | None = None) -> BusLine:
        """Connect `node`, whose events `on_event` is told of. Returns its line."""
        line = BusLine(node, on_event)
        self.lines.append(line)
        self.mend(line)
        return line

    def kill(self, line: BusLine) -> None:
        """End a node without a word."""
        self.lines.remove(line)

    def cut(self, line: BusLine) -> None:
        """Break the connection of `line`, with all that is on its way to its node."""
        if line.up:
            line.up = False
            line.channels.clear()
            line.inbox.clear()
            line.report(line.node.disconnected(self.clock.now, "the connection was cut"))

    def mend(self, line: BusLine) -> None:
        """Connect a node again."""
        if not line.up:
            line.up = True
            line.report(line.node.connected(self.clock.now))

    # Messages -------------------------------------------------------------

    def publish(self, channel: str, payload: Any) -> None:
        """Publish `payload`, as a node or other software does."""
        self.published.append((channel, payload))
        for line in self.lines:
            if channel in line.channels:
                line.inbox.append((channel, payload))

    def settle(self) -> None:
        """Do what the nodes want of their broker."""
        now = self.clock.now
        for line in self.lines:
            if not line.up:
                continue
            subscribe, unsubscribe = line.node.take_subscriptions()
            line.channels.update(subscribe)
            line.channels.difference_update(unsubscribe)
            if subscribe:
                line.report(line.node.subscribed(subscribe, now))
            while taken := line.node.take_publications():
                for publication in taken:
                    self.publish(publication.channel, publication.payload)
                line.report(line.node.published(taken, now))

    def step(self, chance: Chance | None = None, troubles: BusTroubles | None = None) -> bool:
        """Move one message, with `chance` any, with `troubles`. Returns False if there is none."""
        self.settle()
        waiting = [line for line in self.lines if line.inbox]
        if not waiting:
            return False
        trouble = BusTroubles() if troubles is None else troubles
        if chance is None:
            line = waiting[0]
            channel, payload = line.inbox.popleft()
        else:
            line = waiting[chance.randrange(len(waiting))]
            if chance.random() < trouble.reorder:
                line.inbox.rotate(-chance.randrange(len(line.inbox)))
            channel, payload = line.inbox.popleft()
            if chance.random() < trouble.duplicate:
                line.inbox.append((channel, payload))
            if chance.random() < trouble.lose:
                return True
            if chance.random() < trouble.cut:
                self.cut(line)
                self.mend(line)
                return True
        line.report(line.node.receive(channel, payload, self.clock.now))
        return True

    def run(self, chance: Chance | None = None, troubles: BusTroubles | None = None) -> None:
        """Move messages as `step` does, with `chance` and `troubles`, until none is on its way."""
        while self.step(chance, troubles):
            pass

    # Time -----------------------------------------------------------------

    def run_for(self, seconds: float) -> None:
        """Let `seconds` pass, deadline by deadline, without trouble."""
        until = self.clock.now + seconds
        self.run()
        while (due := self._next_deadline()) is not None and due <= until:
            self.clock.now = max(due, self.clock.now)
            for line in self.lines:
                line.report(line.node.handle_timeout(self.clock.now))
                after = line.node.next_deadline()
                assert after is None or after > self.clock.now, "a deadline was left behind"
            self.run()
        self.clock.now = until

    def _next_deadline(self) -> float | None:
        dues = [line.node.next_deadline() for line in self.lines]
        return min((due for due in dues if due is not None), default=None)

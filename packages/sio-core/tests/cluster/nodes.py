"""Nodes on a bus in memory, with ids that can be foretold."""

from collections.abc import Callable
from typing import Any

from sio_core.cluster import Node, NodeConfig
from sio_core.socketio import Emit
from sio_core.testing import Bus, BusLine

ID = "abcdefghijabcdefghij"


def tag(number: int) -> str:
    return f"tag{number:05}"


def sid(number: int, name: str = ID) -> str:
    """Return the sid of a client of node `number`."""
    return f"{tag(number)}.{name}"


def make(number: int = 0, config: NodeConfig | None = None, **options: Any) -> Node:
    return Node(config, host_id=f"host{number}", tag=tag(number), **options)


class Cluster:
    """Some nodes on a bus, connected and known to each other."""

    def __init__(self, count: int = 2, config: NodeConfig | None = None, **options: Any) -> None:
        self.bus = Bus()
        self.lines: list[BusLine] = []
        for number in range(count):
            self.add(make(number, config, **options))
        self.clear()

    @property
    def now(self) -> float:
        return self.bus.clock.now

    def add(self, node: Node, on_event: Callable[[Any], None] | None = None) -> BusLine:
        line = self.bus.join(node, on_event)
        self.lines.append(line)
        self.bus.run()
        return line

    def node(self, number: int) -> Node:
        return self.lines[number].node

    def events(self, number: int) -> list[Any]:
        """Take what node `number` has reported, once all is delivered."""
        self.bus.run()
        taken, self.lines[number].events = self.lines[number].events, []
        return taken

    def clear(self) -> None:
        """Forget what was reported and published."""
        self.bus.run()
        self.bus.published.clear()
        for line in self.lines:
            line.events.clear()

    def emit(self, number: int, *args: Any, **options: Any) -> None:
        self.node(number).emit(Emit("said", args, **options), self.now)


def kinds(events: list[Any]) -> list[str]:
    return [type(event).__name__ for event in events]

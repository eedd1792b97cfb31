"""The scripted server `tests.support.hostile.Host`, for tests that wait in threads."""

from collections.abc import Callable
from typing import Any

from tests.support.hostile import Host
from tests.support.misbehaviour import Act, Step

from .loops import LoopThread, until


class Scripted:
    """A host in the loop of a thread; `host` is for looking at."""

    def __init__(self, loops: LoopThread, **offer: Any) -> None:
        self._loops = loops
        self.host: Host = loops.call(lambda: Host(**offer))
        loops.run(self.host.start())

    @property
    def url(self) -> str:
        """Where the host is."""
        return self.host.url

    @property
    def events(self) -> list[list[Any]]:
        """What clients emitted."""
        return self.host.events

    def misbehave(self, step: Step, *acts: Act) -> None:
        """Have the next times of a step go as the acts say."""
        self._loops.call(self.host.misbehave, step, *acts)

    def came_to(self, step: Step) -> None:
        """Wait until every act for a step was done."""
        until(lambda: not self.host.script[step])

    def do(self, function: Callable[[Host], Any]) -> Any:
        """Call a function with the host, in its loop. Returns what it returns."""
        return self._loops.call(function, self.host)

    def emit(self, *args: Any, namespace: str = "/") -> None:
        """Emit an event to the newest session."""
        self.do(lambda host: host.emit(*args, namespace=namespace))

    def start(self) -> None:
        """Listen again, after `stop`."""
        self._loops.run(self.host.start())

    def stop(self) -> None:
        """Stop to listen, and reset every connection."""
        self._loops.run(self.host.stop())

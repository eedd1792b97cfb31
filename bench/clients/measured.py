"""What the measured clients share: their arguments, the measured window, the checks.

Both sides of the comparison run these programs as they stand, each with its own `socketio`. What
happens to be in an environment but does not come with the client is hidden.
"""

import argparse
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

# as if they were not installed; python-socketio's clients use neither
sys.modules["msgspec"] = None  # type: ignore[assignment]
sys.modules["websockets"] = None  # type: ignore[assignment]

BURST = {"websocket": 100, "polling": 15}
"""Events at a time; python-socketio's server and client read 16 packets of a body, and no more."""
TEXT = "abcdefghijklmnopqrstuvwxyzabcdef"
WAIT_S = 30.0
"""How long an answer may take before the turn has failed."""
CONNECT_LIMIT_S = 60.0
"""How long many clients may take to connect; those that are connected by then are measured."""
PAGE_KIB = resource.getpagesize() / 1024


def check(right: bool, text: str) -> None:
    """End the program with a message, and so fail the turn, unless something is right."""
    if not right:
        raise SystemExit(text)


def arguments() -> argparse.Namespace:
    """Return the command line: `PROGRAM LOOP SCENARIO TRANSPORT CLIENTS WARMUP DURATION PORT`."""
    parser = argparse.ArgumentParser()
    for name in ("loop", "scenario", "transport"):
        parser.add_argument(name)
    parser.add_argument("clients", type=int)
    parser.add_argument("warmup", type=float)
    parser.add_argument("duration", type=float)
    parser.add_argument("port", type=int)
    options = parser.parse_args()
    options.url = f"http://127.0.0.1:{options.port}"
    return options


def resident_kib() -> float:
    """Return the memory of this process that is in use, in KiB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_KIB


class Window:
    """Counts messages and CPU time between the end of the warm-up and the end of the turn.

    `open` is asked between two rounds, when nothing is outstanding.
    """

    def __init__(self, warmup: float, duration: float) -> None:
        self._warm_at = time.monotonic() + warmup
        self._duration = duration
        self._begin: tuple[float, float, float] | None = None
        self._messages = 0
        self._figures: dict[str, float] = {}

    def open(self) -> bool:
        """Return whether another round is wanted."""
        now = time.monotonic()
        if self._begin is None:
            if now >= self._warm_at:
                self._begin = _used()
                self._messages = 0
            return True
        if now < self._begin[0] + self._duration:
            return True
        at, user, system = (end - begin for end, begin in zip(_used(), self._begin, strict=True))
        self._figures = {"seconds": at, "cpu_s": user + system, "kernel_s": system}
        return False

    def add(self, messages: int) -> None:
        """Count the messages of a round."""
        self._messages += messages

    def report(self, **more: float) -> None:
        """Print the figures as JSON."""
        figures = {"messages": self._messages, "rss_kib": resident_kib(), **self._figures, **more}
        print(json.dumps(figures))


def _used() -> tuple[float, float, float]:
    """Return the time and what this process has used of the CPU, all threads, in seconds."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return time.monotonic(), usage.ru_utime, usage.ru_stime


class Stream:
    """Checks that all events of a burst came, each with what was sent; handlers call `take`."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._count = self._sum = 0

    def take(self, data: Any) -> bool:
        """Return whether this event was the last of the burst."""
        check(data["title"] == "a headline of ordinary length", f"an event brought {data!r}")
        self._count += 1
        self._sum += data["number"]
        return self._count == self.size

    def restart(self) -> None:
        """Begin the next burst; ends the program when the last one brought wrong events."""
        wanted = self.size * (self.size - 1) // 2
        check(self._sum == wanted, f"the events of a burst add up to {self._sum}, not {wanted}")
        self._count = self._sum = 0

"""How the time of a function grows with its input: for tests of what reads a stranger's data.

Twice the input may take twice the time, never four times: what grows so lets one
message stop everybody. `check_growth` measures a function on inputs of ever more
size, up to the largest that a peer can send, and compares times with each other,
never with a clock on the wall, so that a slow machine changes nothing.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

STEP = 4
"""Sizes are compared with those this many times smaller: linear is 4, quadratic 16."""
STEEP = 10.0
"""How often the time may grow in one such step; what is less is noise, caches and memory."""
COUNTS = 3
"""What takes no longer than counting to the size so often stops nobody: 50 ms for 1,000,000."""
HALVINGS = 8
"""The smallest size is the largest divided by two, this many times."""
ROUNDS = 20
"""How often two sizes are measured again before a steep step is believed."""


class TooSteep(AssertionError):
    """The time of a function grows faster than its input."""


def check_growth(
    function: Callable[[Any], object],
    make: Callable[[int], Any],
    largest: int,
    *,
    clock: Callable[[], float],
    smallest: int = 1,
) -> None:
    """Raise `TooSteep` when the time of `function` grows faster than its input.

    `make` returns an input of a given size, a new one each time; `largest` is the
    size that a peer can send, in the unit that `make` takes. `clock` is
    `time.thread_time`, which stands still while other processes run. A step below
    the time in which Python counts to the size three times is not looked at: nobody is stopped
    by it. Small inputs come first, so that a steep function is found before it
    takes long; none is below `smallest`, where a function may have another way that is faster.
    """
    halved = [largest >> halving for halving in range(HALVINGS, -1, -1)]
    sizes = [size for size in halved if size >= smallest]
    best: dict[int, float] = {}
    for size in sizes:
        # The largest inputs take most of the time: they are measured again only when in doubt.
        for _ in range(1 if size * STEP > largest else 3):
            _measure(function, make, size, clock, best)
        smaller = size // STEP
        if smaller not in best:
            continue
        for _ in range(ROUNDS):
            if best[size] <= STEEP * best[smaller] or best[size] <= _counting(size, clock):
                break
            _measure(function, make, smaller, clock, best)
            _measure(function, make, size, clock, best)
        else:
            times = best[size] / max(best[smaller], 1e-9)
            raise TooSteep(f"from size {smaller} to {size} the time grows {times:.0f} times")


def _measure(
    function: Callable[[Any], object],
    make: Callable[[int], Any],
    size: int,
    clock: Callable[[], float],
    best: dict[int, float],
) -> None:
    given = make(size)
    collecting = gc.isenabled()
    gc.disable()  # what it collects is not the function's
    try:
        begun = clock()
        function(given)
        taken = clock() - begun
    finally:
        if collecting:
            gc.enable()
    best[size] = min(taken, best.get(size, taken))


def _counting(size: int, clock: Callable[[], float]) -> float:
    begun = clock()
    for _ in range(COUNTS * size):
        pass
    return clock() - begun

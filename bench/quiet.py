"""Whether a turn had its cores to itself, and another turn in place of one that had not.

A neighbour on the core empties its caches, and a hypervisor that takes it away makes time pass:
both make a side dearer than it is, and not the side beside it. Linux only.
"""

import os
import resource
import time
from collections.abc import Callable, Collection
from pathlib import Path

from figures import Sample

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
STAT = Path("/proc/stat")
BUSY = (0, 1, 2, 5, 6)
"""Fields of a core in /proc/stat: user, nice, system, irq, softirq."""
STOLEN = 7

SMALL = 0.1
"""The share of a core that others may take without making a turn a disturbed one."""

DISTURBED = ("others", "stolen")
"""The figures of a turn that `Watch` finds."""


class Watch:
    """What others take of some cores, from its making on."""

    def __init__(self, cores: Collection[int], used: Callable[[], float]) -> None:
        """Begin to watch `cores`, all where there are none.

        `used` is the CPU time, in seconds, of what belongs to the turn and has not ended: what has
        is counted with this process.
        """
        self._cores = cores
        self._used = used
        self._begin = self._now()

    def shares(self) -> Sample:
        """Return what other programs and the hypervisor have taken so far, as shares of a core."""
        time_s, own, busy, stolen = (
            now - before for now, before in zip(self._now(), self._begin, strict=True)
        )
        return {"others": max(0.0, busy - own) / time_s, "stolen": stolen / time_s}

    def _now(self) -> tuple[float, float, float, float]:
        own = self._used()
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
            usage = resource.getrusage(who)
            own += usage.ru_utime + usage.ru_stime
        busy, stolen = core_seconds(STAT.read_text(), self._cores)
        return time.monotonic(), own, busy, stolen


def core_seconds(stat: str, cores: Collection[int]) -> tuple[float, float]:
    """Return for how long cores were busy, and for how long they were taken by the hypervisor.

    `stat` is the text of /proc/stat, no `cores` are all of them.
    """
    wanted = {f"cpu{core}" for core in cores} or {"cpu"}
    rows = [line.split() for line in stat.splitlines()]
    ticks = [[*map(int, row[1:])] for row in rows if row and row[0] in wanted]
    busy = sum(row[field] for row in ticks for field in BUSY)
    return busy * TICK_S, sum(row[STOLEN] for row in ticks) * TICK_S


def disturbance(sample: Sample) -> float:
    """Return the share of a core that others took in a turn."""
    return sum(sample.get(figure, 0.0) for figure in DISTURBED)


def disturbed(sample: Sample) -> bool:
    """Return whether others took so much of a turn that its figures are in doubt."""
    return disturbance(sample) > SMALL


def quietest(
    turn: Callable[[], Sample],
    tries: int,
    cores: Collection[int],
    used: Callable[[], float] = lambda: 0.0,
) -> Sample:
    """Return a turn's figures, and what others took of `cores` in it.

    A disturbed one is taken again; where none of the `tries` was quiet it is the quietest of them.
    """
    found: Sample = {}
    for _ in range(tries):
        watch = Watch(cores, used)
        sample = turn()
        sample |= watch.shares()
        if not found or disturbance(sample) < disturbance(found):
            found = sample
        if not disturbed(found):
            break
    return found

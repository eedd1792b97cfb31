"""The processes of a broker: those that were started, and those that these have started."""

import contextlib
import os
import signal
import time
from collections.abc import Collection, Iterable
from pathlib import Path

ENDED = ("", "Z")
PATIENCE = 60.0  # seconds that a process gets to begin or to end, on a busy machine


def members(roots: Iterable[int]) -> list[int]:
    """Return the numbers of processes and of all that descend from them."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):  # nothing where there is no /proc
        with contextlib.suppress(OSError):
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                children.setdefault(int(parent), []).append(int(entry.name))
    found: list[int] = []
    waiting = list(roots)
    while waiting:
        found.append(waiting.pop())
        waiting += children.get(found[-1], [])
    return found


def tell(pids: Iterable[int], number: signal.Signals) -> None:
    """Send a signal to each process that is there."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def state(pid: int) -> str:
    """Return the state of a process in one letter: T stands still, X ends, Z has ended.

    It is empty for a process that is gone.
    """
    try:
        threads = sum(1 for _ in Path(f"/proc/{pid}/task").iterdir())
        letter = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""
    # Its first thread may have ended before others, which hold its sockets open.
    return "X" if letter == "Z" and threads > 1 else letter


def runs(pid: int) -> bool:
    """Tell whether a process is there and has not ended."""
    return state(pid) not in ENDED


def pause(pids: Iterable[int]) -> None:
    """Stop processes where they are, and wait until all of them stand still."""
    _tell_until(pids, signal.SIGSTOP, ("T", *ENDED))


def kill(pids: Iterable[int]) -> None:
    """End processes at once, and wait until none of them runs."""
    _tell_until(pids, signal.SIGKILL, ENDED)


def _tell_until(pids: Iterable[int], number: signal.Signals, states: Collection[str]) -> None:
    found = list(pids)
    tell(found, number)
    deadline = time.monotonic() + PATIENCE
    for pid in found:
        while state(pid) not in states:
            assert time.monotonic() < deadline, f"process {pid} does not heed {number.name}"
            time.sleep(0.005)

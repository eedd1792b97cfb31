"""The programs that this one runs, all of which end with it.

One that has the terminal for itself shares the process group of this program. What it prints of
the others is collected; each of them leads a group of its own. Tests start servers in groups of
their own too: `end` asks every program that runs to end, which gives tests the time to end theirs,
and then kills what is left of all their descendants.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Lock, Thread

from devtools.output import ROOT

POSIX = os.name == "posix"
GRACE = 30.0  # seconds that programs get to end by themselves
NICENESS = 10  # of what steps aside: it gets a tenth of a processor that others want too
REST = 10.0  # seconds to wait for output that a descendant holds open

Hear = Callable[[str], object]


class Ended(Exception):
    """Nothing is started any more: the program ends."""


_lock = Lock()
_running: dict["subprocess.Popen[str]", bool] = {}  # and whether it leads a group
_ending = False


def call(command: Sequence[str], *, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> int:
    """Run a program with the terminal. Returns its exit status."""
    process = _start(command, cwd, env, alone=False)
    status = process.wait()
    _forget(process)
    return status


def collect(
    command: Sequence[str],
    hear: Hear,
    *,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    aside: bool = False,
) -> int:
    """Run a program without a terminal; `hear` is given each line. Returns its exit status.

    With `aside` it steps aside for the others where all want a processor. Raises Ended.
    """
    process = _start(command, cwd, env, alone=True)
    if aside and POSIX:
        with contextlib.suppress(OSError):  # it has ended
            os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
    reader = Thread(target=_read, args=(process, hear), daemon=True)
    reader.start()
    status = process.wait()
    reader.join(REST)
    _forget(process)
    if _ending:
        raise Ended
    return status


def _start(
    command: Sequence[str], cwd: Path, env: Mapping[str, str] | None, *, alone: bool
) -> "subprocess.Popen[str]":
    with _lock:
        if _ending:
            raise Ended
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=None if env is None else dict(env),
            stdin=subprocess.DEVNULL if alone else None,
            stdout=subprocess.PIPE if alone else None,
            stderr=subprocess.STDOUT if alone else None,
            text=True,
            errors="replace",
            start_new_session=alone,
        )
        _running[process] = alone
    return process


def _forget(process: "subprocess.Popen[str]") -> None:
    with _lock:
        _running.pop(process, None)


def _read(process: "subprocess.Popen[str]", hear: Hear) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        hear(line.rstrip("\n"))


# ---------------------------------------------------------------- the end


def end(*, told: bool = False) -> None:
    """End every program that runs, and what these have started.

    With `told` the one that has the terminal knows already: Ctrl-C reaches it too, and a second
    one would keep it from ending its servers.
    """
    global _ending
    with _lock:
        _ending = True
        running = dict(_running)
    left = {process: alone for process, alone in running.items() if process.poll() is None}
    family = _descendants(left)
    for process, alone in left.items():
        if alone or not told:
            with contextlib.suppress(OSError):
                _interrupt(process, alone)
    deadline = time.monotonic() + GRACE
    with contextlib.suppress(KeyboardInterrupt):  # the user has no patience
        while left and time.monotonic() < deadline:
            family |= _descendants(left)
            left = {process: alone for process, alone in left.items() if process.poll() is None}
            time.sleep(0.05)
    for process in left:
        process.kill()
    for pid, begun in family:
        if _stat(pid)[1:2] == [begun]:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)


def _interrupt(process: "subprocess.Popen[str]", alone: bool) -> None:
    if not POSIX:
        process.terminate()
    elif alone:
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(signal.SIGINT)


def _descendants(processes: Mapping["subprocess.Popen[str]", bool]) -> set[tuple[int, str]]:
    """Return what descends from processes: the number and the time of birth of each."""
    children: dict[str, list[tuple[int, str]]] = {}
    for entry in Path("/proc").glob("[0-9]*"):  # nothing where there is no /proc
        if found := _stat(int(entry.name)):
            children.setdefault(found[0], []).append((int(entry.name), found[1]))
    family: set[tuple[int, str]] = set()
    waiting = [str(process.pid) for process in processes]
    while waiting:
        born = children.get(waiting.pop(), [])
        family.update(born)
        waiting += [str(pid) for pid, _ in born]
    return family


def _stat(pid: int) -> list[str]:
    """Return the parent of a process and the time of its birth, or nothing if it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return []
    fields = text.rpartition(")")[2].split()  # the name in front may hold anything
    return [fields[1], fields[19]]

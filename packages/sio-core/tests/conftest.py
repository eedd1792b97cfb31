"""Purity: while a core test runs, sio_core may not touch sockets, files, processes or threads.

An audit hook sees what Python does on the way to the operating system. It acts only during the
body of a test and only with a frame of sio_core on the stack, so pytest, Hypothesis and coverage
keep their files.
"""

import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

# Audit events by their name, or by everything up to the first dot.
FORBIDDEN = frozenset(
    {
        "open",
        "socket",
        "ssl",
        "subprocess",
        "os",
        "shutil",
        "tempfile",
        "pathlib",
        "glob",
        "fcntl",
        "signal",
        "sqlite3",
        "urllib",
        "http",
        "_thread",
        "time",
        "mmap",
        "webbrowser",
    }
)


class PurityViolation(AssertionError):
    """sio_core did something that only a driver may do."""


class Guard:
    """Notes and refuses forbidden audit events while `watching`."""

    def __init__(self) -> None:
        self.watching = False
        self.seen: list[str] = []

    def hook(self, event: str, args: tuple[object, ...]) -> None:
        if not self.watching or event.partition(".")[0] not in FORBIDDEN:
            return
        if in_core(sys._getframe(1)):
            self.seen.append(f"{event} {args!r}"[:200])
            raise PurityViolation(self.seen[-1])

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Watch for the time of a block, then complain even of what the block swallowed."""
        self.seen.clear()
        self.watching = True
        try:
            yield
        finally:
            self.watching = False
        if self.seen:
            raise PurityViolation("; ".join(self.seen))


def in_core(frame: FrameType | None) -> bool:
    """Tell whether sio_core is on the stack, and not merely importing something."""
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if name.startswith("importlib") or "<frozen importlib" in frame.f_code.co_filename:
            return False
        if name == "sio_core" or name.startswith("sio_core."):
            return True
        frame = frame.f_back
    return False


GUARD = Guard()
# A hook cannot be removed, so it is added once and does nothing unless GUARD watches.
sys.addaudithook(GUARD.hook)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    with GUARD.watch():
        return (yield)


@pytest.fixture
def guard() -> Guard:
    """Return the guard that watches this very test."""
    return GUARD

"""What clients leave behind: threads, tasks and sockets of this process."""

import asyncio
import contextlib
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

PATIENCE = 10.0  # seconds that what ends in the background gets, on a busy machine
TESTS = str(Path(__file__).resolve().parents[1])
LINUX = sys.platform.startswith("linux")


def sockets() -> set[str]:
    """The inodes of the sockets that this process has open; empty where that cannot be known."""
    return {inode for inode, _ in _own_sockets()}


def _own_sockets() -> list[tuple[str, int]]:
    """The inode of each socket, and its number in this process."""
    found = []
    if LINUX:
        for entry in os.scandir("/proc/self/fd"):
            with contextlib.suppress(OSError):
                link = os.readlink(entry.path)
                if link.startswith("socket:["):
                    found.append((link[8:-1], int(entry.name)))
    return found


def sockets_to(port: int) -> set[str]:
    """Those of `sockets` that are connected, or connecting, to a port of the loopback interface."""
    found, connecting = set(), set()
    for inode, fd in _own_sockets():
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(fd)) as own:
            listens = own.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
            if (own.family, own.type, listens) != (socket.AF_INET, socket.SOCK_STREAM, 0):
                continue
            try:
                peer = own.getpeername()
            except OSError:
                connecting.add(inode)
            else:
                found.update([inode] if peer[1] == port else [])
    return found | (_connecting_to(port) & connecting if connecting else set())


def _connecting_to(port: int) -> set[str]:
    """The inodes of sockets whose other end has this port, of the whole machine: that is slow."""
    rows = [row.split() for row in Path("/proc/self/net/tcp").read_text().splitlines()[1:]]
    return {row[9] for row in rows if int(row[2].rpartition(":")[2], 16) == port}


def threads() -> set[threading.Thread]:
    """The threads that run; those in which asyncio looks up names belong to its loop."""
    return {t for t in threading.enumerate() if not t.name.startswith("asyncio_")}


@dataclass
class Census:
    """What was there before."""

    threads: set[threading.Thread]
    tasks: set["asyncio.Task[object]"]
    sockets: set[str]

    async def nothing_left(self, port: int | None = None) -> None:
        """Wait until the threads and tasks of clients have ended, and their sockets to `port`."""
        await wait_until(lambda: not self._left(port), lambda: f"left behind: {self._left(port)}")

    def _left(self, port: int | None) -> list[object]:
        open_sockets = sockets_to(port) if port else sockets() - self.sockets
        return [*(threads() - self.threads), *(tasks() - self.tasks), *open_sockets]


def tasks() -> set["asyncio.Task[object]"]:
    """The tasks that run, but for those of tests and of the hosts that these have."""
    return {task for task in asyncio.all_tasks() if TESTS not in _file(task)}


def _file(task: "asyncio.Task[object]") -> str:
    code = getattr(task.get_coro(), "cr_code", None)
    return str(getattr(code, "co_filename", ""))


async def wait_until(condition: Callable[[], object], say: Callable[[], str] | None = None) -> None:
    """Wait for a condition that nothing announces; fail with what `say` returns."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(say() if say else "waited in vain", pytrace=say is None)
        await asyncio.sleep(0.002)

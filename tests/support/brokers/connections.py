"""Ends the connections of another process, as a network does: neither side has asked for it.

Linux lets the parent of a process (and root) have a copy of one of its sockets. What is shut down
is the connection, so both ends read its end, even while the process is stopped.
"""

import contextlib
import ctypes
import errno
import os
import socket
from collections.abc import Collection, Iterable
from pathlib import Path

from tests.support.components import give_up

PIDFD_GETFD = 438  # the number of the system call, for which Python has no function
HOW = "run the tests on Linux 5.6 or newer; in a container, with --cap-add SYS_PTRACE"


def cut(pids: Iterable[int], ports: Collection[int], paths: Collection[str] = ()) -> int:
    """End what is connected to these ports or Unix sockets of processes. Returns: how many."""
    return sum(_cut(pid, ports, paths) for pid in pids)


def _cut(pid: int, ports: Collection[int], paths: Collection[str]) -> int:
    count = 0
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return 0
    try:
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                if os.readlink(entry).startswith("socket:"):
                    count += _shut(process, int(entry.name), ports, paths)
    finally:
        os.close(process)
    return count


def _shut(process: int, number: int, ports: Collection[int], paths: Collection[str]) -> bool:
    copy = ctypes.CDLL(None, use_errno=True).syscall(PIDFD_GETFD, process, number, 0)
    if copy < 0:
        error = ctypes.get_errno()
        if error in (errno.EBADF, errno.ESRCH):  # closed meanwhile
            return False
        give_up("pidfd_getfd", f"connections cannot be cut here: {os.strerror(error)}", HOW)
    with socket.socket(fileno=copy) as sock:
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            wanted = sock.getsockname()[1] in ports
        else:
            wanted = sock.family == socket.AF_UNIX and sock.getsockname() in paths
        if not wanted or sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            return False
        with contextlib.suppress(OSError):  # its other end was faster
            sock.shutdown(socket.SHUT_RDWR)
        return True

"""Ports for servers and brokers, some of which go away and come back."""

import os
import random
import socket

# Below those from which Linux and others take the ports of connections, and of servers that leave
# the choice to them: nobody is given the port of a server that is about to start, or is down for a
# while, and who connects to it cannot reach himself.
FIRST, LAST = 15_000, 32_000
_random = random.Random(os.urandom(8))
_given: set[int] = set()


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on, another one each time.

    No other worker of the same run is given it.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    while True:
        port = _random.randrange(FIRST, LAST)
        if port % workers == worker and port not in _given and is_free(port):
            _given.add(port)
            return port


def is_free(port: int) -> bool:
    """Tell whether nobody listens on a port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # ended connections linger
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True

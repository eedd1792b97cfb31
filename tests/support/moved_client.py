"""Run a client that names its own server against another: `-m ... <port> <file>`.

The documented clients connect to http://localhost:5000 and https://example.com. The one
place where clients say which pipes they need is made to lead elsewhere.
"""

import runpy
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from unittest.mock import patch

from sio_client.attempts.attempt import Attempt
from sio_client.user_agent.orders import OpenPipe, Order

Place = tuple[str, int]
PLAIN: Place = ("localhost", 5000)
SECURE: Place = ("example.com", 443)
TAKE = Attempt.take_orders


@contextmanager
def moved(ports: Mapping[Place, int]) -> Iterator[None]:
    """Have connections to certain hosts and ports made to ports of the loopback interface."""

    def taken(self: Attempt, now: float) -> Sequence[Order]:
        orders = TAKE(self, now)
        for order in orders:
            if isinstance(order, OpenPipe):
                order.port = ports[order.host, order.port]  # no other host is asked for
                order.host = "127.0.0.1"
        return orders

    with patch.object(Attempt, "take_orders", taken):
        yield


if __name__ == "__main__":
    with moved({PLAIN: int(sys.argv[1])}):
        runpy.run_path(sys.argv[2], run_name="__main__")

"""Publishes, and knows that the forwarder has it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sio_server.managers.cluster.broker import BrokerError

from .addresses import Addresses
from .link import Link

ANSWER_SECONDS = 2.0
"""Seconds that a forwarder may take to answer, and a publish to be known to be done."""


class Publisher:
    """One link, which the first message makes."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._link: Link | None = None

    @contextmanager
    def _connected(self) -> Iterator[Link]:
        link = self._link
        is_new = link is None
        if link is None:
            link = self._link = Link(self._addresses)
        try:
            with link.used():
                if is_new:
                    link.connect(ANSWER_SECONDS)
                yield link
        except BrokerError:
            self.close()
            raise

    def publish(self, frames: Sequence[bytes]) -> None:
        """Publish `frames` in order. Raises `BrokerError` unless the forwarder has got them all."""
        with self._connected() as link:
            until = time.monotonic() + ANSWER_SECONDS
            for frame in frames:
                link.send(frame, until)
            _wait_for_answer(link, until)

    def count(self, topics: Sequence[bytes]) -> list[int] | None:
        """Return how many subscribe to everything, and to each topic; None where nobody says it.

        Raises `BrokerError`.
        """
        with self._connected() as link:
            until = time.monotonic() + ANSWER_SECONDS
            link.ask(topics, until)
            _wait_for_answer(link, until)
            return link.answer

    def close(self) -> None:
        """Close the connection; the next message opens a new one."""
        link, self._link = self._link, None
        if link is not None:
            link.close()


def _wait_for_answer(link: Link, until: float) -> None:
    mark = link.mark(until)
    while not link.has_heard(mark):
        if time.monotonic() >= until:
            raise BrokerError("the forwarder of ZeroMQ does not answer")
        link.wait(until)
        link.take()

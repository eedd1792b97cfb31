"""`inbound_limit.py`: when nothing is read, by what waits for the handlers."""

import logging
import threading
from collections.abc import Iterator

import pytest

from sio_client.handlers.inbound_limit import InboundLimit
from sio_client.handlers.thread_dispatcher import ThreadDispatcher

from ..blocking_support import HANG, until


class Scene:
    """A queue whose only thread is busy until `step` lets it begin one job more."""

    def __init__(self, most: int, most_bytes: int) -> None:
        self.woken = 0
        self.dispatcher = ThreadDispatcher(
            self._run, threading.RLock(), logging.getLogger("test"), 1
        )
        self.dispatcher.keep = True
        self.limit = InboundLimit(self.dispatcher, self._wake, most, most_bytes)
        self._steps = threading.Semaphore(0)
        self.put(0)
        until(lambda: not self.dispatcher.waiting)

    @property
    def undecided(self) -> bool:
        """Whether a driver would ask for a decision."""
        return self.dispatcher.crowded or self.limit.over_limit

    def _run(self, job: None) -> None:
        assert self._steps.acquire(timeout=HANG)

    def _wake(self) -> None:
        self.woken += 1

    def put(self, *sizes: int) -> None:
        for size in sizes:
            self.dispatcher.put(None, size)

    def step(self, count: int = 1) -> None:
        left = self.dispatcher.count - count
        self._steps.release(count)
        until(lambda: self.dispatcher.count == left)

    def end(self) -> None:
        self._steps.release(1000)
        until(lambda: self.dispatcher.idle)
        self.dispatcher.dismiss()


@pytest.fixture
def scene() -> Iterator[Scene]:
    made = Scene(10, 1000)
    yield made
    made.end()


def test_many_events(scene: Scene) -> None:
    scene.put(*[1] * 10)
    assert not scene.undecided
    scene.put(1)
    assert scene.undecided
    scene.limit.decide(reading=False)
    assert scene.limit.full
    (remark,) = scene.dispatcher.remarks
    assert (remark[1] % remark[2]).startswith("11 events of 11 bytes wait for handlers")
    scene.step(5)
    scene.limit.decide(reading=False)
    assert scene.limit.full, "until half of them have begun"
    scene.limit.decide(reading=True)
    assert not scene.limit.full
    scene.limit.decide(reading=False)
    assert scene.limit.full
    assert scene.woken == 0
    scene.step()
    assert scene.woken == 1
    scene.limit.decide(reading=False)
    assert (scene.limit.full, scene.undecided) == (False, False)
    assert len(scene.dispatcher.remarks) == 1


def test_many_bytes(scene: Scene) -> None:
    scene.put(500)
    assert not scene.undecided
    scene.put(1)
    scene.limit.decide(reading=False)
    assert scene.limit.full
    scene.step()
    assert scene.woken == 1
    scene.limit.decide(reading=False)
    assert (scene.limit.full, scene.undecided) == (False, False)


def test_so_many_that_the_connection_is_ended(scene: Scene) -> None:
    scene.put(5000)
    assert not scene.limit.overflows, "one may be as large as a message can be"
    scene.put(1)
    assert scene.limit.overflows
    assert not scene.limit.overflows, "the next connection may begin"
    scene.put(1)
    assert scene.limit.overflows
    scene.step()
    scene.put(1)
    assert not scene.limit.overflows

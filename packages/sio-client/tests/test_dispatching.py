"""The threads that run the handlers of a blocking client."""

import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest

from sio_client import dispatching
from sio_client.dispatching import Dispatcher

from .blocking_support import HANG, until


@pytest.fixture
def dispatcher() -> Dispatcher:
    made = Dispatcher(lambda job: job(), threading.RLock(), logging.getLogger("test"))
    made.keep = True
    return made


def put(dispatcher: Dispatcher, job: Callable[[], Any]) -> None:
    with dispatcher._lock:
        dispatcher.put(job)


def workers() -> int:
    return sum(thread.name == "sio-client-handlers" for thread in threading.enumerate())


def test_one_thread_runs_all_in_order(dispatcher: Dispatcher) -> None:
    seen: list[Any] = []
    for number in range(1000):
        put(dispatcher, lambda number=number: seen.append((number, threading.get_ident())))
    until(lambda: len(seen) == 1000)
    assert [number for number, _ in seen] == list(range(1000))
    assert len({ident for _, ident in seen}) == 1
    dispatcher.dismiss()
    until(lambda: workers() == 0)


def test_who_steps_aside_goes_on_later(dispatcher: Dispatcher) -> None:
    seen: list[str] = []
    second = threading.Event()

    def first() -> None:
        seen.append("begun")
        dispatcher.step_aside()
        dispatcher.step_aside()
        assert second.wait(HANG)
        seen.append("over")

    put(dispatcher, first)
    put(dispatcher, lambda: (seen.append("second"), second.set()))
    until(lambda: seen == ["begun", "second", "over"])
    dispatcher.step_aside()  # by one who is no handler
    dispatcher.dismiss()
    until(lambda: workers() == 0)


def test_only_one_who_takes_long_is_relieved(dispatcher: Dispatcher) -> None:
    go_on, begun, second = threading.Event(), threading.Event(), threading.Event()
    put(dispatcher, lambda: (begun.set(), go_on.wait(HANG)))
    assert begun.wait(HANG)
    assert dispatcher.next_deadline() is None
    put(dispatcher, second.set)
    due = dispatcher.next_deadline()
    assert due is not None
    with dispatcher._lock:
        dispatcher.relieve(due - 0.01)
    assert dispatcher.waiting
    with dispatcher._lock:
        dispatcher.relieve(due)
    assert second.wait(HANG)
    go_on.set()
    dispatcher.dismiss()
    until(lambda: workers() == 0)


def test_idle_threads_end_except_one(
    dispatcher: Dispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatching, "IDLE_SECONDS", 0.01)
    go_on = threading.Event()
    idents: list[int] = []

    def job() -> None:
        idents.append(threading.get_ident())
        dispatcher.step_aside()
        go_on.wait(HANG)

    for _ in range(3):
        put(dispatcher, job)
    until(lambda: len(idents) == 3)
    go_on.set()
    until(lambda: workers() == 1 and dispatcher._spare)
    for _ in range(3):
        put(dispatcher, job)
        until(lambda: dispatcher.idle and len(dispatcher._spare) == 1)
    assert len(set(idents[3:])) == 1
    dispatcher.dismiss()
    until(lambda: workers() == 0)


def test_a_job_that_raises(dispatcher: Dispatcher, caplog: pytest.LogCaptureFixture) -> None:
    done = threading.Event()
    put(dispatcher, lambda: [][0])
    put(dispatcher, done.set)
    assert done.wait(HANG)
    assert "IndexError" in caplog.text
    dispatcher.dismiss()


def test_spare_threads_are_few(dispatcher: Dispatcher) -> None:
    go_on = threading.Event()
    begun: list[int] = []

    def job() -> None:
        begun.append(1)
        dispatcher.step_aside()
        go_on.wait(HANG)

    for _ in range(20):
        put(dispatcher, job)
    until(lambda: len(begun) == 20)
    go_on.set()
    until(lambda: workers() <= dispatching.MAX_SPARE)
    dispatcher.dismiss()
    until(lambda: workers() == 0)

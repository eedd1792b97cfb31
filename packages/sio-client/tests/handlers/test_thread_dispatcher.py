"""The threads that run the handlers of a blocking client."""

import logging
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from sio_client.handlers import thread_dispatcher
from sio_client.handlers.thread_dispatcher import ThreadDispatcher

from ..blocking_support import HANG, until

LOG = logging.getLogger("test")


@pytest.fixture
def dispatcher() -> ThreadDispatcher:
    made = ThreadDispatcher(lambda job: job(), threading.RLock(), LOG)
    made.keep = True
    return made


def put(dispatcher: ThreadDispatcher, job: Callable[[], Any]) -> None:
    with dispatcher._lock:
        dispatcher.put(job)


def workers() -> int:
    return sum(thread.name == "sio-client-handlers" for thread in threading.enumerate())


def test_one_thread_runs_all_in_order(dispatcher: ThreadDispatcher) -> None:
    seen: list[Any] = []
    for number in range(1000):
        put(dispatcher, lambda number=number: seen.append((number, threading.get_ident())))
    until(lambda: len(seen) == 1000)
    assert [number for number, _ in seen] == list(range(1000))
    assert len({ident for _, ident in seen}) == 1
    dispatcher.dismiss()
    until(lambda: workers() == 0)


def test_who_steps_aside_goes_on_later(dispatcher: ThreadDispatcher) -> None:
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


def test_only_one_who_takes_long_is_relieved(dispatcher: ThreadDispatcher) -> None:
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
    dispatcher: ThreadDispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread_dispatcher, "IDLE_SECONDS", 0.01)
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


def test_a_job_that_raises(dispatcher: ThreadDispatcher, caplog: pytest.LogCaptureFixture) -> None:
    done = threading.Event()
    put(dispatcher, lambda: [][0])
    put(dispatcher, done.set)
    assert done.wait(HANG)
    assert "IndexError" in caplog.text
    dispatcher.dismiss()


def test_spare_threads_are_few(dispatcher: ThreadDispatcher) -> None:
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
    until(lambda: workers() <= thread_dispatcher.MAX_SPARE)
    dispatcher.dismiss()
    until(lambda: workers() == 0)


def test_no_more_threads_than_the_limit() -> None:
    dispatcher = ThreadDispatcher(lambda job: job(), threading.RLock(), LOG, 3)
    dispatcher.keep = True
    go_on = threading.Event()
    seen: list[int] = []
    most = 0

    def job(number: int) -> None:
        nonlocal most
        seen.append(number)
        dispatcher.step_aside()
        go_on.wait(HANG)
        most = max(most, workers())

    for number in range(50):
        put(dispatcher, lambda number=number: job(number))
    until(lambda: len(seen) == 3)
    until(lambda: dispatcher.remarks)
    assert dispatcher.count == 47
    assert dispatcher.next_deadline() is None
    go_on.set()
    until(lambda: len(seen) == 50)
    assert seen == list(range(50))
    assert most <= 3
    _, text, args = dispatcher.remarks.popleft()
    assert "max_handler_threads" in text % args
    assert not dispatcher.remarks, "it is said once"
    dispatcher.dismiss()
    until(lambda: workers() == 0)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_handler_that_ends_its_thread_makes_room() -> None:
    dispatcher = ThreadDispatcher(lambda job: job(), threading.RLock(), LOG, 1)
    go_on, done = threading.Event(), threading.Event()

    def end() -> None:
        dispatcher.step_aside()
        go_on.wait(HANG)
        raise SystemExit

    put(dispatcher, end)
    put(dispatcher, done.set)
    go_on.set()
    assert done.wait(HANG)
    until(lambda: workers() == 0)


def test_it_knows_when_all_threads_are_busy_and_one_asks() -> None:
    dispatcher = ThreadDispatcher(lambda job: job(), threading.RLock(), LOG, 2)
    dispatcher.keep = True
    asking, answered, go_on = threading.Event(), threading.Event(), threading.Event()
    answers: list[int] = []

    def ask() -> None:
        answers.append(dispatcher.ask(lambda: (asking.set(), answered.wait(HANG), 7)[-1]))

    def wait() -> None:
        dispatcher.step_aside()
        go_on.wait(HANG)

    put(dispatcher, wait)
    put(dispatcher, ask)
    assert asking.wait(HANG)
    assert not dispatcher.waits_for_answer, "nobody waits for them"
    put(dispatcher, lambda: None)
    until(lambda: dispatcher.waits_for_answer)
    assert dispatcher.ask(lambda: dispatcher._asking) == 1, "by one who is no handler"
    answered.set()
    until(lambda: not dispatcher.waits_for_answer)
    go_on.set()
    until(lambda: answers == [7] and dispatcher.idle)
    dispatcher.dismiss()
    until(lambda: workers() == 0)


def refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)


def test_jobs_wait_while_no_thread_can_be_started(dispatcher: ThreadDispatcher) -> None:
    done: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        refuse(patch)
        for number in range(3):
            put(dispatcher, lambda number=number: done.append(number))
    assert dispatcher.count == 3
    assert len(dispatcher.remarks) == 1
    due = dispatcher.next_deadline()
    assert due is not None
    with dispatcher._lock:
        dispatcher.relieve(due - 0.01)
        assert dispatcher.count == 3
        dispatcher.relieve(due)
    until(lambda: done == [0, 1, 2])
    assert dispatcher.next_deadline() is None
    dispatcher.dismiss()
    until(lambda: workers() == 0)


def test_a_thread_that_is_free_does_what_waits_for_one_that_cannot_be_started(
    dispatcher: ThreadDispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def first() -> None:
        begun.set()
        go_on.wait(HANG)
        dispatcher.step_aside()

    put(dispatcher, first)
    assert begun.wait(HANG)
    refuse(monkeypatch)
    put(dispatcher, done.set)
    go_on.set()
    assert done.wait(HANG)
    dispatcher.dismiss()
    until(lambda: workers() == 0)


def test_nothing_waits_for_threads_while_the_interpreter_ends(
    dispatcher: ThreadDispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch)
    monkeypatch.setattr(sys, "is_finalizing", lambda: True)
    put(dispatcher, lambda: None)
    assert not dispatcher.waiting
    assert not dispatcher.remarks
    assert dispatcher.size == 0

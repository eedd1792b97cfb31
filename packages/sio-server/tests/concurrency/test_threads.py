"""Handlers in threads: their order, what they leave behind, how many there may be."""

import logging
import threading

import pytest

from sio_server.concurrency import threads as module
from sio_server.concurrency.threads import Strand, Threads

HANG = 20.0
"""Seconds after which a wait is a failure: a guard, no test takes long."""


@pytest.fixture(autouse=True)
def never_relieved(monkeypatch):
    """Have tests call `relieve` themselves."""
    monkeypatch.setattr(Threads, "_watch", lambda self: None)


class Gate:
    """A job that waits inside until it is let go on."""

    def __init__(self) -> None:
        self.begun, self.open, self.ended = (threading.Event() for _ in range(3))
        self.thread = 0

    def __call__(self):
        self.thread = threading.get_ident()
        self.begun.set()
        assert self.open.wait(HANG)
        self.ended.set()

    def pass_through(self):
        assert self.begun.wait(HANG)
        self.open.set()
        assert self.ended.wait(HANG)


def finish(strand):
    """Wait until a new job of the strand has run. Returns the thread that ran it."""
    done, seen = threading.Event(), []
    strand.put(lambda: (seen.append(threading.get_ident()), done.set()))
    assert done.wait(HANG)
    return seen[0]


def until(condition):
    pause = threading.Event()
    for _ in range(int(HANG * 100)):
        if condition():
            return
        pause.wait(0.01)
    pytest.fail("what was waited for did not happen")


def refuse_threads(monkeypatch):
    """No thread can be started from now on, until the returned context is undone."""

    def start(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(module.threading.Thread, "start", start)


def test_jobs_of_one_strand_run_in_order_in_one_thread():
    threads, seen = Threads(), []
    strand = threads.strand(overlap=True)
    gate = Gate()
    strand.put(gate)
    for number in range(100):
        strand.put(lambda number=number: seen.append((number, threading.get_ident())))
    gate.pass_through()
    assert finish(strand) == gate.thread
    assert seen == [(number, gate.thread) for number in range(100)]


def test_a_job_that_takes_long_is_left_behind_and_the_others_begin_in_order():
    threads, seen = Threads(), []
    strand, gate = threads.strand(overlap=True), Gate()
    strand.put(gate)
    for number in range(20):
        strand.put(seen.append, number)
    assert gate.begun.wait(HANG)
    threads.relieve()
    assert not seen  # it had no time yet
    threads.relieve()
    assert finish(strand) != gate.thread
    assert seen == list(range(20))
    gate.pass_through()


def test_a_job_that_says_that_it_waits_is_left_behind_at_once():
    threads, gate = Threads(), Gate()
    strand = threads.strand(overlap=True)
    strand.put(lambda: (threads.step_aside(), gate()))
    assert finish(strand) != gate.thread
    gate.pass_through()
    threads.step_aside()  # not a job: nothing happens


def test_without_overlap_no_job_is_left_behind():
    threads, gate, seen = Threads(), Gate(), []
    strand = threads.strand(overlap=False)
    strand.put(lambda: (threads.step_aside(), gate()))
    strand.put(seen.append, 1)
    assert gate.begun.wait(HANG)
    threads.relieve()
    threads.relieve()
    assert not seen
    gate.pass_through()
    finish(strand)
    assert seen == [1]


def test_a_thread_that_has_run_a_job_is_kept_for_its_strand_and_for_no_other():
    threads = Threads()
    one, other = threads.strand(overlap=True), threads.strand(overlap=True)
    kept = threading.local()

    def leave():
        kept.user = "alice"

    one.put(leave)
    first = finish(one)
    until(lambda: one.spares)
    found = []
    other.put(lambda: found.append(getattr(kept, "user", None)))
    assert finish(other) != first
    assert found == [None]
    assert finish(one) == first


def test_jobs_of_this_package_share_threads():
    threads = Threads()
    idents = set()
    for _ in range(3):
        done = threading.Event()
        threads.run(lambda done=done: (idents.add(threading.get_ident()), done.set()))
        assert done.wait(HANG)
        until(lambda: threads._shared)
    assert len(idents) == 1
    strand = threads.strand(overlap=True)
    assert finish(strand) in idents  # nothing was left in it
    until(lambda: strand.spares)
    assert not threads._shared


def test_no_more_threads_than_the_limit_and_jobs_wait_for_the_next_free_one(caplog):
    threads, gates = Threads(3), [Gate() for _ in range(10)]
    strands = [threads.strand(overlap=True) for _ in gates]
    with caplog.at_level(logging.WARNING):
        for strand, gate in zip(strands, gates, strict=True):
            strand.put(gate)
    assert threads.count == 3
    assert [record.message for record in caplog.records if record.name != "asyncio"] == [
        "3 threads run handlers: others wait, see max_threads"
    ]
    for number, gate in enumerate(gates):
        gate.pass_through()
        if number < 7:
            assert gates[number + 3].begun.wait(HANG)  # in order
        assert threads.count <= 3


def test_jobs_of_this_package_do_not_wait_for_handlers(monkeypatch):
    threads, gate = Threads(1), Gate()
    threads.strand(overlap=True).put(gate)
    waiting, done = threading.Event(), threading.Event()
    threads.strand(overlap=True).put(waiting.set)
    with monkeypatch.context() as patch:
        refuse_threads(patch)
        threads.run(done.set)
    threads.tend()
    assert done.wait(HANG)
    assert not waiting.is_set()
    assert threads.count == 1
    gate.pass_through()
    assert waiting.wait(HANG)


def test_at_the_limit_the_thread_that_rests_longest_makes_room():
    threads = Threads(2)
    one, two, three = (threads.strand(overlap=True) for _ in range(3))
    for strand in (one, two, three):
        finish(strand)
        until(lambda strand=strand: strand.spares)
    assert not one.spares
    assert two.spares
    assert threads.count == 2


def test_a_busy_strand_lets_others_have_its_turn():
    threads = Threads(1)
    busy, other = threads.strand(overlap=True), threads.strand(overlap=True)
    gate, seen = Gate(), []
    busy.put(gate)
    for number in range(1000):
        busy.put(seen.append, number)
    other.put(lambda: seen.append("other"))
    gate.pass_through()
    until(lambda: len(seen) == 1001)
    assert seen.index("other") < 100
    seen.remove("other")
    assert seen == list(range(1000))


def test_a_thread_that_cannot_be_started_costs_no_job(monkeypatch, caplog):
    threads, gate = Threads(), Gate()
    one, other = threads.strand(overlap=True), threads.strand(overlap=True)
    one.put(gate)
    assert gate.begun.wait(HANG)
    done = threading.Event()
    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):
        refuse_threads(patch)
        other.put(done.set)
        other.put(done.set)
        threads.tend()
        assert not done.is_set()
    assert len([record for record in caplog.records if record.name != "asyncio"]) == 1
    assert "can't start new thread" in caplog.text
    gate.pass_through()  # a thread is free
    assert done.wait(HANG)


def test_jobs_that_found_no_thread_begin_when_there_may_be_some(monkeypatch):
    threads, done = Threads(), threading.Event()
    with monkeypatch.context() as patch:
        refuse_threads(patch)
        threads.strand(overlap=True).put(done.set)
    threads.tend()
    assert done.wait(HANG)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_job_that_ends_its_thread_takes_none_along():
    threads = Threads()
    strand, gate = threads.strand(overlap=True), Gate()

    def leave():
        gate()
        raise SystemExit

    strand.put(leave)
    done = threading.Event()
    strand.put(done.set)
    assert gate.begun.wait(HANG)
    [thread] = [each for each in threading.enumerate() if each.ident == gate.thread]
    gate.pass_through()
    thread.join(HANG)
    assert done.wait(HANG)
    assert threads.count == 1


def test_threads_that_have_nothing_to_do_end(monkeypatch):
    monkeypatch.setattr(module, "IDLE_SECONDS", 0.01)
    threads = Threads()
    strand = threads.strand(overlap=True)
    first = finish(strand)
    threads.run(int)
    until(lambda: threads.count == 0)
    assert not strand.spares
    assert first
    finish(strand)


def test_the_watch_relieves_and_ends(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    monkeypatch.setattr(module, "IDLE_SECONDS", 0.05)
    threads, gate = Threads(), Gate()
    strand = threads.strand(overlap=True)
    strand.put(gate)
    finish(strand)
    gate.pass_through()
    until(lambda: not threads._watching)
    assert isinstance(strand, Strand)


def test_one_client_leaves_threads_for_others(caplog):
    threads, gates = Threads(40), [Gate() for _ in range(14)]
    one, other = threads.strand(overlap=True), threads.strand(overlap=True)
    with caplog.at_level(logging.WARNING):
        for number, gate in enumerate(gates):
            one.put(gate)
            until(lambda gate=gate: threads.relieve() or gate.begun.is_set() or one.count == 10)
            assert number < 10 or not gate.begun.is_set()
        until(lambda: threads.relieve() or caplog.records)
    assert all(gate.begun.wait(HANG) for gate in gates[:10])
    assert threads.count == one.count == 10
    assert [record.message for record in caplog.records if record.name != "asyncio"] == [
        "10 threads run handlers of one client: its others wait"
    ]
    finish(other)
    for gate in gates:
        until(lambda gate=gate: threads.relieve() or gate.begun.is_set())
        assert one.count <= 10
        gate.pass_through()
    finish(one)

"""Handlers in greenlets, over a hub of a few lines: who runs in which one, and when."""

import subprocess
import weakref
from collections import deque
from contextvars import ContextVar

import pytest

from sio_server.concurrency.eventlet_mode import EventletFlag, EventletLock
from sio_server.concurrency.greenlets import Greenlets
from tests.support.components import require

greenlet = pytest.importorskip("greenlet", reason="comes with gevent and eventlet")


class Hub:
    """Switches to what is due, in turns."""

    def __init__(self) -> None:
        self.main = greenlet.getcurrent()
        self.due: deque = deque()
        self.calls: list = []
        self.all: dict[int, greenlet.greenlet] = {}
        """Every greenlet by its id: a reference that handlers took would be noticed."""

    def switch(self):
        return self.main.switch()

    def spawn(self, target, *args):
        new = greenlet.greenlet(target, parent=self.main)
        self.all[id(new)] = new
        self.due.append((new, args))

    def resume(self, hub, waiting):
        assert hub is self
        self.due.append((self.all.get(waiting, waiting), ()))

    def later(self, seconds, call):
        self.calls.append(call)

    def pass_time(self):
        calls, self.calls = self.calls, []
        for call in calls:
            call()
        self.run_dry()

    def turn(self):
        """Run what is due now, not what that adds."""
        for _ in range(len(self.due)):
            target, args = self.due.popleft()
            target.switch(*args)

    def run_dry(self):
        while self.due:
            self.turn()


@pytest.fixture
def hub():
    return Hub()


@pytest.fixture
def greenlets(hub):
    return Greenlets(lambda: hub, hub.spawn, hub.resume, greenlet.getcurrent, hub.later)


@pytest.fixture
def seen():
    return []


def note(seen):
    seen.append(id(greenlet.getcurrent()))


def test_handlers_that_do_not_wait_share_a_greenlet(hub, greenlets, seen):
    for _ in range(3):
        greenlets.run(note, seen)
    hub.turn()
    assert len(seen) == 3
    assert len(set(seen)) == 1


def test_a_greenlet_that_has_run_a_handler_waits_for_another(hub, greenlets, seen):
    for _ in range(3):
        greenlets.run(note, seen)
        hub.run_dry()
    assert len(set(seen)) == 1


def test_no_handler_waits_for_another_one(hub, greenlets, seen):
    def wait():
        note(seen)
        hub.switch()
        note(seen)

    for _ in range(5):
        greenlets.run(wait)
    greenlets.run(note, seen)
    hub.run_dry()
    assert len(seen) == len(set(seen)) == 6
    hub.resume(hub, seen[0])
    greenlets.run(note, seen)
    hub.run_dry()
    assert seen[6] == seen[0]
    assert len(seen) == 8


def test_many_handlers_that_wait_take_one_greenlet_each(hub, greenlets, seen):
    def wait():
        note(seen)
        hub.switch()

    for _ in range(100):
        greenlets.run(wait)
    hub.run_dry()
    assert len(set(seen)) == 100
    assert len(hub.all) <= 101


def test_all_that_is_left_begins_at_once_when_handlers_wait(hub, greenlets, seen):
    def wait():
        note(seen)
        hub.switch()

    for _ in range(20):
        greenlets.run(wait)
    for _ in range(3):
        hub.turn()
    assert len(seen) == 20


def test_a_handler_sees_no_variable_of_another_one(hub, greenlets, seen):
    variable = ContextVar("variable", default="empty")

    def use():
        seen.append(variable.get())
        variable.set("used")

    for _ in range(2):
        greenlets.run(use)
    hub.run_dry()
    assert seen == ["empty", "empty"]


WEAKLY_KEPT: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()
KEPT: list = []


def keep_in_its_dictionary():
    greenlet.getcurrent().user = "alice"


def keep_by_a_weak_reference():
    WEAKLY_KEPT[greenlet.getcurrent()] = "alice"


def keep_by_a_reference():
    KEPT.append(greenlet.getcurrent())


@pytest.mark.parametrize(
    "keep", [keep_in_its_dictionary, keep_by_a_weak_reference, keep_by_a_reference]
)
def test_a_greenlet_for_which_something_is_kept_is_given_up(hub, greenlets, seen, keep):
    for job in (keep, note, note, keep, note):
        greenlets.run(lambda job=job: (note(seen), job(*([seen] if job is note else []))))
    hub.run_dry()
    used = [seen[index] for index in (0, 1, 3, 5, 6)]
    assert len(set(used)) == 3  # up to the first, to the second, and the last
    assert used[1] == used[2] == used[3]


LOCAL_VARIABLES = {
    "gevent": """
from gevent import sleep
from gevent.local import local
from sio_server.concurrency.gevent_mode import gevent_mode as concurrency
""",
    "eventlet": """
import warnings
warnings.simplefilter("ignore")
from eventlet import sleep
from eventlet.corolocal import local
from sio_server.concurrency.eventlet_mode import eventlet_mode as concurrency
""",
}
HANDLERS = """
import logging
variables, seen = local(), []
def use():
    seen.append(getattr(variables, "user", "nobody"))
    variables.user = "alice"
workers = concurrency().workers(10, logging.getLogger())
for number in range(3):
    workers.run(use)
    while len(seen) <= number:
        sleep(0)
print(*seen)
"""


@pytest.mark.parametrize("library", LOCAL_VARIABLES)
def test_greenlet_local_variables_of_a_handler_are_gone_in_the_next(library):
    command = [require("greenlets"), "-c", LOCAL_VARIABLES[library] + HANDLERS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("nobody nobody nobody\n", "", 0)


def test_a_strand_runs_its_jobs_one_after_another_where_that_is_asked_for(hub, greenlets, seen):
    waiting = []

    def wait():
        note(waiting)
        hub.switch()
        note(seen)

    strand, other = greenlets.strand(overlap=False), greenlets.strand(overlap=True)
    strand.put(wait)
    strand.put(wait)
    other.put(wait)
    hub.run_dry()
    assert len(waiting) == 2
    hub.resume(hub, waiting[0])
    hub.run_dry()
    assert len(waiting) == 3
    assert len(seen) == 1
    strand.put(note, seen)
    hub.run_dry()
    assert len(seen) == 1
    hub.resume(hub, waiting[2])
    hub.run_dry()
    assert len(seen) == 3


def test_a_job_that_ends_its_greenlet_does_not_end_its_strand(hub, greenlets, seen):
    def leave():
        raise greenlet.GreenletExit

    strand = greenlets.strand(overlap=False)
    strand.put(leave)
    strand.put(note, seen)
    hub.run_dry()
    assert len(seen) == 1


def test_a_greenlet_that_is_ended_while_it_waits_is_not_missed(hub, greenlets, seen):
    greenlets.run(note, seen)
    hub.run_dry()
    hub.all[seen[0]].throw(greenlet.GreenletExit)
    greenlets.run(note, seen)
    hub.run_dry()
    assert len(set(seen)) == 2


def test_a_job_on_its_way_to_a_greenlet_that_is_ended_goes_to_another(hub, greenlets, seen):
    greenlets.run(note, seen)
    hub.run_dry()
    greenlets.run(note, seen)
    hub.all[seen[0]].throw(greenlet.GreenletExit)
    hub.run_dry()
    assert len(set(seen)) == 2
    greenlets.run(note, seen)
    hub.run_dry()
    assert len(seen) == 3


def test_a_greenlet_that_is_called_for_nothing_and_ended_is_not_waited_for(hub, greenlets, seen):
    for _ in range(2):
        greenlets.run(note, seen)
    hub.turn()  # both ran in the first one; the second one is on its way
    hub.run_dry()
    assert len(seen) == 2
    greenlets.run(note, seen)
    hub.run_dry()
    assert len(seen) == 3


def test_a_handler_that_ends_its_greenlet_takes_nobody_along(hub, greenlets, seen):
    def leave():
        raise greenlet.GreenletExit

    greenlets.run(leave)
    greenlets.run(note, seen)
    hub.run_dry()
    assert len(seen) == 1


def test_another_hub_gets_new_greenlets(hub, seen):
    other = Hub()
    hubs = [hub]
    greenlets = Greenlets(
        lambda: hubs[0],
        lambda *args: hubs[0].spawn(*args),
        hub.resume,
        greenlet.getcurrent,
        hub.later,
    )
    greenlets.run(note, seen)
    hub.run_dry()
    hubs[0] = other
    greenlets.run(note, seen)
    assert not hub.due
    other.run_dry()
    assert len(set(seen)) == 2


def test_greenlets_that_have_nothing_to_do_end(hub, greenlets, seen):
    def wait():
        note(seen)
        hub.switch()

    for _ in range(5):
        greenlets.run(wait)
    hub.run_dry()
    for waiting in seen:
        hub.resume(hub, waiting)
    hub.run_dry()
    hub.pass_time()
    greenlets.run(note, seen)  # one of them is needed
    hub.run_dry()
    assert not any(hub.all[each].dead for each in seen)
    hub.pass_time()
    assert not hub.all[seen[5]].dead
    assert sum(hub.all[each].dead for each in set(seen)) >= 4
    hub.pass_time()
    assert all(hub.all[each].dead for each in seen)
    assert not hub.calls
    greenlets.run(note, seen)
    hub.run_dry()
    assert len(seen) == 7


class Once:
    """What eventlet calls an event."""

    def __init__(self) -> None:
        self.sent = False

    def ready(self):
        return self.sent

    def send(self, value):
        assert not self.sent
        self.sent = True

    def wait(self, timeout=None):
        return self.sent or None


def test_a_flag_of_eventlet_can_be_set_again_and_cleared():
    flag = EventletFlag(Once)
    assert not flag.is_set()
    assert flag.wait(0) is False
    flag.set()
    flag.set()
    assert flag.is_set()
    assert flag.wait() is True
    flag.clear()
    flag.clear()
    assert not flag.is_set()


def test_a_lock_of_eventlet_waits_until_it_is_given_back():
    turns = []

    def sleep(seconds):
        turns.append(seconds)
        if len(turns) % 2 == 0:
            lock.release()

    lock = EventletLock(sleep)
    with lock:
        assert not lock.acquire(False)
        assert lock.acquire()  # given back in the second turn
        with lock:  # and again
            pass
    assert turns == [0, 0, 0, 0]
    assert lock.acquire(False)


SOCKETS = """
import socket
import gevent.socket
from sio_server.concurrency.gevent_mode import gevent_mode

mode = gevent_mode()
here, there = socket.socketpair()
reader = gevent.socket.socket(fileno=there.detach())
got = []
reading = mode.spawn(lambda: got.append(reader.recv(1)))
mode.sleep(0)
here.send(b"x")
turns = 0
while not got:
    mode.sleep(0)
    turns += 1
print(turns < 5)
"""


def test_a_turn_of_gevent_looks_at_the_sockets():
    command = [require("greenlets"), "-c", SOCKETS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("True\n", "", 0)


JOINS = """
from sio_server.concurrency.%(mode)s_mode import %(mode)s_mode

mode = %(mode)s_mode()
go_on, seen = mode.event(), []
def wait():
    go_on.wait()
    seen.append("over")
task = mode.spawn(wait)
task.join(0.01)
seen.append("waited for long enough")
go_on.set()
task.join()
task.join(60)
print(seen)
"""


@pytest.mark.parametrize("mode", ["gevent", "eventlet"])
def test_a_background_task_is_waited_for_as_long_as_asked(mode):
    command = [require("greenlets"), "-W", "ignore", "-c", JOINS % {"mode": mode}]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    expected = "['waited for long enough', 'over']\n"
    assert (done.stdout, done.stderr, done.returncode) == (expected, "", 0)

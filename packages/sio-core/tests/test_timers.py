"""`timers.py`: exact deadlines, a small heap, and nothing kept alive."""

import gc
import weakref

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sio_core.timers import Timed, Timers


class Alarm(Timed):
    __slots__ = ("__weakref__", "name")

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self.name = name

    def deadline_passed(self, now: float) -> list[str]:
        return [f"{self.name} at {now:g}"]


def drain(timers: Timers[str], now: float) -> list[str]:
    events: list[str] = []
    while (owner := timers.pop_due(now)) is not None:
        events += owner.deadline_passed(now)
    return events


def test_deadlines_come_in_order_and_once() -> None:
    timers: Timers[str] = Timers()
    a, b, c = Alarm("a"), Alarm("b"), Alarm("c")
    timers.set(b, 2.0)
    timers.set(a, 1.0)
    timers.set(c, 2.0)
    assert (timers.next, len(timers), a.due) == (1.0, 3, 1.0)
    assert drain(timers, 0.5) == []
    assert drain(timers, 2.0) == ["a at 2", "b at 2", "c at 2"]
    assert (timers.next, len(timers), a.due, a.passed) == (None, 0, None, 1.0)
    assert drain(timers, 9.0) == []


def test_moving_later_adds_no_entry() -> None:
    timers: Timers[str] = Timers()
    first, moved = Alarm(), Alarm()
    timers.set(first, 1.0)
    timers.set(moved, 2.0)
    for moment in range(3, 100):
        timers.set(moved, float(moment))
    assert len(timers._heap) == 2
    timers.set(first, 50.0)  # the top of the heap: the next deadline is known at once
    assert timers.next == 50.0
    assert len(timers._heap) == 2


def test_setting_again_goes_behind_equal_deadlines() -> None:
    timers: Timers[str] = Timers()
    a, b = Alarm("a"), Alarm("b")
    timers.set(a, 1.0)
    timers.set(b, 1.0)
    timers.set(a, 1.0)
    assert drain(timers, 1.0) == ["b at 1", "a at 1"]


def test_minus_infinity_is_due_at_once() -> None:
    timers: Timers[str] = Timers()
    a = Alarm("a")
    timers.set(a, 5.0)
    timers.set(a, float("-inf"))
    assert drain(timers, 0.0) == ["a at 0"]
    assert timers.next is None


def test_cancelling_what_has_no_deadline_does_nothing() -> None:
    timers: Timers[str] = Timers()
    timers.cancel(Alarm())
    assert timers.next is None


def test_cancelled_owners_are_let_go() -> None:
    timers: Timers[str] = Timers()
    keeper = Alarm()
    timers.set(keeper, 0.0)
    cancelled = []
    for moment in range(1000):
        owner = Alarm()
        timers.set(owner, 10.0 + moment)
        timers.cancel(owner)
        cancelled.append(weakref.ref(owner))
    del owner
    gc.collect()
    assert sum(ref() is not None for ref in cancelled) <= 65
    assert len(timers._heap) <= 66
    assert (timers.next, len(timers)) == (0.0, 1)


def test_moving_earlier_again_and_again_leaves_bounded_garbage() -> None:
    timers: Timers[str] = Timers()
    a = Alarm("a")
    for moment in range(1000, 0, -1):
        timers.set(a, float(moment))
    assert len(timers._heap) <= 66
    assert (timers.next, len(timers)) == (1.0, 1)


class TimersMachine(RuleBasedStateMachine):
    """A list sorted for every question says what the heap must say."""

    def __init__(self) -> None:
        super().__init__()
        self.timers: Timers[str] = Timers()
        self.owners = [Alarm(str(number)) for number in range(8)]
        self.model: dict[Alarm, tuple[float, int]] = {}
        self.order = 0
        self.last_due: float | None = None
        self.last_count = 0

    @rule(index=st.integers(0, 7), when=st.integers(0, 12))
    def set(self, index: int, when: int) -> None:
        self.order += 1
        self.model[self.owners[index]] = (float(when), self.order)
        self.timers.set(self.owners[index], float(when))

    @rule(index=st.integers(0, 7))
    def cancel(self, index: int) -> None:
        self.model.pop(self.owners[index], None)
        self.timers.cancel(self.owners[index])

    @rule(times=st.integers(1, 80), index=st.integers(0, 7))
    def churn(self, times: int, index: int) -> None:
        for _ in range(times):
            self.set(index, 12)
            self.set(index, 11)

    @rule(now=st.integers(0, 13))
    def pop(self, now: int) -> None:
        due = sorted((key, owner.name) for owner, key in self.model.items() if key[0] <= now)
        popped = self.timers.pop_due(float(now))
        if not due:
            assert popped is None
        else:
            assert isinstance(popped, Alarm)
            assert popped.name == due[0][1]
            del self.model[popped]

    @invariant()
    def next_is_exact(self) -> None:
        expected = min((key[0] for key in self.model.values()), default=None)
        assert self.timers.next == expected
        assert len(self.timers) == len(self.model)
        for owner in self.owners:
            assert owner.due == self.model.get(owner, (None,))[0]

    @invariant()
    def no_deadline_comes_nearer_unseen(self) -> None:
        due, count = self.timers.next, self.timers.moves.count
        if due is not None and (self.last_due is None or due < self.last_due):
            assert count > self.last_count
        self.last_due, self.last_count = due, count

    @invariant()
    def garbage_is_bounded(self) -> None:
        assert len(self.timers._heap) <= 2 * len(self.model) + 66


TestTimersMachine = TimersMachine.TestCase

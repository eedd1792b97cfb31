"""`heartbeats.py`: each session in one tick, none too early, nothing kept alive."""

import gc
import weakref
from math import ceil

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sio_core.engineio.heartbeats import Heartbeats, Tick
from sio_core.timers import Moves


class Client:
    def __init__(self, name: str = "") -> None:
        self.name = name
        self.beat_due: float | None = None
        self.tick: Tick | None = None

    def __repr__(self) -> str:
        return self.name


def test_those_of_one_tick_are_taken_together_when_it_ends() -> None:
    beats: Heartbeats[Client] = Heartbeats(Moves())
    a, b, c = Client("a"), Client("b"), Client("c")
    beats.set(a, 1.5, 0.5)
    beats.set(b, 1.25, 0.5)
    beats.set(c, 1.625, 0.5)
    assert (beats.next, len(beats)) == (1.5, 3)
    assert beats.take_due(1.4, 10) == []
    assert beats.take_due(9.0, 10) == [a, b]
    assert (beats.next, len(beats)) == (2.0, 1)
    assert (a.beat_due, a.tick, b.beat_due) == (1.5, None, 1.25)
    assert beats.take_due(9.0, 10) == [c]
    assert beats.take_due(9.0, 10) == []
    assert (beats.next, len(beats)) == (None, 0)


def test_as_many_are_taken_as_are_asked_for() -> None:
    beats: Heartbeats[Client] = Heartbeats(Moves())
    clients = [Client(str(number)) for number in range(7)]
    for client in clients:
        beats.set(client, 1.0, 0.25)
    assert beats.take_due(1.0, 3) == clients[:3]
    assert beats.next == 1.0
    assert beats.take_due(1.0, 4) == clients[3:]
    assert beats.next is None


def test_moves_are_counted_where_a_tick_is_the_first() -> None:
    moves = Moves()
    beats: Heartbeats[Client] = Heartbeats(moves)
    a, b = Client(), Client()
    beats.set(a, 5.0, 1.0)
    assert moves.count == 1
    beats.set(b, 6.0, 1.0)
    beats.set(b, 4.5, 1.0)  # the tick of `a`
    assert moves.count == 1
    beats.set(b, 4.0, 1.0)
    assert (moves.count, beats.next) == (2, 4.0)
    beats.set(b, 7.0, 1.0)
    assert (moves.count, beats.next) == (2, 5.0)


def test_one_is_in_the_last_tick_it_was_put_into() -> None:
    beats: Heartbeats[Client] = Heartbeats(Moves())
    a = Client("a")
    for when in (3.0, 1.0, 2.0, 2.0, 1.75):
        beats.set(a, when, 1.0)
    assert (beats.next, len(beats), a.beat_due) == (2.0, 1, 1.75)
    assert beats.take_due(2.0, 9) == [a]
    assert beats.next is None


def test_cancelling_lets_go() -> None:
    beats: Heartbeats[Client] = Heartbeats(Moves())
    beats.cancel(Client())
    gone = []
    for number in range(100):
        client = Client()
        beats.set(client, float(number % 10), 1.0)
        gone.append(weakref.ref(client))
        beats.cancel(client)
        assert (client.beat_due, client.tick) == (None, None)
    del client
    gc.collect()
    assert not any(ref() for ref in gone)
    assert (beats.next, len(beats), beats._heap, beats._ticks) == (None, 0, [], {})


def test_ticks_that_all_have_left_do_not_add_up() -> None:
    beats: Heartbeats[Client] = Heartbeats(Moves())
    a = Client()
    for beat in range(10_000):
        beats.take_due(beat / 100, 10)
        beats.set(a, beat / 100 + 2.0, 0.25)  # a pong that is due
        beats.set(a, beat / 100 + 2.5, 0.25)  # the next ping, since it came
    assert len(beats._heap) == len(beats._ticks) <= 12


class HeartbeatsMachine(RuleBasedStateMachine):
    """A dictionary that is looked through for every question says what the ticks must say."""

    def __init__(self) -> None:
        super().__init__()
        self.beats: Heartbeats[Client] = Heartbeats(Moves())
        self.clients = [Client(str(number)) for number in range(8)]
        self.model: dict[Client, float] = {}

    @rule(
        index=st.integers(0, 7),
        when=st.floats(0, 12, allow_subnormal=False),
        length=st.sampled_from((0.25, 1.0, 4.0)),
    )
    def set(self, index: int, when: float, length: float) -> None:
        client, time = self.clients[index], ceil(when / length) * length
        if self.model.get(client) != time:
            self.model.pop(client, None)
        self.model[client] = time
        self.beats.set(client, when, length)
        assert client.beat_due == when
        assert 0 <= time - when <= length

    @rule(index=st.integers(0, 7))
    def cancel(self, index: int) -> None:
        self.model.pop(self.clients[index], None)
        self.beats.cancel(self.clients[index])

    @rule(now=st.integers(0, 13), most=st.integers(1, 3))
    def take(self, now: int, most: int) -> None:
        first = min(self.model.values(), default=99.0)
        due = [client for client, time in self.model.items() if time == first <= now]
        assert self.beats.take_due(float(now), most) == due[:most]
        for client in due[:most]:
            del self.model[client]

    @invariant()
    def next_is_exact(self) -> None:
        assert self.beats.next == min(self.model.values(), default=None)
        assert len(self.beats) == len(self.model)
        assert sorted(self.beats._heap) == sorted(self.beats._ticks)


TestHeartbeatsMachine = HeartbeatsMachine.TestCase

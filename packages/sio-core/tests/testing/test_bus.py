"""The bus itself: what it delivers, and the trouble that it makes."""

from random import Random
from typing import Any

from sio_core.cluster import EmitReceived, HealthChanged, Node
from sio_core.socketio import Emit
from sio_core.testing import Bus, BusLine, BusTroubles, FakeClock


def two() -> tuple[Bus, BusLine, BusLine]:
    bus = Bus()
    lines = [bus.join(Node(host_id=name, tag=name * 8)) for name in "ab"]
    for line in lines:
        line.node.room_created("/", "chat", 0.0)
    bus.run()
    for line in lines:
        line.events.clear()
    return bus, lines[0], lines[1]


def emit(line: BusLine, text: str) -> None:
    line.node.emit(Emit(text, (), to=("chat",)), 0.0)


def heard(line: BusLine) -> list[Any]:
    return [event.message.frames[0] for event in line.events if isinstance(event, EmitReceived)]


def test_messages_go_to_who_is_subscribed() -> None:
    bus, first, second = two()
    emit(first, "a")
    assert bus.step()
    assert bus.step()
    assert not bus.step()
    assert heard(second) == ['42["a"]']
    assert heard(first) == []
    assert bus.published[-1][0] == "socketio#r#/#chat"


def test_events_are_told_as_they_happen() -> None:
    bus, told = Bus(FakeClock(5.0)), list[Any]()
    line = bus.join(Node(host_id="a", tag="a" * 8), told.append)
    bus.run()
    assert told == line.events
    assert isinstance(told[0], HealthChanged)


def test_a_cut_line_hears_nothing_until_it_is_mended() -> None:
    bus, first, second = two()
    emit(first, "a")
    bus.settle()
    bus.cut(second)
    bus.cut(second)
    bus.run()
    emit(second, "b")
    bus.run()
    assert heard(second) == heard(first) == []
    bus.mend(second)
    bus.mend(second)
    bus.run()
    assert heard(first) == ['42["b"]']
    emit(first, "c")
    bus.run()
    assert heard(second) == ['42["c"]']


def test_a_killed_node_is_gone() -> None:
    bus, first, second = two()
    bus.kill(second)
    emit(first, "a")
    bus.run()
    assert heard(second) == []


def test_trouble_happens_as_often_as_it_is_wanted() -> None:
    for troubles, least, most in (
        (BusTroubles(), 100, 100),
        (BusTroubles(lose=1.0), 0, 0),
        (BusTroubles(lose=0.5), 20, 80),
        (BusTroubles(cut=0.1), 1, 99),
    ):
        bus, first, second = two()
        for number in range(100):
            emit(first, str(number))
        bus.run(Random(1), troubles)
        assert least <= len(heard(second)) <= most
    bus, first, second = two()
    for number in range(100):
        emit(first, str(number))
    bus.run(Random(1), BusTroubles(duplicate=0.5, reorder=0.5))
    assert len(heard(second)) == 100
    assert heard(second) != [f'42["{number}"]' for number in range(100)]
    assert second.node.health().counters.duplicates > 20


def test_time_passes_deadline_by_deadline() -> None:
    bus, first, _ = two()
    bus.run_for(25.0)
    assert bus.clock.now == 25.0
    assert first.node.health().round_trip == 0.0
    empty = Bus()
    empty.run_for(5.0)
    assert empty.clock.now == 5.0

"""What holds on a broker that loses, doubles and reorders messages and breaks connections."""

from random import Random

import pytest

from sio_core.cluster import (
    EmitReceived,
    Found,
    HealthChanged,
    MessageRefused,
    NodeConfig,
    PublicationsDropped,
    RemoteAckGivenUp,
    RemoteAckReceived,
    RoutingChanged,
)
from sio_core.socketio import Emit
from sio_core.testing import BusLine, BusTroubles

from .nodes import ID, Cluster, make, sid, tag

SEEDS = range(12)
TROUBLES = BusTroubles(lose=0.05, duplicate=0.2, reorder=0.3, cut=0.01)
ROOMS = ("a", "b", ("c", 1))


def received(line: BusLine) -> list[int]:
    """Return the numbers of the events that came to a node."""
    numbers: list[int] = []
    for event in line.events:
        if isinstance(event, EmitReceived):
            if event.message is None:
                numbers.append(event.emit.args[0])
            else:
                numbers.append(int(str(event.message.frames[0])[10:-1]))
    return numbers


def send_and_shake(
    cluster: Cluster, chance: Random, troubles: BusTroubles, count: int = 60
) -> dict[int, set[int]]:
    """Emit numbers, and move messages meanwhile. Returns to whom each is addressed."""
    expected: dict[int, set[int]] = {}
    members = {room: {1, 2, 3} for room in ROOMS[:2]} | {ROOMS[2]: {2}}
    for number in range(100, 100 + count):
        sender = chance.randrange(len(cluster.lines))
        room = ROOMS[chance.randrange(3)] if chance.random() < 0.7 else None
        cluster.emit(sender, number, to=None if room is None else (room,))
        everybody = set(range(len(cluster.lines)))
        expected[number] = (everybody if room is None else members[room]) - {sender}
        for _ in range(chance.randrange(6)):
            cluster.bus.step(chance, troubles)
    cluster.bus.run(chance, troubles)
    return expected


def sid_of(line: BusLine) -> str:
    return f"{line.node.tag}.{ID}"


def fleet(seed: int, config: NodeConfig | None = None, **options: bool) -> Cluster:
    cluster = Cluster(4, config, **options)
    for number in range(4):
        node = cluster.node(number)
        node.room_created("/", sid(number), 0.0)
        if number:
            node.room_created("/", "a", 0.0)
            node.room_created("/", "b", 0.0)
        if number == 2:
            node.room_created("/", ROOMS[2], 0.0)
    cluster.clear()
    return cluster


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("routing", [True, False])
def test_nothing_comes_twice_and_nothing_to_others(seed: int, routing: bool) -> None:
    chance, cluster = Random(seed), fleet(seed, NodeConfig(routing=routing))
    expected = send_and_shake(cluster, chance, TROUBLES)
    for number, line in enumerate(cluster.lines):
        numbers = received(line)
        assert numbers
        assert len(numbers) == len(set(numbers))
        if routing:
            assert all(number in expected[each] for each in numbers)
        assert not any(isinstance(event, MessageRefused) for event in line.events)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("routes", [True, False])
def test_everything_comes_where_nothing_is_lost(seed: int, routes: bool) -> None:
    chance, cluster = Random(seed), fleet(seed, NodeConfig(routing=True), routes=routes)
    expected = send_and_shake(cluster, chance, BusTroubles(duplicate=0.2, reorder=0.5))
    for number, line in enumerate(cluster.lines):
        assert set(received(line)) == {each for each, to in expected.items() if number in to}


def test_order_is_kept_where_the_broker_keeps_it() -> None:
    for seed in SEEDS:
        cluster = fleet(seed)
        chance = Random(seed)
        for number in range(100, 140):
            cluster.emit(0, number, to=(ROOMS[chance.randrange(2)],))
            cluster.bus.step(chance)
        cluster.bus.run(chance)
        assert received(cluster.lines[1]) == list(range(100, 140))


@pytest.mark.parametrize("seed", SEEDS)
def test_after_all_troubles_the_fleet_is_whole(seed: int) -> None:
    chance, cluster = Random(seed), fleet(seed)
    send_and_shake(cluster, chance, TROUBLES)
    cluster.bus.run_for(30.0)
    for number, line in enumerate(cluster.lines):
        assert line.node.health().healthy
        assert set(line.node.nodes) == {tag(other) for other in range(4)} - {tag(number)}
    cluster.clear()
    cluster.emit(0, 777, to=("a",))
    cluster.bus.run()
    assert [received(line) for line in cluster.lines] == [[], [777], [777], [777]]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_question_is_answered_once(seed: int) -> None:
    chance, cluster = Random(seed), fleet(seed)
    answers: list[object] = []
    for number in range(40):
        asked = cluster.node(chance.randrange(4))
        client = sid(chance.randrange(6)) if chance.random() < 0.5 else "plain"
        answers += asked.find(client, "/", number, cluster.now + 5.0, cluster.now)
        if chance.random() < 0.5:
            asked.emit_with_ack(Emit("ask", (), to=(client,)), 1_000 + number, cluster.now, 5.0)
        cluster.bus.step(chance, TROUBLES)
    cluster.bus.run(chance, TROUBLES)
    cluster.bus.run_for(10.0)
    answers += [event for line in cluster.lines for event in line.events]
    found = [event.token for event in answers if isinstance(event, Found)]
    assert sorted(found) == list(range(40))
    given_up = [event.token for event in answers if isinstance(event, RemoteAckGivenUp)]
    assert len(given_up) == len(set(given_up))
    assert not any(isinstance(event, RemoteAckReceived) for event in answers)


def calls_that_end(seed: int, *, routes: bool) -> int:
    """Have nodes call clients of others, which go. Returns how many of the calls end."""
    chance, cluster = Random(seed), fleet(seed, routes=routes)
    told = 0
    for number in range(40):
        asking, asked = chance.sample(cluster.lines, 2)
        ask = Emit("ask", (), to=(sid_of(asked),))
        asking.node.emit_with_ack(ask, number, cluster.now)
        cluster.bus.step(chance, TROUBLES)
        for line in cluster.lines:
            for event in line.events:
                if isinstance(event, EmitReceived) and event.emit.to == (sid_of(line),):
                    assert event.ack is not None
                    line.node.no_ack(event.ack, cluster.now)
                    told += 1
            line.events = [event for event in line.events if not isinstance(event, EmitReceived)]
    cluster.bus.run(chance, TROUBLES)
    events = [event for line in cluster.lines for event in line.events]
    assert not any(isinstance(event, RemoteAckReceived) for event in events)
    ended = [event.token for event in events if isinstance(event, RemoteAckGivenUp)]
    assert len(ended) == len(set(ended)) <= told
    return len(ended)


@pytest.mark.parametrize("routes", [True, False])
def test_a_call_to_a_client_that_goes_ends_once(routes: bool) -> None:
    assert sum(calls_that_end(seed, routes=routes) for seed in SEEDS) > 0  # some words are lost


def test_a_partition_heals() -> None:
    cluster = fleet(0)
    lost = cluster.lines[1]
    cluster.bus.cut(lost)
    assert isinstance(lost.events[-1], HealthChanged)
    cluster.emit(1, 100)  # waits for the broker
    cluster.emit(0, 101)
    cluster.bus.run_for(3.0)
    cluster.bus.mend(lost)
    cluster.bus.run()
    assert received(lost) == []  # what was sent meanwhile is lost to it
    assert received(cluster.lines[0]) == [100]
    cluster.emit(0, 102)
    cluster.bus.run()
    assert received(lost) == [102]
    cluster.bus.cut(lost)
    cluster.emit(1, 103)
    cluster.bus.run_for(60.0)
    assert any(isinstance(event, PublicationsDropped) for event in lost.events)
    cluster.bus.mend(lost)
    cluster.bus.run()
    assert received(cluster.lines[0]) == [100]


def test_a_process_that_starts_again_is_a_new_node() -> None:
    cluster = fleet(0)
    for number in range(10, 15):
        cluster.bus.kill(cluster.lines.pop())
        node = make(number)
        node.room_created("/", "a", cluster.now)
        cluster.add(node)
        cluster.bus.run_for(1.0)
        cluster.clear()
        cluster.emit(0, 100 + number, to=("a",))
        cluster.bus.run()
        assert received(cluster.lines[-1]) == [100 + number]
    assert len(cluster.node(0).nodes) == 8
    cluster.bus.run_for(30.0)
    assert len(cluster.node(0).nodes) == 3


def test_a_fleet_that_is_moved_server_by_server_hears_all() -> None:
    cluster = fleet(0)
    foreign = {
        "method": "emit",
        "event": "a",
        "data": [1],
        "binary": False,
        "namespace": "/",
        "room": "a",
        "skip_sid": None,
        "callback": None,
        "host_id": "theirs",
    }
    cluster.bus.publish("socketio", foreign)
    cluster.bus.run()
    assert all(isinstance(line.events[0], RoutingChanged) for line in cluster.lines)
    cluster.clear()
    cluster.emit(0, 100, to=("a",))
    cluster.node(0).enter_room(sid(1), "b", "/", cluster.now)
    cluster.bus.settle()
    assert {channel for channel, _ in cluster.bus.published} == {"socketio"}

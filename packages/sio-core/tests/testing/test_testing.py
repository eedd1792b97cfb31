"""`sio_core.testing`: the model complains, the network loses, and both can be repeated."""

import gc
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from sio_core import engineio
from sio_core.socketio import (
    ConnectionClosed,
    ConnectionOpened,
    ConnectionUpgraded,
    ConnectRequested,
    Disconnected,
    Event,
    EventReceived,
)
from sio_core.testing import (
    ClientModel,
    FakeClock,
    Ids,
    Net,
    Pair,
    ProtocolViolation,
    Received,
    TooSteep,
    Troubles,
    check_growth,
)
from sio_core.testing.actions import Ask, Cancel, Dial, HangUp, Write
from sio_core.testing.codec import Reader, Spoken, read_payload, write, write_payload

OPEN = b'0{"sid":"s","upgrades":["websocket"],"pingInterval":1,"pingTimeout":1,"maxPayload":1}'


def test_a_clock_moves_forward_only() -> None:
    clock = FakeClock(1.0)
    assert clock.advance(0.5) == clock.now == 1.5
    with pytest.raises(ValueError, match="back"):
        clock.advance(-1)


class Cost:
    """A function whose time is counted, and the clock that counts; `jump` is noise, once."""

    def __init__(self, of: Callable[[int], float], jump: float = 0.0) -> None:
        self.now = 0.0
        self.of = of
        self.jump = jump
        self.calls: list[int] = []

    def __call__(self, size: int) -> None:
        assert not gc.isenabled()
        self.calls.append(size)
        self.now += self.of(size)
        if size == 256 and self.jump:
            self.now += self.jump
            self.jump = 0.0

    def clock(self) -> float:
        return self.now


@pytest.mark.parametrize("collecting", [True, False])
def test_what_grows_with_its_input_passes(collecting: bool) -> None:
    cost = Cost(lambda size: size)
    if not collecting:
        gc.disable()
    try:
        check_growth(cost, int, 256, clock=cost.clock)
        assert gc.isenabled() is collecting
    finally:
        gc.enable()
    # The largest two once: they take three quarters of the time.
    small = [size for size in (1, 2, 4, 8, 16, 32, 64) for _ in range(3)]
    assert cost.calls == [*small, 128, 256]


def test_what_grows_with_the_square_of_its_input_does_not() -> None:
    cost = Cost(lambda size: size * size)
    with pytest.raises(TooSteep, match="from size 1 to 4 the time grows 16 times"):
        check_growth(cost, int, 256, clock=cost.clock)


def test_noise_is_measured_again() -> None:
    cost = Cost(lambda size: size, jump=10_000)
    check_growth(cost, int, 256, clock=cost.clock)
    assert cost.calls[-3:] == [256, 64, 256]


def test_no_input_is_smaller_than_the_smallest() -> None:
    cost = Cost(lambda size: size if size >= 16 else 0)
    check_growth(cost, int, 256, clock=cost.clock, smallest=16)
    assert sorted(set(cost.calls)) == [16, 32, 64, 128, 256]


def test_what_takes_less_than_counting_stops_nobody() -> None:
    cost = Cost(lambda size: size * size * 1e-12)
    times = iter(range(1_000_000))

    def clock() -> float:
        return cost.now + next(times) * 1e-3

    check_growth(cost, int, 256, clock=clock)
    cost = Cost(lambda size: size == 256)
    ticks = iter(range(1_000_000))
    check_growth(cost, int, 256, clock=lambda: cost.now + next(ticks))


def test_ids_count() -> None:
    ids = Ids("x")
    assert [ids(), ids(), Ids()()] == ["x1", "x2", "id1"]


# The codec -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoken", "packets"),
    [
        (Spoken(0), ["40"]),
        (Spoken(0, "/a", {"t": 1}), ['40/a,{"t": 1}']),
        (Spoken(1, "/a"), ["41/a,"]),
        (Spoken(2, "/", ["x", [None]], 7), ['427["x", [null]]']),
        (
            Spoken(2, "/a", ["x", {"k": b"1"}, b"2"]),
            [
                '452-/a,["x", {"k": {"_placeholder": true, "num": 0}}, '
                '{"_placeholder": true, "num": 1}]',
                b"1",
                b"2",
            ],
        ),
        (Spoken(3, "/", [b"1"], 0), ['461-0[{"_placeholder": true, "num": 0}]', b"1"]),
    ],
)
def test_what_is_written_can_be_read(spoken: Spoken, packets: list[Any]) -> None:
    assert write(spoken) == packets
    assert read_payload(write_payload(packets)) == packets
    reader = Reader()
    read = [reader.read(p[1:] if isinstance(p, str) else p) for p in packets]
    assert read == [*[None] * (len(packets) - 1), spoken]


@pytest.mark.parametrize(
    ("messages", "complaint"),
    [
        (["x"], "not a Socket.IO packet"),
        ([b"x"], "without a packet"),
        (["51-[]", "2[]"], "between"),
        (["50-[]"], "no attachment"),
        (["5[]"], "no attachment"),
    ],
)
def test_the_reader_complains(messages: list[Any], complaint: str) -> None:
    reader = Reader()
    with pytest.raises(ProtocolViolation, match=complaint):
        list(map(reader.read, messages))


# The model ----------------------------------------------------------------


def opened(*transports: str) -> ClientModel:
    """Return a client whose handshake is done."""
    client = ClientModel(transports or ("polling",))
    client.engine.open()
    client.engine.take_actions()
    client.engine.responded(1, 200, OPEN)
    client.engine.take_actions()
    return client


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (OPEN, "second open"),
        (b"5", "no server sends"),
        (b"", "no server sends"),
        (b'42["x"]', "not connected"),
        (b'40{"sid":"x"}', "was not made"),
    ],
)
def test_the_model_complains(body: bytes, complaint: str) -> None:
    client = opened()
    with pytest.raises(ProtocolViolation, match=complaint):
        client.engine.responded(2, 200, body)


def test_the_model_complains_of_the_handshake() -> None:
    client = ClientModel()
    client.engine.open()
    with pytest.raises(ProtocolViolation, match="other keys"):
        client.engine.responded(1, 200, b'0{"sid":"s"}')


@pytest.mark.parametrize("acks", [["430[]", "430[]"], ["431[]"]])
def test_the_model_complains_of_acknowledgements(acks: list[str]) -> None:
    client = opened()
    client.connect()
    client.emit_with_ack("x")
    body = "\x1e".join(['40{"sid":"x"}', *acks]).encode()
    with pytest.raises(ProtocolViolation, match="not asked for"):
        client.engine.responded(2, 200, body)


def test_a_probe_must_be_echoed() -> None:
    client = opened("polling", "websocket")
    with pytest.raises(ProtocolViolation, match="echo"):
        client.engine.frame(2, "6")


def test_the_steps_of_an_upgrade() -> None:
    client = ClientModel()
    engine = client.engine
    engine.open()
    assert engine.take_actions() == [Ask(1, "GET", "EIO=4&transport=polling")]
    client.connect()  # it waits for the handshake
    assert engine.take_actions() == []
    engine.responded(1, 200, OPEN)
    polling, websocket = "EIO=4&transport=polling&sid=s", "EIO=4&transport=websocket&sid=s"
    assert engine.take_actions() == [
        Dial(2, websocket),
        Ask(3, "GET", polling),
        Ask(4, "POST", polling, b"40"),
    ]
    engine.dialled(9)
    engine.dialled(2)
    engine.frame(2, "3probe")
    client.raw("43")
    engine.responded(4, 200, b"ok")
    assert engine.take_actions() == [Write(2, "2probe")]
    engine.responded(3, 200, b"6")
    assert engine.take_actions() == [Write(2, "5"), Write(2, "43")]
    assert engine.transport == "websocket"
    engine.hung_up(2)
    engine.hung_up(2)
    assert client.closed == "transport close"


def test_a_failed_upgrade_goes_on_with_polling() -> None:
    client = opened("polling", "websocket")
    client.engine.dialled(2)
    client.engine.frame(2, "3probe")
    client.engine.responded(3, 200, b"2")
    client.engine.take_actions()
    client = opened("polling", "websocket")
    client.engine.hung_up(2)
    client.engine.responded(3, 200, b"2")
    asked = [(a.method, a.body) for a in client.engine.take_actions() if isinstance(a, Ask)]
    assert asked == [("POST", b"3"), ("GET", b"")]
    assert client.engine.pings == 1


@pytest.mark.parametrize("how", ["failed", "status", "close"])
def test_the_ends_of_a_polling_session(how: str) -> None:
    client = opened("polling", "websocket")
    if how == "failed":
        client.engine.failed(99)
        assert client.closed is None
        client.engine.failed(3)
    elif how == "status":
        client.engine.responded(3, 400, b"")
    else:
        client.engine.responded(3, 200, b"1\x1e6")
    assert client.closed == ("transport close" if how == "close" else "transport error")
    actions = client.engine.take_actions()
    assert HangUp(2) in actions
    assert (Cancel(3) in actions) is (how == "failed")
    # It is over: nothing that comes later matters.
    client.raw("x")
    client.engine.close()
    client.engine.responded(3, 200, b"6")
    client.engine.frame(2, "x")
    assert client.engine.take_actions() == []


def test_what_was_on_its_way_when_the_client_left_is_ignored() -> None:
    pair = Pair(("websocket",))
    for _ in range(2):
        pair.client.connect()
        pair.run()
        pair.server.emit("late", [])
        pair.client.disconnect()
        pair.settle()
        pair.run()
    pair.client.connect()
    pair.client.disconnect()
    pair.run()
    assert pair.client.events == []
    assert pair.client.sids == {}


# The network --------------------------------------------------------------


def test_a_pair_that_leaves_the_answer_to_the_test() -> None:
    pair = Pair(accept=False)
    pair.client.connect()
    pair.run()
    assert [type(event) for event in pair.events[-2:]] == [ConnectRequested, ConnectionUpgraded]
    assert pair.client.sids == {}
    assert pair.quiet
    assert not pair.step()


@pytest.mark.parametrize("how", ["abort_poll", "drop_websocket", "duplicate"])
def test_trouble_needs_something_to_break(how: str) -> None:
    assert not getattr(Net(), how)()


def test_an_aborted_poll_ends_both_sides() -> None:
    pair = Pair(("polling",))
    pair.client.connect()
    pair.run()
    assert pair.abort_poll()
    assert pair.client.closed == "transport error"
    assert isinstance(pair.events[-1], ConnectionClosed)
    pair.run()
    assert pair.quiet


def test_a_client_that_gives_up_hangs_up_on_its_poll() -> None:
    pair = Pair(("polling",))
    pair.client.connect()
    pair.run()
    pair.client.emit("refused by a proxy")
    pair._collect()
    pair.client.engine.responded(max(number for _, number, _ in pair._sent), 502, b"")
    pair.run()
    assert pair.client.closed == "transport error"
    assert pair.events[-1].reason.detail == "polling connection closed prematurely"
    assert (pair.polls, pair.engine.sessions) == ({}, {})


def test_a_client_whose_post_is_refused_ends_with_its_session() -> None:
    pair = Pair(("polling",))
    pair.client.connect()
    pair.run()
    pair.client.raw("4" + "x" * 1_000_000)
    pair.run()
    assert pair.client.closed == "transport error"
    assert pair.events[-1].reason == "transport error"
    assert (pair.polls, pair.engine.sessions) == ({}, {})


def test_a_dropped_websocket_ends_both_sides() -> None:
    pair = Pair(("websocket",))
    pair.client.connect()
    pair.run()
    pair.client.emit("lost")
    assert pair.drop_websocket()
    assert pair.quiet
    assert pair.client.closed == "transport close"
    assert [type(event) for event in pair.events[-2:]] == [Disconnected, ConnectionClosed]


def test_a_post_that_arrives_twice() -> None:
    pair = Pair(("polling",))
    pair.client.connect()
    pair.run()
    pair.client.emit("hello")
    assert pair.duplicate()
    pair.run()
    assert [event.name for event in pair.events if isinstance(event, EventReceived)] == [
        "hello"
    ] * 2


def test_a_poll_that_arrives_twice_ends_the_session() -> None:
    pair = Pair(("polling",))
    pair.client.connect()
    pair.run()
    pair.advance(25.0)
    pair.step()
    assert pair.duplicate(1)  # number 0 is the answer to the ping
    pair.run()
    assert pair.events[-1].reason.detail == "overlapping poll"
    assert pair.client.closed is not None


def test_a_client_that_closes() -> None:
    for transports in (("polling",), ("websocket",), ("polling", "websocket")):
        pair = Pair(transports)
        pair.client.engine.close()
        pair.run()
        pair = Pair(transports)
        pair.client.connect()
        pair.run()
        pair.client.engine.close()
        pair.run()
        assert isinstance(pair.events[-1], ConnectionClosed)
        assert (pair.polls, pair.pipes, pair.engine.sessions) == ({}, {}, {})


def test_a_websocket_that_the_server_refuses() -> None:
    net = Net(engine_config=engineio.Config(transports=("polling",)))
    client = net.add_client(ClientModel(("websocket",)))
    client.connect()
    net.run()
    assert client.closed == "transport close"


def test_a_server_that_asks_first() -> None:
    pair = Pair(engine_config=engineio.Config(authorize=True))
    pair.client.connect()
    pair.run()
    assert list(pair.client.sids) == ["/"]


def test_nothing_moves_while_only_time_passes() -> None:
    pair = Pair(("websocket",))
    pair.client.connect()
    pair.run()
    pair.advance(44.0)
    assert (pair.clock.now, pair.client.engine.pings) == (44.0, 0)
    pair.run_for(44.0)
    assert pair.client.closed is None
    assert pair.clock.now >= 88.0


def conversation(seed: int, troubles: Troubles) -> tuple[list[str], list[Received]]:
    chance = Random(seed)
    net = Net()
    net.on_event = net.accept_all
    for transports in (("polling",), ("websocket",), ("polling", "websocket")):
        net.add_client(ClientModel(transports)).connect()
    for number in range(20):
        net.server.emit("news", [number])
        net.settle()
        net.run(chance, troubles)
    received = [event for client in net.clients for event in client.events]
    return [f"{type(event).__name__}" for event in net.events], received


def test_chance_can_be_repeated() -> None:
    assert conversation(1, Troubles()) == conversation(1, Troubles())


def test_without_trouble_everything_arrives() -> None:
    _, received = conversation(5, Troubles())
    # Before the first run nobody is connected yet.
    assert [event.args[0] for event in received] == list(range(1, 20)) * 3


def test_with_trouble_connections_end() -> None:
    names, received = conversation(5, Troubles(abort=0.3, drop=0.3))
    assert names.count("ConnectionClosed") == 3
    assert len(received) < 57


def test_requests_that_come_twice_by_chance() -> None:
    chance = Random(1)
    pair = Pair(("polling",))
    pair.run(chance, Troubles(duplicate=1.0))
    assert pair.client.closed is not None


def test_a_server_that_hangs_up_at_once() -> None:
    net = Net()

    def hang_up(event: Any) -> None:
        if isinstance(event, ConnectionOpened):
            net.server.process(net.engine.close(event.session, 0.0), 0.0)

    net.on_event = hang_up
    client = net.add_client(ClientModel(("websocket",)))
    net.run()
    assert client.closed == "transport close"
    assert not net.drop_websocket()


def test_a_client_that_speaks_when_the_server_reports_something() -> None:
    pair = Pair(accept=False)

    def on_event(event: Event) -> None:
        pair.accept_all(event)
        if isinstance(event, Disconnected):
            other.connect()

    pair.on_event = on_event
    other = pair.add_client(ClientModel(("websocket",)))
    pair.client.connect()
    pair.run()
    pair.client.disconnect()
    pair.run()
    assert list(other.sids) == ["/"]

"""`socketio/observers.py` and `socketio/observer.py`: what observers are told, and when."""

from inspect import signature
from typing import Any

import pytest

from sio_core import reasons
from sio_core.engineio import Session
from sio_core.socketio import (
    Config,
    ConnectRequested,
    Emit,
    Observer,
    Socket,
    Tallies,
    Tally,
)
from sio_core.socketio.observers import NAMES, TRAFFIC
from sio_core.testing import ClientModel, Net, Pair
from sio_core.utf8 import utf8_size

WEBSOCKET = ("websocket",)


class Everything(Observer):
    """Notes whatever it is told, but traffic."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    def note(self, *what: Any) -> None:
        self.told.append(what)

    def session_opened(self, session: Session) -> None:
        self.note("session_opened", session.transport)

    def session_upgraded(self, session: Session) -> None:
        self.note("session_upgraded", session.transport)

    def session_closed(self, session: Session, reason: str) -> None:
        self.note("session_closed", reason)

    def connected(self, socket: Socket) -> None:
        self.note("connected", socket.namespace, socket.sid)

    def refused(self, session: Session, namespace: str, reason: str) -> None:
        self.note("refused", namespace, reason)

    def disconnected(self, socket: Socket, reason: str) -> None:
        self.note("disconnected", socket.namespace, reason, list(socket.rooms or ()))

    def room_joined(self, namespace: str, room: Any, sid: str) -> None:
        self.note("room_joined", namespace, room, sid)

    def room_left(self, namespace: str, room: Any, sid: str) -> None:
        self.note("room_left", namespace, room, sid)

    def event_received(self, socket: Socket, name: Any, args: list[Any], size: int) -> None:
        self.note("event_received", name, args, size)

    def event_sent(self, emit: Emit, sockets: Any, size: int) -> None:
        self.note("event_sent", emit.event, [socket.sid for socket in sockets], size)

    def acknowledged(self, socket: Socket, ack_id: int, args: Any) -> None:
        self.note("acknowledged", ack_id, list(args))


class Traffic(Observer):
    """Counts packets and bytes, each way."""

    def __init__(self) -> None:
        self.came = self.went = (0, 0)

    def received(self, session: Session, packets: int, size: int) -> None:
        self.came = (self.came[0] + packets, self.came[1] + size)

    def sent(self, session: Session, packets: int, size: int) -> None:
        self.went = (self.went[0] + packets, self.went[1] + size)


def observed(transports: tuple[str, ...] = WEBSOCKET, **options: Any) -> tuple[Pair, Everything]:
    pair = Pair(transports, **options)
    observer = Everything()
    pair.server.observers.add(observer)
    return pair, observer


def the_socket(pair: Pair) -> Socket:
    (socket,) = pair.server.rooms.members("/", None)
    return socket


def deliver(pair: Net) -> None:
    pair.settle()
    pair.run()


def test_a_client_is_told_from_its_coming_to_its_end() -> None:
    pair, observer = observed()
    pair.client.connect("/")
    pair.run()
    socket = the_socket(pair)
    pair.server.join(socket, "tea")
    pair.server.leave(socket, "tea")
    pair.server.join(socket, "cake")
    pair.drop_websocket()
    pair.run()
    sid = socket.sid
    assert observer.told == [
        ("session_opened", "websocket"),
        ("room_joined", "/", sid, sid),
        ("connected", "/", sid),
        ("room_joined", "/", "tea", sid),
        ("room_left", "/", "tea", sid),
        ("room_joined", "/", "cake", sid),
        ("room_left", "/", "cake", sid),
        ("room_left", "/", sid, sid),
        ("disconnected", "/", reasons.TRANSPORT_CLOSE, ["cake"]),
        ("session_closed", reasons.TRANSPORT_CLOSE),
    ]


def test_an_upgrade_is_told() -> None:
    pair, observer = observed(("polling", "websocket"))
    pair.client.connect("/")
    pair.run_for(1.0)
    told = [what for what in observer.told if what[0].startswith("session_")]
    assert told == [("session_opened", "polling"), ("session_upgraded", "websocket")]


def test_events_are_told_with_their_bytes() -> None:
    pair, observer = observed()
    pair.client.connect("/")
    pair.run()
    observer.told.clear()
    pair.client.raw('42["say","tée",1]')
    pair.run()
    assert observer.told == [
        ("event_received", "say", ["tée", 1], len('42["say","tée",1]'.encode()))
    ]
    pair.server.emit("said", ["ü"])
    size = len('42["said","ü"]'.encode())
    assert observer.told[1:] == [("event_sent", "said", [the_socket(pair).sid], size)]


def test_attachments_count_and_those_of_acknowledgements_only_there() -> None:
    pair, observer = observed()
    pair.client.connect("/")
    pair.run()
    pair.server.emit_with_ack("ask", [], "token")
    deliver(pair)
    observer.told.clear()
    frames = ('461-1[{"_placeholder":true,"num":0}]', b"1234567")
    text = '452-["two",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]'
    for frame in (*frames, text, b"123", b"4567"):
        pair.client.raw(frame)
    pair.run()
    assert observer.told == [
        ("acknowledged", 1, [b"1234567"]),
        ("event_received", "two", [b"123", b"4567"], len(text) + 7),
    ]


def test_packets_of_other_parsers_are_frames_of_bytes() -> None:
    pair, _observer = observed()
    pair.client.connect("/")
    pair.run()
    connection = the_socket(pair).session.owner
    assert [connection.size_of(frame) for frame in (b"123", b"4567")] == [3, 4]


def test_what_nobody_gets_is_not_told() -> None:
    pair, observer = observed()
    pair.server.emit("said", [])
    pair.server.emit_with_ack("said", [], "token")
    assert observer.told == []


def test_an_event_that_asks_for_answers_is_told_once() -> None:
    pair, observer = observed()
    pair.client.connect("/")
    pair.run()
    observer.told.clear()
    assert pair.server.emit_with_ack("ask", [1], "token") == 1
    deliver(pair)
    sid = the_socket(pair).sid
    assert observer.told[0] == ("event_sent", "ask", [sid], len('421["ask",1]'))
    delivery = pair.server.begin_send(Emit("gone", []))
    assert delivery is not None
    pair.server.encode_send(delivery)
    pair.server.disconnect(the_socket(pair), pair.clock.now)
    observer.told.clear()
    assert pair.server.finish_send(delivery) == 0
    assert observer.told == []


def test_refusals_are_told_with_why() -> None:
    pair, observer = observed()
    pair.client.connect("/unknown")
    pair.run()
    assert observer.told[1:] == [("refused", "/unknown", "unknown namespace")]


def test_what_the_application_refuses_or_does_not_answer_is_told() -> None:
    pair, observer = observed(accept=False, config=Config(accept_timeout=5.0))
    for _ in range(2):
        pair.client.connect("/")
        pair.run()
        request = pair.events[-1]
        assert isinstance(request, ConnectRequested)
        if request.socket.sid == "socket1":
            pair.server.refuse(request.socket, {"message": "no"}, pair.clock.now)
            deliver(pair)
    pair.run_for(6.0)
    refused = [what for what in observer.told if what[0] in ("refused", "disconnected")]
    assert refused == [
        ("refused", "/", "refused by the application"),
        ("refused", "/", "connect request timed out"),
    ]


@pytest.mark.parametrize("transports", [WEBSOCKET, ("polling",), ("polling", "websocket")])
def test_packets_and_bytes_are_counted_each_way(transports: tuple[str, ...]) -> None:
    pair = Pair(transports)
    traffic = Traffic()
    pair.server.observers.add(traffic)
    pair.client.connect("/")
    pair.run_for(1.0)
    came, went = traffic.came, traffic.went
    assert came[0] >= 1
    assert went[0] >= 2  # the open packet, and the answer to the connect request
    pair.client.emit("say", "é")  # which the model writes as an escape
    pair.run()
    size = len('42["say", "\\u00e9"]')
    assert traffic.came == (came[0] + 1, came[1] + size)
    went = traffic.went
    pair.server.emit("said", ["é", b"1234"])
    pair.server.emit("said", [])
    deliver(pair)
    size = utf8_size('451-["said","é",{"_placeholder":true,"num":0}]') + 4 + len('42["said"]')
    least, most = went[1] + size, went[1] + size + 1
    assert traffic.went[0] - went[0] in (3, 4)  # a poll may be answered with an empty packet
    assert least <= traffic.went[1] <= most
    pair.server.observers.remove(traffic)
    assert (pair.engine.received, pair.engine.sent) == (None, None)
    told = traffic.came, traffic.went
    pair.client.emit("say")
    pair.server.emit("said", [])
    deliver(pair)
    assert (traffic.came, traffic.went) == told


def test_only_overridden_methods_are_called() -> None:
    pair = Pair(WEBSOCKET)
    observers = pair.server.observers
    quiet = Observer()
    observers.add(quiet)
    assert all(getattr(observers, name) is None for name in NAMES)
    assert all(getattr(pair.engine, name) is None for name in TRAFFIC)
    assert pair.server.rooms.observers == []
    for name in (*NAMES, *TRAFFIC, "room_joined", "room_left"):
        count = len(signature(getattr(quiet, name)).parameters)
        assert getattr(quiet, name)(*[None] * count) is None
    assert list(observers) == [quiet]


def test_a_second_time_does_nothing_and_strangers_are_refused() -> None:
    pair, observer = observed()
    observers = pair.server.observers
    observers.add(observer)
    other = Everything()
    observers.add(other)
    observers.remove(Everything())
    assert list(observers) == [observer, other]
    pair.client.connect("/")
    pair.run()
    assert observer.told == other.told != []
    assert [what[0] for what in observer.told].count("connected") == 1
    observers.remove(observer)
    told = list(observer.told)
    pair.drop_websocket()
    pair.run()
    assert observer.told == told != other.told
    assert len(pair.server.rooms.observers) == 1
    with pytest.raises(TypeError, match="an observer is an instance of a subclass of Observer"):
        observers.add(print)


class Joins(Observer):
    def __init__(self) -> None:
        self.rooms: list[Any] = []

    def room_joined(self, namespace: str, room: Any, sid: str) -> None:
        self.rooms.append(room)


class Leaves(Observer):
    def __init__(self) -> None:
        self.rooms: list[Any] = []

    def room_left(self, namespace: str, room: Any, sid: str) -> None:
        self.rooms.append(room)


def test_of_rooms_either_side_can_be_observed() -> None:
    for observer, expected in ((Joins(), ["socket1", "tea"]), (Leaves(), ["tea", "socket1"])):
        net = Net()
        net.server.observers.add(observer)
        net.add_client(ClientModel(WEBSOCKET)).connect("/")
        net.run()
        (socket,) = net.server.rooms.members("/", None)
        net.server.join(socket, "tea")
        net.server.disconnect(socket, net.clock.now)
        assert observer.rooms == expected


class Failing(Observer):
    def connected(self, socket: Socket) -> None:
        raise ArithmeticError("observed too much")

    def event_received(self, socket: Socket, name: Any, args: list[Any], size: int) -> None:
        raise ArithmeticError("observed too much")


@pytest.mark.parametrize("count", [1, 2])
def test_an_event_goes_on_whatever_its_observers_raise(count: int) -> None:
    pair = Pair(WEBSOCKET)
    failed: list[str] = []
    pair.server.observers.failed = lambda method, error: failed.append(method)
    for _ in range(count):
        pair.server.observers.add(Failing())
    pair.client.connect("/")
    pair.run()
    pair.client.emit("say")
    pair.run()
    assert failed == ["connected"] * count + ["event_received"] * count
    assert pair.events[-1].name == "say"


def test_what_an_observer_raises_is_for_whoever_said_so() -> None:
    pair = Pair(WEBSOCKET)
    failed: list[tuple[str, str]] = []
    later = Everything()
    for observer in (Failing(), later):
        pair.server.observers.add(observer)
    pair.server.observers.failed = lambda method, error: failed.append((method, str(error)))
    pair.client.connect("/")
    pair.run()
    assert failed == [("connected", "observed too much")]
    assert ("connected", "/", "socket1") in later.told
    pair.server.observers.failed = None
    pair.client.connect("/second")
    with pytest.raises(ArithmeticError):
        pair.run()


class ByName(Tallies):
    """Has a tally for each name but those that begin with x, which have one together."""

    def labels(self, namespace: str, name: Any) -> tuple[str, str]:
        return namespace, "x*" if str(name).startswith("x") else name


class Sums(Observer):
    def __init__(self) -> None:
        self.received_tallies = ByName()
        self.sent_tallies = ByName()

    def read(self) -> tuple[dict[Any, Any], dict[Any, Any]]:
        came, went = self.received_tallies.all(), self.sent_tallies.all()
        return (
            {labels: (tally.events, tally.size) for labels, tally in came},
            {labels: (tally.events, tally.size) for labels, tally in went},
        )


@pytest.mark.parametrize("count", [1, 2])
def test_the_core_counts_events_by_itself(count: int) -> None:
    pair = Pair(WEBSOCKET)
    observers = [Sums() for _ in range(count)]
    for observer in observers:
        pair.server.observers.add(observer)
    pair.client.connect("/")
    pair.run()
    for name in ("say", "say", "xa", "xb", "é"):
        pair.client.emit(name)
    pair.server.emit("said", ["é"])
    pair.server.emit("said", [])
    pair.server.emit_with_ack("xc", [], "token")
    deliver(pair)
    for observer in observers:
        came, went = observer.read()
        assert came == {
            ("/", "say"): (2, 2 * len('42["say"]')),
            ("/", "x*"): (2, 2 * len('42["xa"]')),
            ("/", "é"): (1, len('42["\\u00e9"]')),
        }
        assert went == {
            ("/", "said"): (2, utf8_size('42["said","é"]') + len('42["said"]')),
            ("/", "x*"): (1, len('421["xc"]')),
        }
        assert set(observer.received_tallies.known["/"]) == {"say", "é"}
        pair.server.observers.remove(observer)
    assert pair.server.observers.known_received is None
    assert pair.server.observers.known_sent is None


def test_events_are_counted_beside_those_who_are_told() -> None:
    pair, observer = observed()
    sums = Sums()
    pair.server.observers.add(sums)
    pair.client.connect("/")
    pair.run()
    observer.told.clear()
    pair.client.emit("say", b"1234")
    pair.server.emit("said", [])
    deliver(pair)
    (_, tally), *_ = sums.received_tallies.all()
    assert ("event_received", "say", [b"1234"], tally.size) in observer.told
    assert ("event_sent", "said", ["socket1"], len('42["said"]')) in observer.told
    assert sums.read()[1] == {("/", "said"): (1, len('42["said"]'))}


def test_the_attachments_of_an_event_are_counted_with_it() -> None:
    pair = Pair(WEBSOCKET)
    sums = Sums()
    pair.server.observers.add(sums)
    pair.client.connect("/")
    pair.run()
    text = '451-["say",{"_placeholder":true,"num":0}]'
    for frame in (text, b"1234", text, b"1234", '42["say"]'):  # the first makes the tally known
        pair.client.raw(frame)
    pair.run()
    assert sums.read()[0] == {("/", "say"): (3, 2 * (len(text) + 4) + len('42["say"]'))}


def test_tallies_are_one_by_default() -> None:
    tallies = Tallies()
    for name in ("say", "said", 5):
        tallies.count("/", name, 2, 10)
    ((labels, tally),) = tallies.all()
    assert (labels, tally.events, tally.size) == (("*", "*"), 6, 60)
    assert tallies.known == {}


class Broken(Tallies):
    def new(self, labels: tuple[str, str]) -> Tally:
        raise ArithmeticError("counted too much")


def test_tallies_that_raise_stop_no_event() -> None:
    pair = Pair(WEBSOCKET)
    failed: list[str] = []
    pair.server.observers.failed = lambda method, error: failed.append(method)
    observer = Observer()
    observer.received_tallies = observer.sent_tallies = Broken()
    pair.server.observers.add(observer)
    pair.client.connect("/")
    pair.run()
    pair.client.emit("say")
    pair.server.emit("said", [])
    deliver(pair)
    assert failed == ["event_sent", "event_received"]
    assert pair.events[-1].name == "say"

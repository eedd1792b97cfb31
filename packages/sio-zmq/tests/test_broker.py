"""One broker of a manager, over forwarders that are there, away, and not this project's."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import zmq

from sio_core.cluster import Publication
from sio_server.managers.cluster.broker import BrokerError, Received
from sio_zmq.addresses import read_address
from sio_zmq.broker import ZmqBroker
from sio_zmq.messages import Messages
from tests.support.brokers.zmq_forwarder import ZeroMQ
from tests.support.ports import free_port

pytest_plugins = ["tests.support.brokers.fixtures"]

Make = Callable[[str], ZmqBroker]
over_both = pytest.mark.parametrize("broker", ["zeromq", "zeromq-unix"], indirect=True)
over_tcp = pytest.mark.parametrize("broker", ["zeromq"], indirect=True)


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[ZmqBroker] = []

    def make_broker(url: str) -> ZmqBroker:
        made.append(ZmqBroker(read_address(url), Messages("game", 1000)))
        return made[-1]

    yield make_broker
    for each in made:
        each.close()


class Foreign:
    """A forwarder of a few lines, as programs with python-socketio have it."""

    def __init__(self, wait_seconds: float = 0.0) -> None:
        self.ports = free_port(), free_port()
        self.url = f"zmq+tcp://127.0.0.1:{self.ports[0]}+{self.ports[1]}"
        self._is_over = False
        self._wait_seconds = wait_seconds
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        time.sleep(self._wait_seconds)
        with (
            zmq.Context() as context,
            context.socket(zmq.PULL) as pushed,
            context.socket(zmq.PUB) as published,
        ):
            published.linger = 0
            pushed.bind(f"tcp://127.0.0.1:{self.ports[0]}")
            published.bind(f"tcp://127.0.0.1:{self.ports[1]}")
            while not self._is_over:
                if pushed.poll(20):
                    published.send(pushed.recv())

    def end(self) -> None:
        self._is_over = True
        self._thread.join()


@pytest.fixture
def foreign() -> Iterator[Foreign]:
    made = Foreign()
    yield made
    made.end()


def receive(broker: ZmqBroker, count: int) -> list[Received]:
    received: list[Received] = []
    while len(received) < count:
        received += broker.receive()
    return received


def joined(broker: ZmqBroker, *channels: str) -> None:
    broker.connect()
    broker.subscribe(channels)
    assert receive(broker, len(channels)) == [(channel, None) for channel in channels]


@over_both
def test_only_what_is_subscribed_to_comes(broker: ZeroMQ, make: Make) -> None:
    one, two = make(broker.url), make(broker.url)
    joined(one, "game", "game#all", "game#r#/#a room")
    two.publish(
        [
            Publication("game", b'{"a": 1}'),
            Publication("game#r#/#a room", b"1"),
            Publication("game#r#/#another", b"2"),
            Publication("game#r#/#a room", b"3"),
            Publication("game#all", b"4"),
        ]
    )
    assert receive(one, 4) == [
        ("game", b'{"a": 1}'),
        ("game#r#/#a room", b"1"),
        ("game#r#/#a room", b"3"),
        ("game#all", b"4"),
    ]
    one.unsubscribe(["game#r#/#a room"])
    one.subscribe(["game#all", "game#r#/#another"])  # one of them once more
    assert receive(one, 2) == [("game#all", None), ("game#r#/#another", None)]
    two.publish(
        [
            Publication("game#r#/#a room", b"5"),
            Publication("game#r#/#another", b"6"),
            Publication("game#all", b"7"),
        ]
    )
    assert receive(one, 2) == [("game#r#/#another", b"6"), ("game#all", b"7")]


@over_tcp
def test_more_than_fits_into_a_queue_comes_in_order(broker: ZeroMQ, make: Make) -> None:
    one, two = make(broker.url), make(broker.url)
    joined(one, "game#all")
    sent = [Publication("game#all", b"%d" % number) for number in range(5000)]
    with ThreadPoolExecutor() as pool:
        publishing = pool.submit(two.publish, sent)
        assert receive(one, len(sent)) == [(each.channel, each.payload) for each in sent]
        publishing.result()


def test_over_a_forwarder_of_others(foreign: Foreign, make: Make) -> None:
    one, two = make(foreign.url), make(foreign.url)
    joined(one, "game", "game#all")
    two.publish([Publication("game#all", b"1"), Publication("game", b'{"a": 1}')])
    assert receive(one, 2) == [("game#all", b"1"), ("game", b'{"a": 1}')]
    assert two.count_subscribers(["game", "game#all"]) is None


@over_both
def test_how_many_listen_with_those_who_hear_everything(broker: ZeroMQ, make: Make) -> None:
    one = make(broker.url)
    joined(one, "game", "game#all")
    assert one.count_subscribers(["game", "game#all"]) == [1, 1]
    with zmq.Context() as context:
        for _ in range(2):
            with context.socket(zmq.SUB) as first, context.socket(zmq.SUB) as second:
                for stranger in (first, second):
                    stranger.subscribe(b"")
                    stranger.connect(broker.addresses[1])
                while one.count_subscribers(["game", "game#all"]) != [3, 1]:
                    time.sleep(0.01)
                first.close(0)
                while one.count_subscribers(["game", "game#all"]) != [2, 1]:
                    time.sleep(0.01)
            while one.count_subscribers(["game", "game#all"]) != [1, 1]:
                time.sleep(0.01)


@over_tcp
def test_who_listens_to_the_channel_of_all_servers_alone(broker: ZeroMQ, make: Make) -> None:
    one, two = make(broker.url), make(broker.url)
    joined(one, "game", "game#all", "game#n#one")
    joined(two, "game")
    assert one.count_subscribers(["game", "game#all"]) == [2, 1]
    broker.cut_clients()
    joined(one, "game", "game#all")
    with pytest.raises(BrokerError):
        one.count_subscribers(["game", "game#all"])
    while one.count_subscribers(["game", "game#all"]) != [1, 1]:
        time.sleep(0.01)


def test_a_forwarder_that_begins_later_is_waited_for(make: Make) -> None:
    foreign = Foreign(wait_seconds=0.5)
    try:
        joined(make(foreign.url), "game")
    finally:
        foreign.end()


def test_a_forwarder_that_is_not_there(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sio_zmq.listener.CONNECT_SECONDS", 0.1)
    monkeypatch.setattr("sio_zmq.publisher.ANSWER_SECONDS", 0.1)
    port = free_port()
    away = make(f"zmq+tcp://127.0.0.1:{port}+{port}")
    expected = (
        f"no forwarder of ZeroMQ answers at tcp://127.0.0.1:{port} and tcp://127.0.0.1:{port}"
    )
    for method in (away.connect, lambda: away.publish([Publication("game", b"{}")])):
        with pytest.raises(BrokerError) as caught:
            method()
        assert str(caught.value) == expected
    for method in (away.receive, lambda: away.subscribe(["game"])):
        with pytest.raises(BrokerError, match="not connected"):
            method()


@over_both
def test_connections_that_are_cut_are_noticed_at_once(broker: ZeroMQ, make: Make) -> None:
    one = make(broker.url)
    joined(one, "game")
    one.publish([Publication("game", b'{"a": 1}')])
    assert receive(one, 1) == [("game", b'{"a": 1}')]
    broker.cut_clients()
    with pytest.raises(BrokerError, match="connection to the forwarder is lost"):
        one.receive()
    with pytest.raises(BrokerError, match="connection to the forwarder is lost"):
        one.publish([Publication("game", b"{}")])
    joined(one, "game")
    one.publish([Publication("game", b'{"a": 2}')])
    assert receive(one, 1) == [("game", b'{"a": 2}')]


@over_tcp
def test_a_forwarder_that_stands_still(
    broker: ZeroMQ, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sio_zmq.publisher.ANSWER_SECONDS", 0.2)
    monkeypatch.setattr("sio_zmq.sockets.HEARTBEAT_MILLISECONDS", 100)
    monkeypatch.setattr("sio_zmq.sockets.SILENT_MILLISECONDS", 300)
    one, two = make(broker.url), make(broker.url)
    joined(one, "game")
    two.publish([])
    broker.pause()
    with pytest.raises(BrokerError, match="does not answer"):
        two.publish([Publication("game", b"{}")])
    with pytest.raises(BrokerError, match="connection to the forwarder is lost"):
        one.receive()


@over_tcp
def test_whoever_waits_is_told_that_it_is_closed(broker: ZeroMQ, make: Make) -> None:
    one = make(broker.url)
    joined(one, "game")
    with ThreadPoolExecutor() as pool:
        receiving = pool.submit(one.receive)
        time.sleep(0.05)
        one.close()
        with pytest.raises(BrokerError, match="closed"):
            receiving.result()
    with pytest.raises(BrokerError, match="not connected"):
        one.receive()
    one.close()


def test_a_connection_that_is_being_made_can_be_closed(make: Make) -> None:
    port = free_port()
    away = make(f"zmq+tcp://127.0.0.1:{port}+{port}")
    with ThreadPoolExecutor() as pool:
        connecting = pool.submit(away.connect)
        time.sleep(0.05)
        begun = time.monotonic()
        away.close()
        with pytest.raises(BrokerError, match="closed"):
            connecting.result()
        assert time.monotonic() - begun < 4  # and not the five seconds that it may take

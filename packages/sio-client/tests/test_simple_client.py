"""`SimpleClient` with a server of ours over loopback."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from sio_client import Client, SimpleClient
from sio_core.exceptions import ConnectionError, DisconnectedError, TimeoutError

from .blocking_support import HANG, OurServer, Peer, relay, until


@pytest.fixture(scope="module")
def server() -> Iterator[OurServer]:
    server = OurServer()
    yield server
    server.stop()


@pytest.fixture
def gate(server: OurServer) -> Iterator[Peer]:
    gate = relay(server.port)
    yield gate
    gate.stop()


def test_a_conversation(server: OurServer) -> None:
    with SimpleClient() as client:
        client.connect(server.url)
        assert client.connected
        assert client.sid
        assert client.transport in ("polling", "websocket")
        assert client.call("echo", (1, 2)) == (1, 2)
        client.emit("repeat", (3, "data"))
        assert [client.receive() for _ in range(3)] == [
            ["again", number, "data"] for number in range(3)
        ]
        with pytest.raises(TimeoutError):
            client.receive(timeout=0.01)
        with pytest.raises(TimeoutError):
            client.call("nobody", timeout=0.01)
        with pytest.raises(RuntimeError, match="Already connected"):
            client.connect(server.url)
    assert (client.connected, client.sid, client.transport) == (False, None, "")
    for use in (client.receive, lambda: client.emit("event"), lambda: client.call("event")):
        with pytest.raises(DisconnectedError):
            use()


def test_another_namespace(server: OurServer) -> None:
    with SimpleClient() as client:
        client.connect(server.url, namespace="/chat")
        assert client.call("echo", 1) == 1


def test_it_can_connect_again(server: OurServer) -> None:
    client = SimpleClient()
    with pytest.raises(ConnectionError):
        client.connect("http://127.0.0.1:1")
    for _ in range(2):
        client.connect(server.url)
        assert client.call("echo", 1) == 1
        client.disconnect()
    client.disconnect()


def test_what_came_before_the_end_is_received(server: OurServer) -> None:
    with SimpleClient() as client:
        client.connect(server.url)
        client.emit("repeat", 2)
        client.emit("kick")
        assert client.receive() == ["again", 0]
        assert client.receive() == ["again", 1]
        with pytest.raises(DisconnectedError):
            client.receive()
        client.connect(server.url)
        assert client.call("echo", 1) == 1


def test_disconnect_wakes_who_receives(server: OurServer) -> None:
    client = SimpleClient()
    client.connect(server.url)
    raised: list[BaseException] = []

    def receive() -> None:
        try:
            client.receive()
        except DisconnectedError as error:
            raised.append(error)

    thread = threading.Thread(target=receive)
    thread.start()
    client.disconnect()
    thread.join(HANG)
    assert len(raised) == 1


@pytest.mark.parametrize("transports", [["polling"], ["websocket"]])
def test_a_connection_that_breaks_is_not_noticed(
    server: OurServer, gate: Peer, transports: Any
) -> None:
    with SimpleClient(reconnection_delay=0.01) as client:
        client.connect(gate.url, transports=transports)
        for number in range(3):
            sid = client.sid
            gate.cut()
            until(lambda: client.sid != sid)  # noqa: B023
            client.emit("repeat", (1, number))
            assert client.call("echo", number) == number
            assert client.receive() == ["again", 0, number]


def test_a_connection_that_is_not_made_again(server: OurServer, gate: Peer) -> None:
    with SimpleClient(reconnection_attempts=1, reconnection_delay=0.01) as client:
        client.connect(gate.url)
        gate.stop()
        with pytest.raises(DisconnectedError):
            client.receive()
        with pytest.raises(DisconnectedError):
            client.emit("event")


def test_the_wait_for_a_connection_counts(server: OurServer, gate: Peer) -> None:
    with SimpleClient(reconnection_delay=60, reconnection_delay_max=60) as client:
        client.connect(gate.url)
        gate.cut()
        until(lambda: not client.connected)
        with pytest.raises(TimeoutError, match="not connected again in time"):
            client.call("echo", 1, timeout=0.01)


def test_another_class(server: OurServer) -> None:
    class Mine(Client):
        pass

    class Simple(SimpleClient):
        client_class = Mine

    with Simple() as client:
        client.connect(server.url)
        assert isinstance(client.client, Mine)

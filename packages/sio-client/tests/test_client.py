"""`Client` where it is not as `AsyncClient`; what both do is in `tests/client_behaviour`."""

import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from sio_client import Client
from sio_core.exceptions import ConnectionError

from .blocking_support import HANG, OurServer, Peer, relay, until

TRANSPORTS = (["polling"], ["websocket"], None)


@pytest.fixture(scope="module")
def server() -> Iterator[OurServer]:
    server = OurServer()
    yield server
    server.stop()


@pytest.fixture
def client() -> Iterator[Client]:
    client = Client(reconnection_delay=0.01)
    yield client
    client.disconnect()


@pytest.fixture
def gate(server: OurServer) -> Iterator[Peer]:
    gate = relay(server.port)
    yield gate
    gate.stop()


def test_a_handler_may_sleep(server: OurServer, client: Client) -> None:
    done = threading.Event()

    def again(number: int) -> None:
        client.sleep(0.01)
        done.set()

    client.on("again", again)
    client.connect(server.url)
    client.emit("repeat", 1)
    assert done.wait(HANG)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_handler_that_ends_its_thread(server: OurServer, client: Client) -> None:
    seen: list[int] = []

    def again(number: int) -> None:
        seen.append(number)
        raise SystemExit

    client.on("again", again)
    client.connect(server.url)
    client.emit("repeat", 3)
    until(lambda: seen == [0, 1, 2])


@pytest.mark.parametrize("transports", TRANSPORTS)
def test_threads_do_not_mix_their_messages(
    server: OurServer, client: Client, transports: Any
) -> None:
    server.seen.clear()
    client.connect(server.url, transports=transports)
    pieces = [b"a" * 10, b"b" * 5000, b"c" * 100]

    def work(number: int) -> None:
        for turn in range(25):
            client.emit("keep", (number, turn, pieces))

    threads = [client.start_background_task(work, number) for number in range(8)]
    for thread in threads:
        thread.join(HANG)
    until(lambda: len(server.seen) == 200)
    assert all(args[2] == pieces for args in server.seen)
    for number in range(8):
        assert [turn for who, turn, _ in server.seen if who == number] == list(range(25))


def test_overridden_methods_see_everything(server: OurServer) -> None:
    seen: list[Any] = []

    class Traced(Client):
        def emit(self, event: str, *args: Any, **kwargs: Any) -> None:
            seen.append(event)
            super().emit(event, *args, **kwargs)

        def _trigger_event(self, event: str, namespace: str, *args: Any) -> Any:
            seen.append((event, namespace))
            return super()._trigger_event(event, namespace, *args)

    client = Traced()
    client.connect(server.url)
    client.call("echo", 1)
    client.send("text")
    client.disconnect()
    assert seen == [
        ("connect", "/"),
        "echo",
        "message",
        ("disconnect", "/"),
        ("__disconnect_final", "/"),
    ]


def test_what_becomes_of_the_transport_is_logged(
    server: OurServer, gate: Peer, caplog: pytest.LogCaptureFixture
) -> None:
    log, transport_log = logging.getLogger("test.client"), logging.getLogger("test.transport")
    caplog.set_level(logging.INFO, "test")
    client = Client(logger=log, engineio_logger=transport_log, reconnection_delay=0.01)

    def lines(name: str) -> list[str]:
        return [record.getMessage() for record in caplog.records if record.name == name]

    client.connect(gate.url + "/?key=query-secret", auth={"t": "auth-secret"})
    until(lambda: "upgraded to websocket" in lines("test.transport"))
    transport_id = client.eio.sid
    client.call("echo", "payload-secret")
    gate.cut()
    until(lambda: lines("test.transport").count("upgraded to websocket") == 2)
    client.disconnect()
    with pytest.raises(ConnectionError):
        client.connect("http://127.0.0.1:1")
    until(lambda: lines("test.transport")[-1].startswith("disconnected: transport error"))
    transport = lines("test.transport")
    # The upgrade may be over before the namespace is connected.
    assert any(line.startswith("connected over ") for line in transport[:2])
    assert "upgraded to websocket" in transport[:2]
    assert transport[2].startswith("the connection was lost: transport ")
    assert "disconnected: client disconnect" in transport
    assert any(line.startswith("no connection: transport error") for line in transport)
    general = lines("test.client")
    assert general[0] == "connected to '/'"
    assert any(line.startswith("the connection was lost; the next") for line in general)
    assert transport_id is not None
    text = "\n".join(transport + general)
    assert "secret" not in text
    assert transport_id not in text


def test_a_refused_namespace_is_logged(server: OurServer, caplog: pytest.LogCaptureFixture) -> None:
    client = Client(logger=logging.getLogger("test.client"))
    with pytest.raises(ConnectionError):
        client.connect(server.url, auth={"refuse": True})
    assert "the server refused '/'" in caplog.text

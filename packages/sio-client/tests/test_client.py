"""`Client` with a server of ours over loopback."""

import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from sio_client import Client, ClientNamespace
from sio_core.exceptions import (
    BadNamespaceError,
    CallAbortedError,
    ConnectionError,
    DisconnectedError,
    TimeoutError,
)

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


@pytest.mark.parametrize("transports", TRANSPORTS)
def test_events_and_acknowledgements_go_both_ways(
    server: OurServer, client: Client, transports: Any
) -> None:
    answers: list[Any] = []
    done = threading.Event()
    client.on("sum", lambda *numbers: sum(numbers))
    client.on("answered", lambda answer: (answers.append(answer), done.set()))
    client.connect(server.url, transports=transports)
    assert client.connected
    assert client.sid
    assert client.call("echo", "one") == "one"
    assert client.call("echo", (1, {"two": b"\x00\xff"})) == (1, {"two": b"\x00\xff"})
    assert client.call("echo") is None
    called = threading.Event()
    client.emit("echo", "back", callback=lambda text: (answers.append(text), called.set()))
    assert called.wait(HANG)
    client.emit("ask", ("sum", 1, 2, 3))
    assert done.wait(HANG)
    assert answers == ["back", 6]


def test_it_upgrades(server: OurServer, client: Client) -> None:
    client.connect(server.url)
    until(lambda: client.transport() == "websocket")
    assert client.call("echo", 1) == 1


@pytest.mark.parametrize("transports", TRANSPORTS)
def test_events_come_in_order(server: OurServer, client: Client, transports: Any) -> None:
    seen: list[Any] = []
    client.on("again", lambda number, data: seen.append((number, data)))
    client.connect(server.url, transports=transports)
    client.emit("repeat", (200, b"bytes"))
    until(lambda: len(seen) == 200)
    assert seen == [(number, b"bytes") for number in range(200)]


def test_handlers_of_the_lifecycle(server: OurServer, client: Client) -> None:
    seen: list[Any] = []
    client.on("connect", lambda: seen.append("connect"))
    client.on("disconnect", lambda reason: seen.append(reason))
    client.on("__disconnect_final", lambda: seen.append("final"))
    client.connect(server.url)
    assert seen == ["connect"]
    client.disconnect()
    assert seen == ["connect", client.reason.CLIENT_DISCONNECT, "final"]
    client.disconnect()
    assert not client.connected


def test_a_server_that_disconnects(server: OurServer, client: Client) -> None:
    seen: list[Any] = []
    client.on("disconnect", lambda reason: seen.append(reason))
    client.connect(server.url)
    client.emit("kick")
    client.wait()
    assert seen == [client.reason.SERVER_DISCONNECT]
    client.connect(server.url)
    assert client.call("echo", 2) == 2


def test_a_refusal(server: OurServer, client: Client) -> None:
    seen: list[Any] = []
    client.on("connect_error", lambda data: seen.append(data))
    with pytest.raises(ConnectionError, match="Connection rejected"):
        client.connect(server.url, auth={"refuse": True})
    assert len(seen) == 1
    assert not client.connected
    with pytest.raises(ConnectionError, match="One or more"):
        client.connect(server.url, namespaces=["/", "/nowhere"])


def test_nobody_there(client: Client) -> None:
    seen: list[Any] = []
    client.on("connect_error", lambda data: seen.append(data))
    with pytest.raises(ConnectionError) as caught:
        client.connect("http://127.0.0.1:1")
    assert isinstance(caught.value.__cause__, ConnectionRefusedError)
    assert len(seen) == 1
    client.wait()


def test_arguments_that_cannot_be(server: OurServer, client: Client) -> None:
    with pytest.raises(ValueError, match="http"):
        client.connect("127.0.0.1")
    with pytest.raises(ValueError, match="line breaks"):
        client.connect(server.url, headers={"X": "a\r\nb"})
    with pytest.raises(ValueError, match="line breaks"):
        client.connect(server.url, headers=lambda: {"X": "a\r\nb"}, retry=True)
    client.connect(server.url)
    with pytest.raises(ConnectionError, match="Already connected"):
        client.connect(server.url)
    with pytest.raises(BadNamespaceError):
        client.emit("event", namespace="/chat")
    with pytest.raises(ValueError, match="ClientNamespace"):
        client.register_namespace(object())  # type: ignore[arg-type]


def test_functions_as_arguments(server: OurServer, gate: Peer, client: Client) -> None:
    calls: list[str] = []
    server.connects.clear()

    def auth() -> dict[str, int]:
        calls.append("auth")
        return {"number": len(calls)}

    client.connect(lambda: gate.url, headers=lambda: {"X-Test": "yes"}, auth=auth)
    gate.cut()
    until(lambda: len(server.connects) == 2)
    assert [auth for _, auth in server.connects] == [{"number": 1}, {"number": 2}]
    assert all(environ["HTTP_X_TEST"] == "yes" for environ, _ in server.connects)


def test_functions_that_raise(client: Client) -> None:
    def url() -> str:
        raise LookupError("no server is known")

    with pytest.raises(ConnectionError) as caught:
        client.connect(url)
    assert isinstance(caught.value.__cause__, LookupError)


@pytest.mark.parametrize("transports", TRANSPORTS)
def test_it_connects_again(server: OurServer, gate: Peer, client: Client, transports: Any) -> None:
    seen: list[Any] = []
    client.on("connect", lambda: seen.append("connect"))
    client.on("disconnect", lambda reason: seen.append("disconnect"))
    client.connect(gate.url, transports=transports)
    for _ in range(2):
        gate.cut()
        until(lambda: not client.connected or len(seen) > 1)
        until(lambda: seen[-1] == "connect" and client.connected)
        assert client.call("echo", 1) == 1
        assert seen == ["connect", "disconnect", "connect"]
        del seen[:2]


def test_retry(client: Client, server: OurServer, gate: Peer) -> None:
    port = gate.port
    gate.stop()
    attempts: list[str] = []

    def url() -> str:
        attempts.append("one")
        return f"http://127.0.0.1:{port}" if len(attempts) < 3 else server.url

    client.connect(url, retry=True)
    assert len(attempts) == 3
    assert client.call("echo", 1) == 1


def test_attempts_end(server: OurServer, gate: Peer) -> None:
    client = Client(reconnection_attempts=2, reconnection_delay=0.01)
    errors: list[Any] = []
    client.on("connect_error", lambda data: errors.append(data))
    client.connect(gate.url, transports=["websocket"])
    gate.stop()
    client.wait()
    assert len(errors) == 2


def test_call_in_a_handler(server: OurServer, client: Client) -> None:
    seen: list[Any] = []

    def again(number: int) -> None:
        seen.append(client.call("echo", number))

    client.on("again", again)
    client.connect(server.url)
    client.emit("repeat", 20)
    until(lambda: len(seen) == 20)
    assert sorted(seen) == list(range(20))


def test_a_handler_that_hangs_does_not_stop_the_others(server: OurServer, client: Client) -> None:
    last = threading.Event()
    begun: list[int] = []

    def again(number: int) -> None:
        begun.append(number)
        if number == 0:
            assert last.wait(HANG)
        if number == 4:
            last.set()

    client.on("again", again)
    client.connect(server.url)
    client.emit("repeat", 5)
    assert last.wait(HANG)
    assert begun == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("how", ["disconnect", "connect", "sleep"])
def test_the_client_is_used_in_its_handlers(server: OurServer, client: Client, how: str) -> None:
    done = threading.Event()

    def again(number: int) -> None:
        if how == "sleep":
            client.sleep(0.01)
        else:
            client.disconnect()
        if how == "connect":
            client.connect(server.url)
            assert client.call("echo", 1) == 1
        done.set()

    client.on("again", again)
    client.connect(server.url)
    client.emit("repeat", 1)
    assert done.wait(HANG)
    assert client.connected == (how != "disconnect")


def test_a_handler_that_raises(
    server: OurServer, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    def again(number: int) -> None:
        raise LookupError("a mistake")

    client.on("again", again)
    client.connect(server.url)
    client.emit("repeat", 1)
    until(lambda: caplog.records)
    assert "again" in caplog.text
    assert client.call("echo", 1) == 1


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


def test_acknowledgements_that_do_not_come(server: OurServer, gate: Peer, client: Client) -> None:
    server.sio.on("silent", lambda sid: threading.Event())
    client.connect(gate.url, transports=["websocket"])
    with pytest.raises(TimeoutError):
        client.call("nobody", timeout=0.01)
    threading.Timer(0.05, gate.cut).start()
    with pytest.raises(CallAbortedError) as caught:
        client.call("nobody")
    assert isinstance(caught.value, DisconnectedError)


def test_a_thousand_calls(server: OurServer, client: Client) -> None:
    client.connect(server.url)
    assert [client.call("echo", number) for number in range(1000)] == list(range(1000))


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


def test_namespaces(server: OurServer, client: Client) -> None:
    class Chat(ClientNamespace):
        seen: list[Any]

        def on_connect(self) -> None:
            self.seen = ["connect"]

        def on_disconnect(self, reason: str) -> None:
            self.seen.append(reason)

    chat = Chat("/chat")
    client.register_namespace(chat)
    client.connect(server.url)
    assert list(client.namespaces) == ["/chat"]
    assert chat.call("echo", "hello") == "hello"
    called = threading.Event()
    chat.emit("echo", callback=called.set)
    assert called.wait(HANG)
    chat.send("message")
    chat.disconnect()
    assert chat.seen == ["connect", "client disconnect"]


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


def test_what_was_emitted_goes_out_before_the_goodbye(server: OurServer) -> None:
    for transports in TRANSPORTS:
        server.seen.clear()
        client = Client()
        client.connect(server.url, transports=transports)
        for number in range(100):
            client.emit("keep", number)
        client.disconnect()
        until(lambda: len(server.seen) == 100)


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

"""Flask-SocketIO on sio-compat: its three modes, its test client, and its message queue."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import sio_client
from sio_client.exceptions import ConnectionError, DisconnectedError, TimeoutError
from tests.field.running import APPS, run, serving
from tests.support.brokers.broker import Broker
from tests.support.node import node
from tests.support.servers import PATIENCE, ROOT, Served, get

pytest_plugins = ["tests.support.brokers.fixtures"]

PROGRAM = APPS / "flask_program.py"
MODES = ("threading", "gevent", "eventlet")


def program(mode: str, *queue: str) -> Callable[[int], list[str]]:
    """The command that runs the program in a mode: with Flask's own for debugging, `flask run`."""
    if mode != "flask":
        return lambda port: [str(PROGRAM), mode, str(port), *queue]
    flask = ("-m", "flask", "--app", str(PROGRAM), "run", "--debug", "--no-reload", "--port")
    return lambda port: [*flask, str(port)]


@pytest.fixture(scope="module", params=[*MODES, "flask"])
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp(request.param), program(request.param)) as running:
        yield running


class Client:
    """A client that keeps what it is sent."""

    def __init__(self, served: Served, **options: Any) -> None:
        self.sio = sio_client.SimpleClient()
        self._served = served
        options.setdefault("transports", ["websocket"])
        self.sio.connect(f"{served.origin}?colour=red", **options)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *error: object) -> None:
        self.sio.disconnect()

    def call(self, event: str, *args: Any) -> Any:
        data = args[0] if len(args) == 1 else args or None
        return self.sio.call(event, data, timeout=PATIENCE)

    def emit(self, event: str, data: Any = None) -> None:
        self.sio.emit(event, data)

    def event(self) -> Any:
        return self.sio.receive(PATIENCE)


def log_of(served: Served, wanted: Any) -> None:
    """Wait until a program has noted something."""
    deadline = time.monotonic() + PATIENCE
    while wanted not in (noted := json.loads(get(served, "/log")[2])):
        assert time.monotonic() < deadline, noted
        time.sleep(0.02)


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_events_and_acknowledgements(served: Served, transport: str) -> None:
    with Client(served, auth={"a": 1}, headers={"X-Test": "x"}, transports=[transport]) as client:
        assert client.sio.transport == transport
        assert client.event() == ["welcome", [client.sio.sid, "red", "x", {"a": 1}]]
        assert client.call("ask", 1) == (1, None)
        assert client.call("ask", 1, [2]) == (1, [2])
        assert client.call("later", "on") == "later on"
        assert client.call("event", "x") == {"namespace": "/", "message": "event", "args": ["x"]}
        assert client.call("anything", 1, 2) == ["other", "anything", 1, 2]
        assert client.call("bytes", b"\0\1") == b"\0\1"
        assert client.event() == ["bytes", {"reversed": b"\1\0"}]
        client.emit("json", {"b": 2})
        assert client.event() == ["json", {"got": {"b": 2}}]
        client.emit("work", 3)
        assert [client.event() for _ in range(3)] == [["progress", number] for number in range(3)]
        assert get(served, "/")[2] == b"here"


def test_rooms_and_what_pages_emit(served: Served) -> None:
    with Client(served) as first, Client(served) as second:
        assert [client.event()[0] for client in (first, second)] == ["welcome"] * 2
        assert first.call("join", "tea") == ["tea"]
        assert second.call("join", "tea") == ["tea"]
        assert first.event() == ["joined", second.sio.sid]
        assert get(served, "/news/tea/rain")[2] == b"sent"
        for client in (first, second):
            news = client.event()
            assert news[0] == "news"
            # Flask's own JSON, which writes dates as HTTP does.
            assert news[1] == {"text": "rain", "day": "Wed, 01 Jul 2026 00:00:00 GMT"}
            assert client.event() == ["message", "a message"]
        assert second.call("leave", "tea") == []
        first.emit("message", "loud")
        assert second.event() == ["message", "LOUD"]
        assert first.call("close", "tea") is None
        assert first.call("leave", "tea") == []


def test_callbacks_and_calls(served: Served) -> None:
    with Client(served) as client:
        client.sio.client.on("question", lambda *args: ["yes", *args])
        client.event()
        assert client.call("call me") == ["called", ["yes", "again"]]
        client.emit("answer me")
        log_of(served, ["answer", ["yes"], True])


def test_refusals_and_reasons(served: Served) -> None:
    for who, said in (("nobody", "not you"), ("anybody", "rejected")):
        with pytest.raises(ConnectionError, match=said):
            Client(served, auth={"as": who})
    client = Client(served)
    client.event()
    client.emit("go")
    with pytest.raises(DisconnectedError):
        client.event()
    log_of(served, ["gone", "server disconnect", None, [True]])
    client = Client(served)
    client.sio.disconnect()
    log_of(served, ["gone", "client disconnect", None, [True]])


def test_handlers_of_errors(served: Served) -> None:
    with Client(served) as client:
        client.event()
        assert client.call("fail") == "sorry"
        log_of(served, ["failed", "KeyError('failed')", "fail"])
    with Client(served, namespace="/chat") as client:
        assert client.call("fail") == "sorry, too"
        log_of(served, ["default", "KeyError('chat')"])


def test_namespaces(served: Served) -> None:
    with Client(served, namespace="/room") as client:
        assert client.event() == ["hello", "/room"]
        assert client.call("double", 21) == 42
        assert client.event() == ["doubled", 42]
    log_of(served, ["left the room", "client disconnect"])


def cookie_of(served: Served, name: str) -> str:
    """The cookie of a user that has logged in."""
    headers = get(served, f"/login/{name}")[1]
    return headers["set-cookie"].partition(";")[0]


def test_sessions_of_connections(served: Served) -> None:
    cookie = cookie_of(served, "Ada")
    with Client(served, headers={"Cookie": cookie}) as first:
        assert first.event()[0] == "welcome"
        assert first.call("remember", 1) == ["Ada", None]
        assert first.call("remember", 2) == ["Ada", 1]
        with Client(served, headers={"Cookie": cookie}) as second:
            assert second.event()[0] == "welcome"
            assert second.call("remember", 3) == ["Ada", None]
    log_of(served, ["gone", "client disconnect", "Ada", [True]])


def test_the_javascript_client(served: Served) -> None:
    executable, folder = node()
    done = subprocess.run(
        [executable, "flask.cjs", served.origin],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr + served.log()
    assert json.loads(done.stdout) == [
        ["welcome"],
        ["green", None, {"a": 1}],
        "websocket",
        1,  # of several values it takes the first
        [0, 1],
        ["called", ["yes", 1]],
        ["tea"],
        "sorry",
        "io server disconnect",
    ]


@pytest.mark.parametrize("mode", ["threading", "gevent"])
def test_sessions_that_flask_manages(
    mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SESSIONS", "flask")
    with serving(tmp_path, program(mode)) as served:
        client = Client(served, headers={"Cookie": cookie_of(served, "Ada")})
        client.event()
        # The cookie is that of the handshake: what an event writes is not seen by the next.
        assert client.call("remember", 1) == ["Ada", None]
        assert client.call("remember", 2) == ["Ada", None]
        client.sio.disconnect()


@pytest.mark.parametrize("broker", ["redis"], indirect=True)
@pytest.mark.parametrize("mode", MODES)
def test_several_servers_and_a_process_that_only_emits(
    mode: str, broker: Broker, tmp_path: Path
) -> None:
    channel = broker.new_channel()
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    command = program(mode, broker.url, channel)
    with (
        serving(folders[0], command) as one,
        serving(folders[1], command) as two,
        Client(one) as first,
        Client(two) as second,
    ):
        for client in (first, second):
            client.event()
            client.call("join", "tea")
        until_heard(one, first, second)
        first.emit("message", "over the queue")
        assert unless_joined(second) == ["message", "OVER THE QUEUE"]
        assert run("flask_emitter.py", broker.url, channel, "tea") == "sent"
        for client in (first, second):
            assert unless_joined(client) == ["outside", {"from": "elsewhere"}]


def until_heard(one: Served, first: Client, second: Client) -> None:
    """Wait until what a server emits reaches the client of the other, too."""
    heard = False
    while not heard:
        get(one, "/news/tea/begun")
        with suppress(TimeoutError):
            heard = second.sio.receive(0.3)[0] == "news"
    get(one, "/news/tea/last")
    for client in (first, second):
        while (event := client.event())[0] != "news" or event[1]["text"] != "last":
            pass
        assert unless_joined(client) == ["message", "a message"]


def unless_joined(client: Client) -> Any:
    """The next event but those of clients that joined elsewhere, which come in their time."""
    while (event := client.event())[0] == "joined":
        pass
    return event


def test_the_examples_of_the_documentation(tmp_path: Path) -> None:
    page = (ROOT / "docs/flask-socketio.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        script = tmp_path / "example.py"
        script.write_text(f"{block}\nprint('0')\n", encoding="utf-8")
        assert run(str(script)) == 0


def test_the_test_client() -> None:
    assert run("flask_test_client.py") == "all of it"

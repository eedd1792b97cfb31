"""The small examples, run as their users run them."""

import json
import re
import socket
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from importlib.util import module_from_spec, spec_from_file_location
from io import BytesIO, TextIOWrapper
from types import ModuleType

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from sio_core.socketio import Packet
from sio_core.socketio.msgpack_parser import MsgpackParser
from tests.support.examples import EXAMPLES, Example

ECHO = EXAMPLES / "engineio-echo" / "server.py"
DECODE = EXAMPLES / "decode-capture" / "decode.py"


class Echo(Example):
    """The echo server as a process of its own, on a free port."""

    def __init__(self, *options: str) -> None:
        super().__init__("Echo server", "engineio-echo", *options)

    def open(self) -> tuple[httpx.Client, dict[str, object]]:
        """Open a polling session. Returns the client and the data of the open packet."""
        http = httpx.Client(base_url=self.url, params={"EIO": "4", "transport": "polling"})
        opened = http.get("")
        assert opened.status_code == 200
        assert opened.text[0] == "0"
        data: dict[str, object] = json.loads(opened.text[1:])
        http.params = http.params.set("sid", data["sid"])
        return http, data

    def websocket(self, sid: str = "") -> ClientConnection:
        """Open a WebSocket, for a new session or an upgrade."""
        query = f"?EIO=4&transport=websocket{'&sid=' if sid else ''}{sid}"
        return connect(self.url.replace("http", "ws", 1) + query, proxy=None, max_size=None)


@pytest.fixture(scope="module", params=["asyncio", "threads"])
def echo(request: pytest.FixtureRequest) -> Iterator[Echo]:
    options = ("--ping-interval", "600", "--max-payload", "1000", "--path", "/engine.io/")
    server = Echo("--mode", request.param, *options)
    yield server
    assert "Traceback" not in server.stop()


@pytest.fixture
def impatient() -> Iterator[Echo]:
    server = Echo("--ping-interval", "0.3", "--ping-timeout", "0.2", "--max-payload", "1000000")
    yield server
    assert "Traceback" not in server.stop()


@pytest.fixture
def patient() -> Iterator[Echo]:
    server = Echo("--ping-interval", "0.1", "--ping-timeout", "600")
    yield server
    assert "Traceback" not in server.stop()


def test_echo_over_polling(echo: Echo) -> None:
    http, data = echo.open()
    with closing(http):
        assert data["maxPayload"] == 1000
        assert data["pingInterval"] == 600_000
        posted = http.post("", content="4hällo\x1ebAQID\x1e4")
        assert (posted.status_code, posted.text) == (200, "ok")
        assert http.get("").content.decode() == "4hällo\x1ebAQID\x1e4"


def test_echo_over_websocket(echo: Echo) -> None:
    with echo.websocket() as websocket:
        assert json.loads(str(websocket.recv())[1:])["upgrades"] == []
        websocket.send("4hällo")
        assert websocket.recv() == "4hällo"
        websocket.send(b"\x00\xff")
        assert websocket.recv() == b"\x00\xff"


def test_echo_after_an_upgrade(echo: Echo) -> None:
    http, data = echo.open()
    with closing(http), echo.websocket(str(data["sid"])) as websocket:
        http.post("", content="4queued")
        websocket.send("2probe")
        assert websocket.recv() == "3probe"
        assert http.get("").text == "4queued"
        websocket.send("5")
        websocket.send("4hello")
        assert websocket.recv() == "4hello"
        assert http.get("").status_code == 400


def test_an_oversized_message_is_refused(echo: Echo) -> None:
    http, _ = echo.open()
    with closing(http):
        assert http.post("", content="4" + "x" * 1000).status_code == 413
    with echo.websocket() as websocket:
        websocket.recv()
        websocket.send("4" + "x" * 1000)
        with pytest.raises(ConnectionClosed) as closed:
            websocket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


def test_a_silent_client_is_closed(impatient: Echo) -> None:
    http, _ = impatient.open()
    with closing(http), impatient.websocket() as websocket:
        websocket.recv()
        assert websocket.recv() == "2"
        with pytest.raises(ConnectionClosed):
            websocket.recv()
        # Polls bring the ping and the close packet, unless they come too late for that.
        polled = []
        while (answer := http.get("")).status_code == 200:
            polled.append(answer.text)
        assert answer.status_code == 400
        assert polled in ([], ["1"], ["2", "1"])


def test_a_client_that_answers_stays(patient: Echo) -> None:
    with patient.websocket() as websocket:
        websocket.recv()
        for _ in range(3):
            assert websocket.recv() == "2"
            websocket.send("3")
        websocket.send("4still here")
        while (received := websocket.recv()) == "2":
            websocket.send("3")
        assert received == "4still here"


@pytest.fixture(scope="module", params=["asyncio", "threads"])
def echo_for_all(request: pytest.FixtureRequest) -> Iterator[Echo]:
    server = Echo("--mode", request.param, "--allow-eio3")
    yield server
    assert "Traceback" not in server.stop()


def test_older_clients_are_refused_unless_they_are_allowed(echo: Echo) -> None:
    answer = httpx.get(echo.url, params={"EIO": "3", "transport": "polling"})
    assert (answer.status_code, answer.json()["code"]) == (400, 5)


def test_echo_to_an_older_client_beside_one_of_today(echo_for_all: Echo) -> None:
    params = {"EIO": "3", "transport": "polling"}
    with httpx.Client(base_url=echo_for_all.url, params=params) as http:
        length, _, packet = http.get("").text.partition(":")
        assert int(length) == len(packet)
        http.params = http.params.set("sid", json.loads(packet[1:])["sid"])
        assert http.post("", content="6:4hello10:b4AQIDBA==").text == "ok"
        answer = http.get("")
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.content == b"\x00\x06\xff4hello\x01\x05\xff\x04\x01\x02\x03\x04"
        assert http.post("", content="1:2").text == "ok"
        assert http.get("").text == "1:3"
    address = echo_for_all.url.replace("http", "ws", 1)
    with connect(f"{address}?EIO=3&transport=websocket", proxy=None) as websocket:
        websocket.recv()
        websocket.send(b"\x04\x01\x02")
        assert websocket.recv() == b"\x04\x01\x02"
    with echo_for_all.websocket() as websocket:
        websocket.recv()
        websocket.send(b"\x04\x01\x02")
        assert websocket.recv() == b"\x04\x01\x02"


def run_echo(*options: str) -> subprocess.CompletedProcess[str]:
    """Start the echo server where it cannot start."""
    command = [sys.executable, str(ECHO), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_taken_port_is_said_clearly() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run_echo("--port", str(port))
    assert done.returncode == 1
    assert done.stderr == (
        f"Port {port} is taken. Choose another with --port, or 0 for a free one.\n"
    )


@pytest.mark.parametrize("options", [("--port", "99999"), ("--ping-interval", "0")])
def test_an_impossible_option_is_one_line(options: tuple[str, str]) -> None:
    done = run_echo(*options)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1


def decode(capture: bytes, *options: str) -> tuple[list[str], int]:
    """Run the decoder. Returns its lines and its exit status; it must say nothing else."""
    command = [sys.executable, str(DECODE), *options]
    done = subprocess.run(command, input=capture, capture_output=True, timeout=60, check=False)
    assert done.stderr == b""
    return done.stdout.decode().splitlines(), done.returncode


@pytest.fixture(scope="module")
def decoder() -> ModuleType:
    """The decoder as a module."""
    spec = spec_from_file_location("decode_capture", DECODE)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_capture_of_its_readme() -> None:
    text = (DECODE.parent / "README.md").read_text(encoding="utf-8")
    capture, expected = re.findall(r"```\n(.*?)```", text, re.DOTALL)
    lines, status = decode(capture.encode())
    assert lines == expected.splitlines()
    assert status == 1


def test_a_capture_without_faults() -> None:
    capture = (
        b'0{"sid":"s"}\r\n\n2probe\n< 42["a"]\x1e451-["b",{"_placeholder":true,"num":0}]\x1ebAAE='
    )
    lines, status = decode(capture)
    assert lines == [
        '1: engine.io open {"sid":"s"}',
        "3: engine.io ping probe",
        '4: < EVENT / ["a"]',
        '4: < part of a packet: "451-[\\"b\\",{\\"_placeholder\\":true,\\"num\\":0}]"',
        '4: < EVENT / ["b", "<2 bytes: 0001>"]',
    ]
    assert status == 0


def test_msgpack_packets() -> None:
    (frame,) = MsgpackParser().encode(Packet(2, "/c", ["x", b"\x01"], 3))
    assert isinstance(frame, bytes)
    lines, status = decode(b"b" + b64encode(frame), "--parser", "msgpack")
    assert lines == ['1: EVENT /c id=3 ["x", "<1 bytes: 01>"]']
    assert status == 0


@pytest.mark.parametrize(
    "record",
    [
        b"xyz",
        b"4",
        b"49",
        b"\xff\xfe",
        b"b!",
        b"bAAAA",
        b"42" + b"[" * 100_000,
        b"42[1" + b"0" * 5000 + b"]",
        b"45999999999999-[]",
        b'451-["a",{"_placeholder":true,"num":1}]\x1ebAAAA',
        b'451-["a",{"_placeholder":true,"num":0}]',
        b"\x1e" * 20_000,
    ],
)
@pytest.mark.parametrize("options", [(), ("--parser", "msgpack")])
def test_a_malformed_record_is_reported(
    record: bytes,
    options: tuple[str, ...],
    decoder: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # In this process: a record is read in much less time than a process takes to begin.
    monkeypatch.setattr(sys, "argv", [str(DECODE), *options])
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(record + b"\n3\n")))
    status = decoder.main()
    lines = capsys.readouterr().out.splitlines()
    assert status == 1
    assert any("malformed: " in line for line in lines)
    assert "2: engine.io pong" in lines


def test_control_characters_do_not_reach_the_terminal() -> None:
    lines, _ = decode('42["\\u001b[31m", "\u202e\x9b"]'.encode())
    assert lines == ['1: EVENT / ["\\u001b[31m", "\\u202e\\x9b"]']

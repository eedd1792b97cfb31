"""The examples that stand on the core alone, run as their users run them."""

import ast
import asyncio
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from sio_client import AsyncClient
from sio_client.exceptions import ConnectionError
from sio_core.websocket import TEXT, frame_masked
from tests.support.examples import EXAMPLES, Example
from tests.support.node import Node
from tests.support.scripts import running

RAW = EXAMPLES / "raw-socket-server" / "server.py"
SIMULATE = EXAMPLES / "simulate-clients" / "simulate.py"
DECODE = EXAMPLES / "decode-capture" / "decode.py"
PATIENCE = 60
"""Seconds: a hang guard only."""
WAYS = {"polling": ["polling"], "websocket": ["websocket"], "upgrade": ["polling", "websocket"]}
OPENING = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\n"
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@pytest.mark.parametrize("path", [RAW, DECODE, SIMULATE], ids=lambda path: path.name)
def test_the_examples_are_short_and_one_file_each(path: Path) -> None:
    assert list(path.parent.glob("**/*.py")) == [path]
    assert len(path.read_text(encoding="utf-8").splitlines()) < 100


@pytest.mark.parametrize("path", [RAW, DECODE, SIMULATE], ids=lambda path: path.name)
def test_the_examples_need_nothing_but_the_core(path: Path) -> None:
    known = {"sio_core", *sys.stdlib_module_names, *({"h11"} if path is RAW else ())}
    for part in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(part, ast.ImportFrom):
            assert str(part.module).partition(".")[0] in known
        elif isinstance(part, ast.Import):
            assert {name.name.partition(".")[0] for name in part.names} <= known


# A server on bare TCP connections -------------------------------------------------


class Raw(Example):
    """The raw server as a process of its own, on a free port."""

    def __init__(self) -> None:
        super().__init__("Chat", "raw-socket-server")

    def say(self, data: bytes) -> bytes:
        """Send bytes on a connection of their own. Returns all that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.fixture(scope="module")
def raw() -> Iterator[Raw]:
    server = Raw()
    yield server
    assert server.stop() == ""


async def enter(
    url: str, way: str, name: str
) -> tuple[AsyncClient, asyncio.Queue[tuple[str, str]]]:
    """Connect. Returns the client and what it hears; it is on the last of its transports."""
    client, heard = AsyncClient(reconnection=False), asyncio.Queue[tuple[str, str]]()
    client.on("said", lambda name, text: heard.put_nowait((name, text)))
    await client.connect(url, auth={"name": name}, transports=WAYS[way])
    async with asyncio.timeout(PATIENCE):
        while client.transport() != WAYS[way][-1]:
            await asyncio.sleep(0.01)
    return client, heard


@pytest.mark.parametrize("way", WAYS)
async def test_python_clients_talk_through_the_raw_server(raw: Raw, way: str) -> None:
    ann, heard_by_ann = await enter(raw.url, way, "Ann")
    bob, heard_by_bob = await enter(raw.url, way, "Bob")
    for text in ("hällo", "x" * 70_000, ""):
        assert await ann.call("say", text) == "delivered"
        for heard in (heard_by_ann, heard_by_bob):
            assert await asyncio.wait_for(heard.get(), PATIENCE) == ("Ann", text)
    await ann.disconnect()
    assert await bob.call("say", "still here") == "delivered"
    await bob.disconnect()


@pytest.mark.parametrize("way", WAYS)
async def test_the_raw_server_refuses_clients_without_a_name(raw: Raw, way: str) -> None:
    client = AsyncClient(reconnection=False)
    with pytest.raises(ConnectionError, match="say your name"):
        await client.connect(raw.url, transports=WAYS[way])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("client", [4, 3])
def test_javascript_clients_talk_through_the_raw_server(
    node: Node, raw: Raw, client: int, way: str
) -> None:
    with running(node, "raw.cjs", port=raw.port, client=client, transport=way) as script:
        script.finish()


POLLING = "/socket.io/?EIO=4&transport=polling"


def head(method: str, path: str = POLLING, *headers: str) -> bytes:
    """The head of a request."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: a", *headers, "", ""]).encode()


def open_polling(raw: Raw) -> str:
    """Open a session. Returns the path of its requests."""
    sid = re.findall(r'"sid":"([^"]+)"', httpx.get(raw.url + POLLING).text)[0]
    return f"{POLLING}&sid={sid}"


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"hello\r\n\r\n", b"400"),
        (b"GET /socket.io/ HTTP/1.1\r\nno colon\r\n\r\n", b"400"),
        (b"GET / SMTP\r\n\r\n", b"400"),
        (head("GET", POLLING, "X: " + "x" * 40_000), b"431"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 40_000, b"400"),
        (head("POST", POLLING, "Content-Length: x"), b"400"),
        (head("GET", POLLING + "&sid=x"), b"400"),
        (head("HEAD"), b"400"),
        (head("GET"), b"200"),
        (head("GET") + head("GET") + b"and more", b"200"),
        (head("OPTIONS"), b"204"),
        (OPENING.replace(b"websocket HTTP", b"polling HTTP"), b"400"),
        (OPENING.replace(b"dGhl", b"dGh"), b"400"),
        (OPENING.replace(b"Version: 13", b"Version: 8"), b"426"),
        (OPENING, b"101"),
    ],
)
def test_the_raw_server_answers_what_it_is_sent(raw: Raw, said: bytes, status: bytes) -> None:
    answer = raw.say(said)
    assert answer.startswith(b"HTTP/1.1 " + status + b" ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert not said.startswith(b"HEAD ") or answer.endswith(b"\r\n\r\n")


def test_the_raw_server_accepts_a_websocket_as_the_rfc_does(raw: Raw) -> None:
    answer = raw.say(OPENING)
    # The example of RFC 6455, section 1.3.
    assert b"\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in answer


def test_the_raw_server_reads_frames_that_come_with_the_head(raw: Raw) -> None:
    answer = raw.say(OPENING + frame_masked(TEXT, b"3probe", b"\0\0\0\0") + b"\x88\x80\0\0\0\0")
    assert answer.partition(b"\r\n\r\n")[2].endswith(b"\x88\x00")


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (["Content-Length: 1000001"], b"4" * 1_000_001),
        (["Transfer-Encoding: chunked"], b"f4241\r\n" + b"4" * 1_000_001 + b"\r\n0\r\n\r\n"),
        (["Transfer-Encoding: chunked"], b"1\r\n4\r\n" * 10_001 + b"0\r\n\r\n"),
    ],
    ids=["bytes", "bytes in chunks", "chunks"],
)
def test_the_raw_server_refuses_bodies_that_are_too_large(
    raw: Raw, headers: list[str], body: bytes
) -> None:
    path = open_polling(raw)
    assert raw.say(head("POST", path, *headers) + body).startswith(b"HTTP/1.1 413 ")
    assert httpx.get(raw.url + path).status_code == 400


@pytest.mark.parametrize(
    "request_",
    [
        ["Content-Length: 3"],
        ["Transfer-Encoding: chunked"],
    ],
    ids=["length", "chunks"],
)
def test_the_raw_server_takes_bodies_of_any_kind(raw: Raw, request_: list[str]) -> None:
    body = b"40x" if "Length" in request_[0] else b"1\r\n4\r\n2\r\n0x\r\n0\r\n\r\n"
    path = open_polling(raw)
    with socket.create_connection(("127.0.0.1", raw.port), PATIENCE) as connection:
        for byte in head("POST", path, *request_) + body:
            connection.sendall(bytes([byte]))
        assert b"".join(iter(lambda: connection.recv(65536), b"")).endswith(b"ok")


def test_the_raw_server_ends_a_session_with_half_a_body(raw: Raw) -> None:
    path = open_polling(raw)
    raw.say(head("POST", path, "Content-Length: 3") + b"40")
    assert httpx.get(raw.url + path).status_code == 400


def test_the_raw_server_closes_for_messages_that_are_too_large(raw: Raw) -> None:
    url = raw.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
    with connect(url, proxy=None, max_size=None) as websocket:
        websocket.recv()
        websocket.send("4" + "x" * 1_000_001)
        with pytest.raises(ConnectionClosed) as closed:
            websocket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


def test_the_raw_server_notices_that_a_poll_was_hung_up(raw: Raw) -> None:
    path = open_polling(raw)
    with closing(httpx.Client(base_url=raw.url, timeout=PATIENCE)) as http:
        with socket.create_connection(("127.0.0.1", raw.port)) as poll:
            poll.sendall(head("GET", path))
        while http.post(path, content="3").status_code == 200:
            pass  # the server has not read the end yet


def test_the_raw_server_says_that_its_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, str(RAW), "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.endswith("Choose another port with --port.\n")
    assert len(done.stderr.splitlines()) == 1


# A thousand clients ---------------------------------------------------------------


def simulate(*options: str, hash_seed: int = 0) -> str:
    """Run the simulation. Returns what it prints."""
    done = subprocess.run(
        [sys.executable, str(SIMULATE), *options],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
    )
    assert done.stderr == ""
    return done.stdout


def test_the_simulation_is_that_of_its_readme() -> None:
    text = (SIMULATE.parent / "README.md").read_text(encoding="utf-8")
    assert simulate(hash_seed=1) == re.findall(r"```\n(.*?)```", text, re.DOTALL)[0]


def test_a_simulation_depends_on_its_seed_alone() -> None:
    few = ("--clients", "100", "--trouble", "0.01")
    first = simulate(*few, hash_seed=1)
    assert simulate(*few, hash_seed=2) == first
    assert simulate(*few, "--seed", "2") != first


def test_a_simulation_without_trouble_loses_nothing() -> None:
    counts = dict(
        line.rsplit(": ", 1)
        for line in simulate("--clients", "60", "--rounds", "2", "--trouble", "0").splitlines()
    )
    assert counts["said"] == counts["acknowledged"] == "120"
    assert counts["sent on"] == counts["received"] == str(120 * 19)
    assert not any("broken" in what for what in counts)

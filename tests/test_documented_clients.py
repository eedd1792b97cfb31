"""Every example of the clients' documentation, run through `import socketio`.

The examples are the files of `documented/client/`; those with coroutines are in its folder
`asyncio`, and the others are the same for both clients. A test gives each the names
that its text assumes (`sio`, `requests`, ...) and runs it unchanged against a server of ours.
"""

import ast
import asyncio
import inspect
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import requests

import socketio
from tests.support.certificates import Certificate
from tests.support.chat_server import Chat, chatting
from tests.support.components import give_up
from tests.support.forwarder import Forwarder
from tests.support.moved_client import PLAIN, SECURE, moved
from tests.support.ports import free_port
from tests.support.servers import PATIENCE, ROOT

DOCUMENTED = Path(__file__).parent / "documented" / "client"
COLOURS = {"plain": socketio.Client, "asyncio": socketio.AsyncClient}
SIMPLE = {"plain": socketio.SimpleClient, "asyncio": socketio.AsyncSimpleClient}


class Example:
    """Runs examples of one colour, and methods of its clients, from coroutines."""

    def __init__(self, colour: str) -> None:
        self.colour = colour
        self.sio: Any = COLOURS[colour]()
        self.seen: list[Any] = []

    async def run(self, name: str) -> dict[str, Any]:
        """Run an example; return the names that there are then."""
        path = DOCUMENTED / "asyncio" / f"{name}.py"
        if self.colour == "plain" or not path.exists():
            path = DOCUMENTED / f"{name}.py"
        code = compile(
            path.read_text(encoding="utf-8"),
            str(path),
            "exec",
            flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
            dont_inherit=True,
        )
        namespace = {
            "__name__": f"documented_{name}",
            "socketio": socketio,
            "requests": requests,
            "aiohttp": aiohttp,
            "ssl": ssl,
            "sio": self.sio,
            "seen": self.seen,
        }
        # It would block the event loop, which serves nothing here, no more than itself.
        result = eval(code, namespace)
        if inspect.isawaitable(result):
            await result
        self.sio = namespace["sio"]
        return namespace

    async def do(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call a method of a client, whatever its colour. Returns its result."""
        if self.colour == "asyncio":
            return await function(*args, **kwargs)
        return await asyncio.to_thread(function, *args, **kwargs)

    async def connect(self, **kwargs: Any) -> None:
        await self.do(self.sio.connect, "http://localhost:5000", **kwargs)


async def until(true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENCE):
        while not true():
            await asyncio.sleep(0.005)


@pytest.fixture
def chat() -> Iterator[Chat]:
    with chatting() as chat, moved({PLAIN: chat.port}):
        yield chat


@pytest.fixture(params=COLOURS)
async def example(request: pytest.FixtureRequest) -> Any:
    example = Example(request.param)
    yield example
    await example.do(example.sio.disconnect)


async def chatted(chat: Chat, true: Callable[[], bool]) -> None:
    """Wait until something is so for the server."""
    await asyncio.to_thread(chat.wait, true)


def tell(chat: Chat, *args: Any, **kwargs: Any) -> None:
    chat.sio.emit(*args, **kwargs)


def test_every_example_is_run_here() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    found = [path.stem for path in DOCUMENTED.rglob("*.py")]
    assert found
    assert not [name for name in found if f'"{name}"' not in text]


# The simple client ------------------------------------------------------------


async def test_simple_client(
    example: Example, chat: Chat, capsys: pytest.CaptureFixture[str]
) -> None:
    chat.sio.on("my message", lambda sid, data: chat.sio.emit("reply", (1, b"2"), to=sid))
    if example.colour == "plain":
        await asyncio.to_thread(lambda: asyncio.run(example.run("simple_client")))
    else:
        await example.run("simple_client")
    out = capsys.readouterr().out.splitlines()
    assert out[0] == f"my sid is {chat.sids[0]}"
    assert out[1].startswith("my transport is ")
    assert out[2] == "received event: \"reply\" with arguments [1, b'2']"
    await chatted(chat, lambda: chat.left == ["client disconnect"])


async def test_simple_client_that_waits_in_vain(
    example: Example, chat: Chat, capsys: pytest.CaptureFixture[str]
) -> None:
    await example.run("simple_client_timeout")
    assert capsys.readouterr().out == "timed out waiting for event\n"
    await chatted(chat, lambda: chat.left == ["client disconnect"])


# Handlers ---------------------------------------------------------------------


async def test_logging(example: Example, chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("socketio.client", "engineio.client"):
        caplog.set_level("INFO", name)
    await example.run("logging_on")
    await example.connect()
    await example.do(example.sio.disconnect)
    assert {record.name for record in caplog.records} >= {"socketio.client", "engineio.client"}


async def test_handlers(example: Example, chat: Chat, capsys: pytest.CaptureFixture[str]) -> None:
    await example.run("handlers")
    await example.connect()
    tell(chat, "message", "hi")
    tell(chat, "my message", {"a": 1})
    out = ""

    def both() -> bool:
        nonlocal out
        out += capsys.readouterr().out
        return out == "I received a message!\n" * 2

    await until(both)


@pytest.mark.parametrize(
    ("name", "args", "noted"),
    [
        ("catch_all_events", (1, {"a": 2}), ["thing", 1, {"a": 2}]),
        ("catch_all_events_one_argument", "x", ["thing", "x"]),
        ("catch_all_both", (1, 2), ["thing", "/", 1, 2]),
    ],
)
async def test_catch_all(
    example: Example, chat: Chat, name: str, args: Any, noted: list[Any]
) -> None:
    await example.run(name)
    await example.connect()
    tell(chat, "thing", args)
    await until(lambda: bool(example.seen))
    assert example.seen == [noted], "connect does not go to a catch-all handler"


async def test_catch_all_namespaces(example: Example, chat: Chat) -> None:
    await example.run("catch_all_namespaces")
    await example.connect(namespaces=["/chat"])
    tell(chat, "my_event", (1, 2), namespace="/chat")
    await until(lambda: bool(example.seen))
    assert example.seen == [["/chat", 1, 2]]


async def test_lifecycle(example: Example, chat: Chat, capsys: pytest.CaptureFixture[str]) -> None:
    await example.run("lifecycle")
    await example.connect()
    await example.do(example.sio.disconnect)
    assert capsys.readouterr().out == (
        "I'm connected!\nI'm disconnected! reason: client disconnect\n"
    )
    with moved({PLAIN: free_port()}), pytest.raises(socketio.exceptions.ConnectionError):
        await example.connect()
    assert capsys.readouterr().out == "The connection failed!\n"


async def test_a_disconnect_handler_without_a_reason(
    example: Example, chat: Chat, capsys: pytest.CaptureFixture[str]
) -> None:
    await example.run("disconnect_without_reason")
    await example.connect()
    await example.do(example.sio.disconnect)
    assert capsys.readouterr().out == "I'm disconnected!\n"


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("client", "the client disconnected"),
        ("server", "the server disconnected the client"),
        ("network", "disconnect reason: transport (close|error)"),
    ],
)
async def test_disconnect_reasons(
    example: Example, chat: Chat, capsys: pytest.CaptureFixture[str], who: str, said: str
) -> None:
    await example.run("disconnect_reasons")
    with Forwarder(chat.port) as way, moved({PLAIN: way.port}):
        await example.connect()
        if who == "client":
            await example.do(example.sio.disconnect)
        elif who == "server":
            chat.sio.disconnect(chat.sids[0])
        else:
            way.open = False
            way.cut()
        out = ""

        def told() -> bool:
            nonlocal out
            out += capsys.readouterr().out
            return re.fullmatch(said + "\n", out) is not None

        await until(told)
        await example.do(example.sio.disconnect)


# Connecting and sending ---------------------------------------------------------


async def test_connect(example: Example, chat: Chat, capsys: pytest.CaptureFixture[str]) -> None:
    await example.run("connect")
    assert capsys.readouterr().out.startswith(f"my sid is {chat.sids[0]}\nmy transport is ")
    await chatted(chat, lambda: chat.left == ["client disconnect"])
    assert chat.seen == [["my message", {"foo": "bar"}]]


async def test_acknowledge(example: Example, chat: Chat) -> None:
    await example.run("acknowledge")
    await example.connect()
    answer = await asyncio.to_thread(
        chat.sio.call, "my_event", ("sid", "data"), to=chat.sids[0], timeout=PATIENCE
    )
    assert answer == ("OK", 123)


async def test_namespaces(example: Example, chat: Chat, capsys: pytest.CaptureFixture[str]) -> None:
    await example.run("namespaces")
    assert capsys.readouterr().out == "I'm connected to the /chat namespace!\n"
    await chatted(chat, lambda: chat.seen == [["my message", {"foo": "bar"}]])


async def test_class_namespace(example: Example, chat: Chat) -> None:
    await example.run("class_namespace")
    await example.connect()
    tell(chat, "my_event", {"a": 1}, namespace="/chat")
    await chatted(chat, lambda: chat.seen == [["my_response", {"a": 1}]])


async def test_class_namespace_for_any(example: Example, chat: Chat) -> None:
    await example.run("class_namespace_any")
    await example.connect(namespaces=["/chat"])
    tell(chat, "my_event", {"a": 1}, namespace="/chat")
    await chatted(chat, lambda: chat.seen == [["my_response", {"a": 1}]])


async def test_background_task(example: Example) -> None:
    await example.run("background_task")
    await until(lambda: example.seen == [123])


async def test_a_whole_program_in_a_process_of_its_own(example: Example) -> None:
    folder = DOCUMENTED if example.colour == "plain" else DOCUMENTED / "asyncio"
    with chatting() as chat:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.support.moved_client"),
                *(str(chat.port), str(folder / ("whole_client" + ".py"))),
            ],
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            await chatted(chat, lambda: bool(chat.sids))
            tell(chat, "my_message", {"a": 1})
            expected = [["my response", {"response": "my response"}]]
            await chatted(chat, lambda: chat.seen == expected)
            chat.sio.disconnect(chat.sids[0])
            out, err = await asyncio.to_thread(process.communicate, timeout=PATIENCE)
        finally:
            process.kill()
            process.communicate()
    assert out == (
        "connection established\nmessage received with  {'a': 1}\ndisconnected from server\n"
    )
    assert err == ""
    assert process.returncode == 0


# TLS ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for example.com, which is its own authority."""
    openssl = shutil.which("openssl")
    if openssl is None:
        give_up("openssl", "openssl is missing", "apt-get install openssl")
    folder = tmp_path_factory.mktemp("certificate")
    made = Certificate(folder / "key.pem", folder / "chain.pem")
    command = [
        *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
        *("-nodes", "-days", "2", "-subj", "/CN=example.com"),
        *("-addext", "subjectAltName=DNS:example.com"),
        *("-keyout", str(made.key), "-out", str(made.chain)),
    ]
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    return made


@pytest.fixture
def secure(certificate: Certificate) -> Iterator[ssl.SSLContext]:
    """A server at https://example.com."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.chain, certificate.key)
    with chatting(context) as chat, moved({SECURE: chat.port}):
        yield context


@pytest.fixture
def files(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the paths of the documentation lead to the files of the test."""
    place = {
        "/path/to/ca.pem": str(certificate.chain),
        "/path/to/client/cert.pem": str(certificate.chain),
        "/path/to/client/key.pem": str(certificate.key),
    }
    for name in ("load_verify_locations", "load_cert_chain"):
        load = getattr(ssl.SSLContext, name)

        def loaded(self: Any, *args: Any, load: Any = load, **kwargs: Any) -> None:
            load(self, *(place.get(arg, arg) for arg in args), **kwargs)

        monkeypatch.setattr(ssl.SSLContext, name, loaded)


async def close_session(names: dict[str, Any]) -> None:
    if isinstance(names.get("http_session"), aiohttp.ClientSession):
        await names["http_session"].close()


async def test_tls_verifies(example: Example, secure: ssl.SSLContext) -> None:
    with pytest.raises(socketio.exceptions.ConnectionError) as caught:
        await example.run("tls")
    assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)


@pytest.mark.parametrize("name", ["tls_unverified", "tls_authority"])
async def test_tls_as_the_session_says(
    example: Example, secure: ssl.SSLContext, files: None, name: str
) -> None:
    names = await example.run(name)
    await close_session(names)
    assert await example.do(example.sio.call, "ask", (1, 2), timeout=PATIENCE) == (1, 2)


async def test_a_certificate_of_the_client(
    secure: ssl.SSLContext,
    files: None,
    certificate: Certificate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secure.verify_mode = ssl.CERT_REQUIRED
    secure.load_verify_locations(certificate.chain)
    # What is trusted by default, the second with a session of requests.
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.chain))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.chain))
    example = Example("plain")
    with pytest.raises(socketio.exceptions.ConnectionError):
        await asyncio.to_thread(lambda: asyncio.run(example.run("tls")))
    await asyncio.to_thread(lambda: asyncio.run(example.run("tls_certificate")))
    assert await example.do(example.sio.call, "ask", 1, timeout=PATIENCE) == 1
    await example.do(example.sio.disconnect)


async def test_a_context_for_servers_cannot_connect(files: None) -> None:
    """The documented context is for a server's side: Python itself refuses it for a client."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        example = Example("asyncio")
        refused = pytest.raises(ValueError, match="one for servers")
        with moved({SECURE: port}), refused:
            await example.run("tls_certificate")

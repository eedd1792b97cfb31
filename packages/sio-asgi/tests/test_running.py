"""`ASGIApp.run`: one process, started as its user starts it."""

import gc
import http.client
import os
import re
import signal
import socket
import subprocess
import sys

import pytest

from sio_asgi import ASGIApp, AsyncServer
from sio_asgi.uvicorn import CompressedWebSocketProtocol, HTTPProtocol, WebSocketProtocol
from sio_server.serving.collector import THRESHOLDS

HANG = 60
"""Seconds that a process gets, on a busy machine: a guard."""

PROGRAM = """
import asyncio, sys
from sio_asgi import ASGIApp, AsyncServer

for name in {blocked!r}:
    sys.modules[name] = None

async def other(scope, receive, send):
    if scope["type"] != "http":
        return
    from uvicorn.protocols.http.auto import AutoHTTPProtocol
    loop = type(asyncio.get_running_loop()).__module__.split(".")[0]
    text = loop + " " + AutoHTTPProtocol.__module__.rpartition(".")[2]
    await send({{"type": "http.response.start", "status": 200, "headers": []}})
    await send({{"type": "http.response.body", "body": text.encode()}})

ASGIApp(AsyncServer(), other).run({arguments})
"""


@pytest.fixture
def start():
    """`start(arguments, *blocked)`: a process that calls `run` without the blocked modules."""
    processes = []

    def start(arguments, *blocked):
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM.format(arguments=arguments, blocked=blocked)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(HANG)
        process.stdout.close()


def ended(process):
    """The exit status and the output of a process that ends by itself."""
    output, _ = process.communicate(timeout=HANG)
    return process.returncode, output


def port_of(process):
    """The port that a server says it runs on."""
    for line in process.stdout:
        if found := re.search(r"running on http://127\.0\.0\.1:(\d+)", line):
            return int(found[1])
    raise AssertionError("it ended")


def get(port, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=HANG)
    connection.request("GET", "/", headers=headers or {})
    response = connection.getresponse()
    answer = response.status, response.read().decode()
    connection.close()
    return answer


def installed(*names):
    found = []
    for name in names:
        try:
            __import__(name)
        except ImportError:
            continue
        found.append(name)
    return found


@pytest.mark.skipif(installed("uvloop", "httptools") != ["uvloop", "httptools"], reason="missing")
def test_uvloop_and_httptools_where_they_are_installed(start):
    process = start("port=0")
    assert get(port_of(process)) == (200, "uvloop httptools_impl")


def test_without_them(start):
    process = start("port=0", "uvloop", "httptools")
    assert get(port_of(process)) == (200, "asyncio h11_impl")


def test_options_of_uvicorn(start):
    process = start('port=0, loop="asyncio", headers=[("x", "y")]')
    port = port_of(process)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=HANG)
    connection.request("GET", "/")
    response = connection.getresponse()
    assert response.headers["x"] == "y"
    assert response.read().startswith(b"asyncio ")
    connection.close()


def websocket(port, *, offer):
    """The head of the answer to a WebSocket of Socket.IO that offers compression."""
    raw = socket.create_connection(("127.0.0.1", port), timeout=HANG)
    lines = [
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        *([f"Sec-WebSocket-Extensions: {offer}"] if offer else []),
    ]
    raw.sendall("\r\n".join([*lines, "", ""]).encode())
    head = b""
    while b"\r\n\r\n" not in head:
        head += raw.recv(4096)
    raw.close()
    return head.decode("latin-1").lower()


@pytest.mark.parametrize("asked", [False, True])
def test_the_own_websocket_class_with_compression_if_asked_for(start, asked):
    process = start(f"port=0, per_message_deflate={asked}")
    head = websocket(port_of(process), offer="permessage-deflate")
    assert head.startswith("http/1.1 101")
    assert ("sec-websocket-extensions: permessage-deflate" in head) == asked


def test_it_ends_when_it_is_told_to(start):
    process = start("port=0")
    port = port_of(process)
    get(port)
    process.send_signal(signal.SIGINT)
    code, output = ended(process)
    assert code in (0, -signal.SIGINT)
    assert "Traceback" not in output
    assert "Finished server process" in output


def test_a_port_that_is_taken(start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, output = ended(start(f"port={taken.getsockname()[1]}"))
    assert code in (1, 3), "as uvicorn's version has it"
    assert "address already in use" in output
    assert "Traceback" not in output


@pytest.mark.parametrize(
    ("options", "name"), [("port=0", "uvicorn"), ("port=0, per_message_deflate=True", "wsproto")]
)
def test_what_is_missing_is_named_with_the_extra(start, options, name):
    code, output = ended(start(options, name))
    assert code == 1
    last = output.strip().splitlines()[-1]
    assert last == f'ImportError: run() needs {name}: pip install "sio-asgi[uvicorn]"'


def test_only_compression_needs_wsproto():
    code = """
import sys
from sio_asgi.uvicorn import HTTPProtocol, WebSocketProtocol
print([name for name in ("wsproto", "h11") if name in sys.modules])
sys.modules["wsproto"] = None
class Own(WebSocketProtocol):
    pass
try:
    class Compressed(WebSocketProtocol):
        per_message_deflate = True
except ImportError as error:
    print(error.name)
try:
    from sio_asgi.uvicorn import CompressedWebSocketProtocol
except ImportError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", code], timeout=HANG, capture_output=True, text=True)
    needs = 'CompressedWebSocketProtocol needs wsproto: pip install "sio-asgi[uvicorn]"'
    assert run.stdout.splitlines() == ["[]", "wsproto", needs], run.stderr


def test_importing_the_package_needs_neither(monkeypatch):
    code = "import sys; sys.modules['uvicorn'] = sys.modules['wsproto'] = None; import sio_asgi"
    assert subprocess.run([sys.executable, "-c", code], timeout=HANG).returncode == 0


def test_wrong_arguments():
    app = ASGIApp(AsyncServer())
    with pytest.raises(TypeError, match="no_such_option"):
        app.run(no_such_option=1)
    with pytest.raises(TypeError):
        app.run("127.0.0.1", 0, True)  # the rest is by name


@pytest.fixture(autouse=True)
def tuned(monkeypatch):
    """How often the collector of this process would have been tuned."""
    calls = []
    monkeypatch.setattr("sio_asgi.running.tune_collector", lambda: calls.append(1))
    return calls


COLLECTOR = """
import gc, uvicorn
from sio_asgi import ASGIApp, AsyncServer

uvicorn.run = lambda app, **options: print(gc.get_freeze_count() > 1000, gc.get_threshold())
ASGIApp(AsyncServer()).run({arguments})
"""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [("", f"True {THRESHOLDS}\n"), ("collector=False", f"False {gc.get_threshold()}\n")],
)
def test_the_collector_of_the_process_is_tuned(arguments, said):
    command = [sys.executable, "-c", COLLECTOR.format(arguments=arguments)]
    assert subprocess.run(command, capture_output=True, text=True, timeout=HANG).stdout == said


def test_the_collector_is_left_alone_where_that_is_asked_for(monkeypatch, tuned):
    monkeypatch.setattr("uvicorn.run", lambda app, **options: None)
    app = ASGIApp(AsyncServer())
    app.run(collector=False)
    assert tuned == []
    app.run()
    assert tuned == [1]


def test_an_own_class_is_kept(monkeypatch):
    calls = []
    monkeypatch.setattr("uvicorn.run", lambda app, **options: calls.append((app, options)))
    app = ASGIApp(AsyncServer())
    app.run("0.0.0.0", 1, ws="wsproto", http="h11", log_level="error")
    options = {"host": "0.0.0.0", "port": 1, "ws": "wsproto", "http": "h11", "log_level": "error"}
    assert calls == [(app, options)]


def test_both_classes_are_used(monkeypatch):
    calls = []
    monkeypatch.setattr("uvicorn.run", lambda app, **options: calls.append(options))
    app = ASGIApp(AsyncServer())
    app.run()
    app.run(per_message_deflate=True)
    assert [options["ws"] for options in calls] == [WebSocketProtocol, CompressedWebSocketProtocol]
    assert [options["http"] for options in calls] == [HTTPProtocol] * 2

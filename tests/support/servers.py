"""Web servers as processes of their own, each with one application of ``tests/apps``.

Those for WSGI run the application of the same name of ``tests/apps/wsgi``.

A server listens on a free port of the loopback interface, is a process group of its own, and is
ended by that group. What it prints is kept; ``serving.py`` has the fixtures that start servers and
that fail a test if one of its servers printed a traceback.
"""

import contextlib
import http.client
import importlib.util
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support.components import give_up, require
from tests.support.forked.processes import Forked, start
from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30.0  # seconds that a process gets to begin or to end, on a busy machine
COMPLAINT = re.compile(
    r"Traceback|Exception in|never (retrieved|awaited)|Error:|\[?(ERROR|CRITICAL)"
)
# What a server says of requests that it refuses, as it should.
REFUSAL = re.compile(r"request refused: |does not give its sockets to applications")
# What uvicorn prints over TLS of every refused WebSocket, however it was refused.
NO_COMPLAINT = re.compile(r"returned without completing handshake")

# What asyncio's streams of Python 3.11 print where a web server cancels the task of a connection,
# as hypercorn does at its end.
CANCELLED = re.compile(
    r"Exception in callback StreamReaderProtocol\.connection_made.*?\nasyncio.*CancelledError\n",
    re.DOTALL,
)

UVICORN = ("uvicorn", "--host", "127.0.0.1", "--port", "{port}", "--no-access-log", "--ws")
GUNICORN = (
    *("gunicorn", "--no-control-socket", "--limit-request-line", "0"),
    *("--bind", "127.0.0.1:{port}"),
)
AIOHTTP_SITE = "tests.support.frameworks.on_aiohttp:make_gunicorn_app('{app}')"
COMMANDS: Mapping[str, Sequence[str]] = {
    "uvicorn": (*UVICORN, "auto", "{app}"),
    "uvicorn-websockets": (*UVICORN, "websockets", "--http", "h11", "{app}"),
    "uvicorn-sio": (
        *UVICORN,
        *("sio_asgi.uvicorn:WebSocketProtocol", "--http", "sio_asgi.uvicorn:HTTPProtocol", "{app}"),
    ),
    "uvicorn-deflate": (*UVICORN, "sio_asgi.uvicorn:CompressedWebSocketProtocol", "{app}"),
    "uvicorn-sansio": (*UVICORN, "websockets-sansio", "--http", "httptools", "{app}"),
    "uvicorn-wsproto": (*UVICORN, "wsproto", "--http", "h11", "{app}"),
    "hypercorn": ("hypercorn", "--workers", "0", "--bind", "127.0.0.1:{port}", "{app}"),
    "daphne": ("daphne", "-v", "0", "-b", "127.0.0.1", "-p", "{port}", "{app}"),
    "granian": (
        *("granian", "--interface", "asgi", "--no-access-log"),
        *("--host", "127.0.0.1", "--port", "{port}", "{app}"),
    ),
    **{
        name: ("tests.support.frameworks", name, "{port}", "{app}")
        for name in ("aiohttp", "tornado", "sanic")
    },
    "gunicorn-aiohttp": (*GUNICORN, "-k", "aiohttp.GunicornWebWorker", AIOHTTP_SITE),
    "gunicorn-aiohttp-uvloop": (*GUNICORN, "-k", "aiohttp.GunicornUVLoopWebWorker", AIOHTTP_SITE),
}
RUNNER = ("tests.support.wsgi_servers",)
WSGI_COMMANDS: Mapping[str, Sequence[str]] = {
    **{
        name: (*RUNNER, name, "{port}", "{app}")
        for name in ("werkzeug", "waitress", "pywsgi", "gevent-websocket", "eventlet")
    },
    "gunicorn": (*GUNICORN, "--threads", "50", "{app}"),
    "gunicorn-gevent": (*GUNICORN, "-k", "gevent", "{app}"),
    "gunicorn-gevent-websocket": (
        *GUNICORN,
        *("-k", "geventwebsocket.gunicorn.workers.GeventWebSocketWorker", "{app}"),
    ),
    # The gunicorn that has this worker has no control socket.
    "gunicorn-eventlet": (
        *("gunicorn", "--limit-request-line", "0", "--bind", "127.0.0.1:{port}"),
        *("-k", "eventlet", "{app}"),
    ),
    "uwsgi": (
        *("uwsgi", "--http", "127.0.0.1:{port}", "--http-websockets", "--gevent", "300"),
        *("--http-chunked-input", "--buffer-size", "32768"),
        # The router closes every connection, and does not say so by itself.
        *("--add-header", "Connection: close"),
        *("--master", "--die-on-term", "--disable-logging", "--need-app"),
        *("--module", "{app}"),
    ),
}
MODES: Mapping[str, str] = {
    **dict.fromkeys(("aiohttp", "gunicorn-aiohttp", "gunicorn-aiohttp-uvloop"), "aiohttp"),
    "tornado": "tornado",
    "sanic": "sanic",
    "werkzeug": "threading",
    "waitress": "threading",
    "gunicorn": "threading",
    "pywsgi": "gevent",
    "gevent-websocket": "gevent",
    "gunicorn-gevent": "gevent",
    "gunicorn-gevent-websocket": "gevent",
    "eventlet": "eventlet",
    "gunicorn-eventlet": "eventlet",
    "uwsgi": "gevent_uwsgi",
}
# One ASGI server, and every way of WSGI servers to hand over a socket: what goes over the wire is
# the same for all.
WIRE = (
    *("uvicorn", "uvicorn-sio"),
    "aiohttp",
    "tornado",
    "sanic",
    *("werkzeug", "gunicorn"),
    *("pywsgi", "gevent-websocket", "gunicorn-gevent"),
    *("eventlet", "gunicorn-eventlet"),
    "uwsgi",
)
# One for each colour and each kind of thread, one whose WebSockets are transports of asyncio, and
# one whose requests have no task: what comes after a connection stands is the same code under the
# others of `WIRE`.
DRIVERS = ("uvicorn-sio", "aiohttp", "werkzeug", "pywsgi", "eventlet", "uwsgi")
# The handler of gevent-websocket opens every WebSocket before the application is asked.
OPENS_FIRST = ("gevent-websocket", "gunicorn-gevent-websocket")
NEEDS: Mapping[str, str] = {
    "uvicorn-websockets": "websockets",
    "uvicorn-wsproto": "wsproto",
    "pywsgi": "gevent",
    "gevent-websocket": "geventwebsocket",
    "gunicorn-gevent": "gevent",
    "gunicorn-gevent-websocket": "geventwebsocket",
}


_UVICORN = (
    *("uvicorn.main", "uvicorn.lifespan.on", "uvicorn.loops.uvloop", "uvloop"),
    *("sio_asgi", "msgspec", "tests.apps.journal"),
)
_GUNICORN = ("gunicorn.app.wsgiapp", "msgspec")
_WSGI = (
    *("sio_wsgi:Server", "sio_wsgi:WSGIApp", "sio_server.concurrency.greenlets"),
    *("tests.support.moved_program", "tests.support.stopping"),
)
IMPORTS: Mapping[str, Sequence[str]] = {
    "uvicorn": (
        *(*_UVICORN, "uvicorn.protocols.http.auto"),
        "uvicorn.protocols.websockets.auto",
    ),
    "uvicorn-websockets": (
        *(*_UVICORN, "uvicorn.protocols.http.h11_impl"),
        "uvicorn.protocols.websockets.websockets_impl",
    ),
    "uvicorn-sio": (*_UVICORN, "sio_asgi.uvicorn:HTTPProtocol"),
    "uvicorn-deflate": (
        *(*_UVICORN, "uvicorn.protocols.http.auto"),
        "sio_asgi.uvicorn",
    ),
    "uvicorn-sansio": (
        *(*_UVICORN, "uvicorn.protocols.http.httptools_impl"),
        "uvicorn.protocols.websockets.websockets_sansio_impl",
    ),
    "uvicorn-wsproto": (
        *(*_UVICORN, "uvicorn.protocols.http.h11_impl"),
        "uvicorn.protocols.websockets.wsproto_impl",
    ),
    **{
        name: (f"tests.support.frameworks.on_{name}", f"sio_{name}", "sio_asgi", "msgspec")
        for name in ("aiohttp", "tornado", "sanic")
    },
    "hypercorn": (
        *("hypercorn.run", "hypercorn.asyncio.run", "hypercorn.protocol"),
        *("sio_asgi", "msgspec", "tests.apps.journal"),
    ),
    "gunicorn-aiohttp": (*_GUNICORN, "aiohttp.worker", "sio_aiohttp"),
    "werkzeug": (
        *("werkzeug.serving", "sio_wsgi", "msgspec"),
        *("tests.support.moved_program", "tests.support.stopping"),
    ),
    "waitress": ("waitress.server", *_WSGI),
    "pywsgi": ("gevent.pywsgi", *_WSGI),
    "gevent-websocket": ("gevent.pywsgi", "geventwebsocket.handler", *_WSGI),
    "eventlet": ("eventlet.wsgi", *_WSGI),
    "gunicorn": (*_GUNICORN, "gunicorn.workers.gthread", "sio_wsgi"),
}
"""What servers begin with that are started often (`tests/support/forked`)."""


def over_all_but(
    *names: str, fixture: str = "serve_wire", servers: Sequence[str] = WIRE
) -> pytest.MarkDecorator:
    """Leave servers out of one test, whose `fixture` has them as parameters: say why beside it."""
    rest = [server for server in servers if server not in names]
    return pytest.mark.parametrize(fixture, rest, indirect=True)


# One for each colour: what comes after the web server is the same code in the others.
BOTH_COLOURS = ("uvicorn-sio", "werkzeug")


def few_elsewhere(
    names: str,
    values: Iterable[Any],
    few: Iterable[Any],
    *,
    fixture: str = "serve_wire",
    servers: Sequence[str] = WIRE,
    whole: Sequence[str] = BOTH_COLOURS,
) -> pytest.MarkDecorator:
    """Parametrise a test: all `values` under the `whole` servers, and under the others a `few`.

    The few are those that a web server, its threads or its greenlets might handle in another way.
    """
    every, few = list(values), list(few)
    assert all(value in every for value in few), "one of the few is none of the values"
    assert set(whole) <= set(servers)
    rows = []
    for server in servers:
        for number, value in enumerate(every):
            if server in whole or value in few:
                short = isinstance(value, str) and 0 < len(value) < 40
                marked = f"{server}-{value if short else number}"
                row = value if isinstance(value, tuple) else (value,)
                rows.append(pytest.param(server, *row, id=marked))
    return pytest.mark.parametrize(f"{fixture},{names}", rows, indirect=[fixture])


few_elsewhere_of_drivers = partial(few_elsewhere, fixture="serve_driver", servers=DRIVERS)


@dataclass
class Served:
    """One running server; `port` is on 127.0.0.1."""

    process: subprocess.Popen[bytes] | Forked
    port: int
    output: Path
    secure: bool = False
    root_path: str = ""
    opens_first: bool = False
    """True where the web server opens every WebSocket before the application is asked."""

    @property
    def host(self) -> str:
        """The address and port, as a Host header has them."""
        return f"127.0.0.1:{self.port}"

    @property
    def origin(self) -> str:
        """The scheme, address and port."""
        return f"http{'s' if self.secure else ''}://{self.host}"

    def log(self, mark: int = 0) -> str:
        """What was printed after the first `mark` bytes."""
        return self.output.read_bytes()[mark:].decode(errors="replace")

    def mark(self) -> int:
        """How many bytes were printed up to now."""
        return self.output.stat().st_size

    def complaints(self, mark: int = 0) -> list[str]:
        """The lines after `mark` that a healthy server does not print, with those that follow."""
        lines = CANCELLED.sub("", self.log(mark)).splitlines()
        for number, line in enumerate(lines):
            if REFUSAL.search(line) or (self.secure and NO_COMPLAINT.search(line)):
                continue
            if COMPLAINT.search(line):
                return lines[number:]
        return []

    def check(self, mark: int = 0) -> None:
        """Fail the running test if the log after `mark` has complaints."""
        if lines := self.complaints(mark):
            pytest.fail("the server printed:\n" + "\n".join(lines), pytrace=False)

    def alive(self) -> bool:
        """Tell whether the process is still there."""
        return self.process.poll() is None

    def wait_ended(self, seconds: float = PATIENCE) -> int:
        """Wait for the process to end by itself. Returns its exit status."""
        return self.process.wait(seconds)

    def stop(self, *, asked: bool = False) -> None:
        """End the process: asked first, unless it was; then what is left of its group is killed.

        A second signal may come when the event loop has ended, and Python prints that.
        """
        if not asked:
            self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(PATIENCE)
        self.kill()

    def kill(self) -> None:
        """End the process and its group at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)


def launch(
    name: str,
    app: str,
    output: Path,
    *,
    options: Mapping[str, Any] | None = None,
    arguments: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    secure: bool = False,
    root_path: str = "",
) -> Served:
    """Start server `name` of COMMANDS with `app` (`module:attribute`) and wait for its answer.

    `options` are the keyword arguments of the application's server. The
    caller stops what is returned.
    """
    for _ in range(3):  # another process may take the free port first
        served = _spawn(name, app, output, options or {}, arguments, env or {})
        served.secure, served.root_path = secure, root_path
        if answers(served):
            return served
        served.stop()
        if "in use" not in served.log():
            break
    pytest.fail(f"{name} did not start:\n{served.log()}", pytrace=False)


def _spawn(
    name: str,
    app: str,
    output: Path,
    options: Mapping[str, Any],
    arguments: Sequence[str],
    env: Mapping[str, str],
) -> Served:
    port = free_port()
    if name in MODES:
        env = {"SIO_TEST_MODE": MODES[name], **env}
    if name in WSGI_COMMANDS:
        app = app.replace("tests.apps.", "tests.apps.wsgi.")
    parts = COMMANDS.get(name) or WSGI_COMMANDS[name]
    command = [*_program(name), *(part.format(port=port, app=app) for part in parts[1:])]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "PYTHONUNBUFFERED": "1",
        "SIO_TEST_OPTIONS": json.dumps(options),
        **env,
    }
    command += arguments
    if name in IMPORTS:
        forked = start(
            name, command, output, imports=IMPORTS[name], env=environment, directory=ROOT
        )
        return Served(forked, port, output, opens_first=name in OPENS_FIRST)
    with output.open("wb") as file:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Served(process, port, output, opens_first=name in OPENS_FIRST)


def _program(name: str) -> list[str]:
    """The program of a server, by an interpreter that has it; without one the test is skipped."""
    module = (COMMANDS.get(name) or WSGI_COMMANDS[name])[0]
    if name == "uwsgi":
        return [require("uwsgi"), "-H", str(Path(require("uwsgi")).parent.parent)]
    if name == "gunicorn-eventlet":
        return [require("eventlet"), "-m", module]
    needed = NEEDS.get(name, name.partition("-")[0])
    if importlib.util.find_spec(needed) is not None:
        return [sys.executable, "-m", module]
    if MODES.get(name) in ("gevent", "eventlet"):
        return [require("greenlets"), "-m", module]
    give_up(name, f"{name} is missing", f"pip install {needed}")


def answers(served: Served) -> bool:
    """Wait until the server answers a request. Returns false if it ended or never does."""
    deadline = time.monotonic() + PATIENCE
    while served.alive() and time.monotonic() < deadline:
        try:
            get(served, "/no-such-page")
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False


def get(served: Served, path: str, method: str = "GET") -> tuple[int, Mapping[str, str], bytes]:
    """Ask for `path` exactly as written. Returns status, headers (names in lower case) and body."""
    connection: http.client.HTTPConnection
    if served.secure:
        context = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection(
            "127.0.0.1", served.port, timeout=PATIENCE, context=context
        )
    else:
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=PATIENCE)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        headers = {key.lower(): value for key, value in response.getheaders()}
        return response.status, headers, response.read()
    except http.client.HTTPException as error:
        raise ConnectionError(repr(error)) from error
    finally:
        connection.close()

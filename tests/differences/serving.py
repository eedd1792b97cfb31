"""A server of the `socketio` that is installed, under uvicorn, and a client that knows no protocol.

For `servers.py` and `clients.py`, which run in this project's environment and in python-socketio's.
"""

import asyncio
import contextlib
import http.client
import json
import logging
import socketserver
import threading
import time
import wsgiref.simple_server
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn

import socketio


class Records(logging.Handler):
    """What is logged while it listens."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(record)

    @property
    def text(self) -> str:
        return "\n".join(record.getMessage() for record in self.found)


class Running:
    """A server on `port`, whose event loop is that of a thread."""

    def __init__(self, sio: Any, port: int, loop: asyncio.AbstractEventLoop) -> None:
        self.sio, self.port = sio, port
        self._loop = loop

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def do(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Await a method of the server. Returns its result, or the name of what it raised."""
        coroutine = getattr(self.sio, name)(*args, **kwargs)
        try:
            return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(30)
        except Exception as error:
            return type(error).__name__

    def begin(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Begin a method of the server. Returns a future."""
        coroutine = getattr(self.sio, name)(*args, **kwargs)
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)


@contextlib.contextmanager
def serving(sio: Any) -> Iterator[Running]:
    app = socketio.ASGIApp(sio)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    found: list[asyncio.AbstractEventLoop] = []

    async def main() -> None:
        found.append(asyncio.get_running_loop())
        await server.serve()

    thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
    thread.start()
    wait(lambda: server.started)
    yield Running(sio, server.servers[0].sockets[0].getsockname()[1], found[0])
    server.should_exit = server.force_exit = True  # others go on meanwhile


@contextlib.contextmanager
def under_aiohttp(sio: Any) -> Iterator[int]:
    """Serve it by aiohttp. Yields the port."""
    from aiohttp import web

    app = web.Application()
    sio.attach(app)
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(app, shutdown_timeout=0.1)

    async def start() -> int:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return int(runner.addresses[0][1])

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield asyncio.run_coroutine_threadsafe(start(), loop).result(30)
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)


class Quiet(wsgiref.simple_server.WSGIRequestHandler):
    """A handler of requests that prints nothing."""

    def log_message(self, *args: Any) -> None: ...


class Threaded(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
    """A server with a thread for each connection."""

    daemon_threads = True


@contextlib.contextmanager
def under_wsgiref(app: Any) -> Iterator["Running"]:
    """Serve a WSGI application with a thread for each connection."""
    server = wsgiref.simple_server.make_server(
        "127.0.0.1", 0, app, server_class=Threaded, handler_class=Quiet
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Running(None, server.server_port, asyncio.new_event_loop())
    server.shutdown()


class Raw:
    """A session over polling; what is sent is what is given, and what comes is given as it is."""

    def __init__(self, running: Running, headers: dict[str, str] | None = None) -> None:
        self._port, self._headers = running.port, headers or {}
        self.sid = ""
        self.answer = self.ask("GET", "")
        if self.answer[0] == 200:
            self.sid = json.loads(self.answer[2][1:])["sid"]

    def ask(self, method: str, body: str, more: str = "") -> tuple[int, dict[str, str], str]:
        """Make a request. Returns its status, headers and body."""
        query = f"EIO=4&transport=polling{f'&sid={self.sid}' if self.sid else ''}{more}"
        return request(self._port, method, f"/socket.io/?{query}", body, self._headers)

    def post(self, body: str) -> int:
        return self.ask("POST", body)[0]

    def get(self) -> list[str]:
        """The packets of a poll, or of one after it if there is only a ping."""
        packets = ["2"]
        while packets == ["2"]:
            packets = self.ask("GET", "")[2].split("\x1e")
        return packets

    def connect(self, namespace: str = "") -> list[str]:
        self.post(f"40{namespace}")
        return self.get()

    def settled(self) -> None:
        """Wait until the handlers of what was sent have begun; the server has an event for it."""
        self.post('42["settle"]')
        status, body = 200, ""
        while status == 200 and '42["settled"]' not in body.split("\x1e"):
            status, _, body = self.ask("GET", "")

    def ended(self) -> bool:
        """Tell whether the server has ended the session by now, or does so in a while."""
        with contextlib.suppress(TimeoutError):
            for _ in range(5):
                status, _, _ = self.ask("POST", '42["nothing"]')
                if status != 200:
                    return True
                time.sleep(0.05)
        return False


def request(
    port: int, method: str, target: str, body: str = "", headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, target, body.encode() or None, headers or {})
        response = connection.getresponse()
        names = {name.lower(): value for name, value in response.getheaders()}
        return response.status, names, response.read().decode()
    finally:
        connection.close()


def wait(condition: Callable[[], Any], seconds: float = 30) -> bool:
    """Wait for a condition. Returns whether it came true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


@contextlib.contextmanager
def records(*names: str) -> Iterator[Records]:
    """What the loggers of these names, or of those below them, are told."""
    handler = Records()
    loggers = [logging.getLogger(name) for name in names]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    yield handler
    for logger, level in zip(loggers, before, strict=True):
        logger.removeHandler(handler)
        logger.setLevel(level)


def main(probes: dict[str, Callable[[], Any]]) -> None:
    """Run all, and print what each came to."""
    found = {}
    for name, probe in probes.items():
        begun = time.monotonic()
        try:
            found[name] = probe()
        except Exception as error:
            found[name] = f"failed: {error!r}"
        took = time.monotonic() - begun
        if took > 3:
            print(f"{name} took {took:.1f} s")
    print(json.dumps(found))

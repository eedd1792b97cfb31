"""Through how many files and folders a message walks: `python bench/walks.py [servers]`.

Counts, by `sys.setprofile`, the calls of functions of this project that an event and its answer
take, a broadcast, an upgrade, and a connection that breaks and is made again. Servers run in
memory; clients talk, through a proxy that can cut their connections, to a server in a process of
its own, and with `servers` they do not. `PYTHONPATH` may name the sources of another version.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from types import FrameType
from typing import Any

from sio_asgi import ASGIApp, AsyncServer
from sio_client import AsyncClient, Client
from sio_wsgi import Server, WSGIApp

ROOT = Path(__file__).resolve().parent.parent
SERVER = ROOT / "examples" / "raw-socket-server" / "server.py"
POLLING, WEBSOCKET = "EIO=4&transport=polling", "EIO=4&transport=websocket"
EVENT, ANSWER = '421["say","x"]', '431["x"]'
PATIENCE = 10.0
SILENT = logging.getLogger("silent")
SILENT.setLevel(logging.CRITICAL + 1)


class Walk:
    """What was called while it was on, in this thread and in those that began after `install`."""

    def __init__(self) -> None:
        self.on = False
        self.calls = 0
        self.hops = 0
        self.files: set[str] = set()

    def install(self) -> None:
        """Count in this thread, and in all that begin from now on."""
        threading.setprofile(self)
        sys.setprofile(self)

    def __call__(self, frame: FrameType, what: str, _argument: Any) -> None:
        name = frame.f_code.co_filename
        if what != "call" or not self.on or "/src/sio_" not in name:
            return
        self.calls += 1
        self.files.add(name.rpartition("/src/")[2])
        caller = frame.f_back
        while caller is not None and "/src/sio_" not in caller.f_code.co_filename:
            caller = caller.f_back
        self.hops += caller is None or caller.f_code.co_filename != name

    def __enter__(self) -> None:
        self.calls = self.hops = 0
        self.files = set()
        self.on = True

    def __exit__(self, *_exception: object) -> None:
        self.on = False

    def report(self, what: str) -> None:
        """Print a line about what was counted last."""
        folders = {name.rpartition("/")[0] for name in self.files}
        print(
            f"{what:28} {len(self.files):3} files in {len(folders):2} folders,"
            f" {self.calls:4} calls, {self.hops:4} of them into another file"
        )


WALK = Walk()


# Servers in memory ------------------------------------------------------------------


class WebSocket:
    """One WebSocket of an ASGI application."""

    def __init__(self, app: ASGIApp, query: str) -> None:
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.outgoing: asyncio.Queue[Any] = asyncio.Queue()
        scope = {"type": "websocket", "path": "/socket.io/", "headers": [], "scheme": "ws"}
        self.incoming.put_nowait({"type": "websocket.connect"})
        serving = app({**scope, "query_string": query.encode()}, self.incoming.get, self._send)
        self.task = asyncio.ensure_future(serving)

    async def _send(self, message: Any) -> None:
        self.outgoing.put_nowait(message)

    def say(self, text: str) -> None:
        self.incoming.put_nowait({"type": "websocket.receive", "text": text})

    async def hear(self) -> str:
        while True:
            message = await asyncio.wait_for(self.outgoing.get(), PATIENCE)
            if message["type"] == "websocket.send":
                text: str = message["text"]
                return text


async def asgi(app: ASGIApp, method: str, query: str, body: bytes = b"") -> str:
    """Make a request of an ASGI application. Returns the body of the answer."""
    messages: list[Any] = [{"type": "http.request", "body": body}]
    sent: list[Any] = []

    async def receive() -> Any:
        return messages.pop() if messages else await asyncio.get_running_loop().create_future()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": "/socket.io/", "headers": []}
    await app({**scope, "query_string": query.encode()}, receive, send)
    return b"".join(message.get("body", b"") for message in sent).decode()


async def connected(app: ASGIApp) -> WebSocket:
    websocket = WebSocket(app, WEBSOCKET)
    await websocket.hear()
    websocket.say("40")
    await websocket.hear()
    return websocket


async def asyncio_server() -> None:
    """Walk through `AsyncServer` and `ASGIApp`."""
    sio = AsyncServer()
    app = ASGIApp(sio)

    async def say(sid: str, text: str) -> str:
        return text

    sio.on("say", say)
    clients = [await connected(app) for _ in range(10)]
    for _ in range(2):  # the first time, more is looked up
        with WALK:
            clients[0].say(EVENT)
            assert await clients[0].hear() == ANSWER
    WALK.report("AsyncServer: event")
    for _ in range(2):
        with WALK:
            await sio.emit("news", 1)
            for client in clients:
                assert await client.hear() == '42["news",1]'
    WALK.report("AsyncServer: broadcast to 10")
    for _ in range(2):
        sid = json.loads((await asgi(app, "GET", POLLING))[1:])["sid"]
        await asgi(app, "POST", f"{POLLING}&sid={sid}", b"40")
        await asgi(app, "GET", f"{POLLING}&sid={sid}")
        with WALK:
            poll = asyncio.ensure_future(asgi(app, "GET", f"{POLLING}&sid={sid}"))
            await asyncio.sleep(0)
            websocket = WebSocket(app, f"{WEBSOCKET}&sid={sid}")
            websocket.say("2probe")
            assert await websocket.hear() == "3probe"
            await poll
            websocket.say("5")
            websocket.say(EVENT)
            assert await websocket.hear() == ANSWER
    WALK.report("AsyncServer: upgrade, event")


def threaded_server() -> None:
    """Walk through `Server` and `WSGIApp`."""
    sio = Server(async_mode="threading", logger=SILENT)
    app = WSGIApp(sio)
    sio.on("say", lambda sid, text: text)

    def wsgi(method: str, query: str, body: bytes = b"") -> str:
        environ = {"REQUEST_METHOD": method, "PATH_INFO": "/socket.io/", "QUERY_STRING": query}
        environ |= {"SERVER_NAME": "x", "SERVER_PORT": "80", "wsgi.url_scheme": "http"}
        more = {"CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body)}
        return b"".join(app({**environ, **more}, lambda *_: None)).decode()

    sid = json.loads(wsgi("GET", POLLING)[1:])["sid"]
    query = f"{POLLING}&sid={sid}"
    wsgi("POST", query, b"40")
    wsgi("GET", query)
    for _ in range(2):
        with WALK:
            wsgi("POST", query, EVENT.encode())
            assert wsgi("GET", query) == ANSWER
    WALK.report("Server: event, polling")
    for _ in range(2):
        with WALK:
            sio.emit("news", 1)
            assert wsgi("GET", query) == '42["news",1]'
    WALK.report("Server: emit, polling")
    sio.shutdown(0)


# Clients against a server behind a proxy ---------------------------------------------


class Proxy:
    """Passes the connections of one port on to another, and can cut them."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            near, _ = self.listener.accept()
            far = socket.create_connection(("127.0.0.1", self.target))
            self.sockets += [near, far]
            for pair in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        self.cut(source, sink)

    def cut(self, *sockets: socket.socket) -> None:
        for each in sockets or self.sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


OPTIONS: dict[str, Any] = {"reconnection_delay": 0.01, "handle_sigint": False}
CONNECT: dict[str, Any] = {"auth": {"name": "Ann"}, "transports": ["websocket"]}


async def asyncio_client(port: int) -> None:
    """Walk through `AsyncClient`."""
    proxy, sio = Proxy(port), AsyncClient(**OPTIONS)
    up, heard = asyncio.Event(), asyncio.Event()
    sio.on("connect", up.set)
    sio.on("said", lambda name, text: heard.set())
    await sio.connect(proxy.url, **CONNECT)
    for _ in range(2):
        heard.clear()
        with WALK:
            await sio.call("say", "x")
            await asyncio.wait_for(heard.wait(), PATIENCE)
    WALK.report("AsyncClient: call, event")
    for _ in range(2):
        up.clear()
        with WALK:
            proxy.cut()
            await asyncio.wait_for(up.wait(), PATIENCE)
    WALK.report("AsyncClient: reconnection")
    await sio.disconnect()


def threaded_client(port: int) -> None:
    """Walk through `Client`."""
    proxy, sio = Proxy(port), Client(**OPTIONS)
    up, heard = threading.Event(), threading.Event()
    sio.on("connect", up.set)
    sio.on("said", lambda name, text: heard.set())
    sio.connect(proxy.url, **CONNECT)
    for _ in range(2):
        heard.clear()
        with WALK:
            sio.call("say", "x")
            assert heard.wait(PATIENCE)
            time.sleep(0.1)  # the threads come to rest
    WALK.report("Client: call, event")
    for _ in range(2):
        up.clear()
        with WALK:
            proxy.cut()
            assert up.wait(PATIENCE)
            time.sleep(0.1)
    WALK.report("Client: reconnection")
    sio.disconnect()


def main() -> None:
    """Walk all ways, or those through servers, and print a line for each."""
    WALK.install()
    asyncio.run(asyncio_server())
    threaded_server()
    if sys.argv[1:] == ["servers"]:
        return
    command = [sys.executable, str(SERVER), "--port", "0"]
    # The server of the example needs the core beside it, whatever version is measured.
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "packages" / "sio-core" / "src")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as process:
        assert process.stdout is not None
        try:
            port = int(process.stdout.readline().rpartition(":")[2])
            asyncio.run(asyncio_client(port))
            threaded_client(port)
        finally:
            process.terminate()


if __name__ == "__main__":
    main()

"""Servers for blocking clients: one of ours in a thread, and peers that follow a script."""

import asyncio
import base64
import hashlib
import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import uvicorn

from sio_asgi import ASGIApp, AsyncServer
from sio_core.websocket import FrameReader, frame_text

HANG = 20.0
"""Seconds after which a wait is a failure: a guard, no test takes long."""


def until(condition: Callable[[], Any]) -> None:
    """Wait until something holds that nobody tells of."""
    deadline = time.monotonic() + HANG
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.005)


class OurServer:
    """A server of ours in a thread; `url` leads to it."""

    def __init__(self, **secure: Any) -> None:
        self.sio = AsyncServer(async_mode="asgi")
        self.connects: list[tuple[dict[str, Any], Any]] = []
        self.seen: list[Any] = []
        self._register()
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        self.url = f"http{'s' if secure else ''}://127.0.0.1:{self.port}"
        config = uvicorn.Config(ASGIApp(self.sio), log_level="error", lifespan="off", **secure)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, args=(listener,))
        self._thread.start()
        until(lambda: self._server.started)

    def _serve(self, listener: socket.socket) -> None:
        asyncio.run(self._server.serve([listener]))

    def stop(self) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(HANG)

    def _register(self) -> None:
        sio = self.sio

        @sio.event
        async def connect(sid: str, environ: dict[str, Any], auth: Any) -> Any:
            self.connects.append((environ, auth))
            return not (auth or {}).get("refuse")

        @sio.on("echo", namespace="/")
        @sio.on("echo", namespace="/chat")
        async def echo(sid: str, *args: Any) -> Any:
            return args if len(args) != 1 else args[0]

        @sio.event
        async def repeat(sid: str, count: int, *args: Any) -> None:
            for number in range(count):
                await sio.emit("again", (number, *args), to=sid)

        @sio.event
        async def ask(sid: str, event: str, *args: Any) -> None:
            async def asking() -> None:
                answer = await sio.call(event, args, to=sid)
                await sio.emit("answered", answer, to=sid)

            sio.start_background_task(asking)

        @sio.event
        async def keep(sid: str, *args: Any) -> None:
            self.seen.append(args)

        @sio.event
        async def kick(sid: str) -> None:
            await sio.disconnect(sid)


class Peer:
    """A listener whose connections are each played by `script(socket)`, in threads."""

    def __init__(self, script: Callable[[socket.socket], None]) -> None:
        self._script = script
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.accepted = 0
        self.sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            self.sockets.append(accepted)
            threading.Thread(target=self._play, args=(accepted,), daemon=True).start()

    def _play(self, accepted: socket.socket) -> None:
        try:
            self._script(accepted)
        except OSError:
            return

    def cut(self) -> None:
        """Break off every connection."""
        for accepted in self.sockets:
            try:
                accepted.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self.sockets.clear()

    def stop(self) -> None:
        if self._listener.fileno() >= 0:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        self.cut()


def relay(port: int) -> Peer:
    """A peer in front of a server, to break connections off."""

    def pump(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def script(near: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", port)) as far:
            threading.Thread(target=pump, args=(far, near), daemon=True).start()
            pump(near, far)
        near.close()

    return Peer(script)


OPEN = {"sid": "s", "upgrades": [], "pingInterval": 25000, "pingTimeout": 20000}


def read_head(sock: socket.socket) -> dict[str, str]:
    """Read the head of a request; the headers, and the request's line as `""`."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = sock.recv(1)
        if not more:
            raise ConnectionResetError
        data += more
    first, *lines = data.decode().split("\r\n")
    found = {"": first}
    for line in filter(None, lines):
        name, _, value = line.partition(":")
        found[name.lower()] = value.strip()
    return found


def accept_websocket(sock: socket.socket, handshake: dict[str, Any] = OPEN) -> FrameReader:
    """Be a server of one namespace on WebSocket, up to its connect packet."""
    key = read_head(sock)["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
    sock.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept.encode() + b"\r\n\r\n"
    )
    sock.sendall(frame_text("0" + json.dumps(handshake)))
    reader = FrameReader(10_000_000, masked=True)
    frames: list[Any] = []
    while not frames:
        frames += reader.feed(sock.recv(65536))
    sock.sendall(frame_text('40{"sid":"public"}'))
    return reader


def answer(sock: socket.socket, body: str) -> None:
    """Answer a request."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
    sock.sendall((head + body).encode())


class HangingPolls:
    """A server on polling that never answers a poll once the client is connected."""

    def __init__(self) -> None:
        self.polls = 0
        self.hanging = threading.Event()
        self.posts: list[str] = []

    def took(self, body: str) -> None:
        """A POST is about to be answered."""

    def answered(self, sock: socket.socket) -> None:
        """A POST was answered on this connection."""

    def __call__(self, sock: socket.socket) -> None:
        while True:
            head = read_head(sock)
            if head[""].startswith("POST"):
                size = int(head["content-length"])
                body = b""
                while len(body) < size:
                    body += sock.recv(size - len(body))
                self.posts.append(body.decode())
                self.took(self.posts[-1])
                answer(sock, "ok")
                self.answered(sock)
                continue
            self.polls += 1
            self.poll(sock)

    def poll(self, sock: socket.socket) -> None:
        """Answer the poll that came as number `polls`, or let it hang."""
        if self.polls == 1:
            answer(sock, "0" + json.dumps(OPEN))
        elif self.polls == 2:
            answer(sock, '40{"sid":"public"}')
        else:
            self.hanging.set()

"""An adapter in memory: clients that speak to `AsyncServer.driver` without a network.

A client writes and reads Socket.IO frames; to show that nothing came, it reads
up to a marker that was sent after whatever should not have come.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from sio_core import Request, Response
from sio_server import AsyncServer
from sio_server.drivers.shared import LONG

HANG = 20.0
"""Seconds after which a wait is a failure: a guard, no test takes long."""


class FakeHTTP:
    """One request as the driver sees it."""

    def __init__(self, environ: dict[str, Any], body: bytes = b"") -> None:
        self._environ = environ
        self._body = body
        self.hung_up = asyncio.Event()

    def environ(self) -> dict[str, Any]:
        return dict(self._environ)

    async def body(self, limit: int, max_chunks: int) -> bytes | None:
        return None if len(self._body) > limit else self._body

    async def gone(self) -> None:
        await self.hung_up.wait()


class Refused(Exception):
    """The server answered with a response instead of a connection."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status, response.body)
        self.response = response


class WireClient:
    """One WebSocket of one client; frames are those of Socket.IO behind a 4."""

    def __init__(self, server: AsyncServer) -> None:
        self.server = server
        self.frames: asyncio.Queue[str | bytes] = asyncio.Queue()
        self.closed: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.sids: dict[str, str] = {}
        self.handshake: dict[str, Any] = {}
        self.blocked: asyncio.Event | None = None
        self._marks = 0
        self._reading: asyncio.Future[None] | None = None

    async def open(self, headers: dict[str, str] | None = None, environ: Any = None) -> None:
        request = Request(
            "GET",
            "EIO=4&transport=websocket",
            tuple((headers or {}).items()),
            host="testserver",
            websocket=True,
        )
        http = FakeHTTP({"REMOTE_ADDR": "192.0.2.1", **(environ or {})})
        connection = await self.server.driver.websocket(request, http)
        if isinstance(connection, Response):
            raise Refused(connection)
        self.connection = connection
        connection.opened(self._write, self._close)
        opened = await self.frame()
        assert isinstance(opened, str)
        self.handshake = json.loads(opened[1:])

    async def _write(self, frame: str | bytes) -> None:
        if self.blocked is not None:
            await self.blocked.wait()
        self.frames.put_nowait(frame)

    async def _close(self, code: int) -> None:
        if not self.closed.done():
            self.closed.set_result(code)
            asyncio.get_running_loop().call_soon(self.connection.lost)

    def raw(self, frame: str | bytes) -> None:
        """Send one Engine.IO frame."""
        if self.connection.receive(frame) and len(frame) > LONG:
            self._reading = asyncio.ensure_future(self.connection.wait_for_capacity())

    def send(self, packet: str) -> None:
        """Send one Socket.IO text packet."""
        self.raw("4" + packet)

    async def frame(self) -> str | bytes:
        """The next Engine.IO frame, pings left out."""
        async with asyncio.timeout(HANG):
            while (frame := await self.frames.get()) == "2":
                self.raw("3")
        return frame

    async def packet(self) -> Any:
        """The next Socket.IO packet: its text, or the bytes of an attachment."""
        frame = await self.frame()
        if isinstance(frame, bytes):
            return frame
        assert frame[0] == "4", frame
        return frame[1:]

    async def connect(self, namespace: str = "/", auth: Any = None) -> str:
        """Connect to a namespace; return the sid, or raise what the server told."""
        head = "" if namespace == "/" else namespace + ","
        self.send("0" + head + ("" if auth is None else json.dumps(auth)))
        answer = await self.packet()
        if answer[0] != "0":
            raise ConnectionError(answer)
        sid = json.loads(answer[1 + len(head) :])["sid"]
        self.sids[namespace] = sid
        return sid

    @property
    def sid(self) -> str:
        return self.sids["/"]

    def emit(self, name: str, *args: Any, ack: int | None = None, namespace: str = "/") -> None:
        """Send an event without bytes."""
        head = "" if namespace == "/" else namespace + ","
        self.send(f"2{head}{'' if ack is None else ack}{json.dumps([name, *args])}")

    async def ask(self, name: str, *args: Any, namespace: str = "/") -> list[Any]:
        """Send an event and return the arguments of its acknowledgement."""
        self.emit(name, *args, ack=7, namespace=namespace)
        head = "37" if namespace == "/" else f"3{namespace},7"
        answer = await self.packet()
        assert answer.startswith(head), answer
        return json.loads(answer[len(head) :])

    async def rest(self, namespace: str = "/") -> list[Any]:
        """Every packet that was sent to the client by now, in order."""
        await self.idle()
        self._marks += 1
        mark = f"mark {self._marks}"
        await self.server.emit(mark, to=self.sids[namespace], namespace=namespace)
        head = "2" if namespace == "/" else f"2{namespace},"
        found = []
        while (packet := await self.packet()) != f'{head}["{mark}"]':
            found.append(packet)
        return found

    async def idle(self) -> None:
        """Wait until no handler of the server runs."""
        async with asyncio.timeout(HANG):
            while running := self.server._dispatcher.tasks():
                await asyncio.wait(running)

    async def lose(self) -> None:
        """The connection breaks off; returns when the disconnect handlers have run."""
        self.connection.lost()
        await self.idle()


class Polling:
    """One client on long-polling: each method is one HTTP request."""

    def __init__(self, server: AsyncServer) -> None:
        self.server = server
        self.sid = ""

    async def request(
        self, method: str, query: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Response:
        """One request with any query."""
        given = tuple((headers or {}).items())
        request = Request(method, query, given, host="testserver")
        async with asyncio.timeout(HANG):
            return await self.server.driver.http(request, FakeHTTP({}, body))

    async def open(self, headers: dict[str, str] | None = None) -> Response:
        """The handshake; its response."""
        answer = await self.request("GET", "EIO=4&transport=polling", headers=headers)
        if answer.status == 200:
            self.sid = json.loads(answer.body[1:])["sid"]
        return answer

    async def get(self, headers: dict[str, str] | None = None) -> Response:
        query = f"EIO=4&transport=polling&sid={self.sid}"
        return await self.request("GET", query, headers=headers)

    async def post(self, body: str) -> Response:
        query = f"EIO=4&transport=polling&sid={self.sid}"
        return await self.request("POST", query, body.encode())


@pytest.fixture
def polling() -> type[Polling]:
    return Polling


@pytest.fixture
def client_class() -> type[WireClient]:
    """The class of the clients, for a test that has event loops of its own."""
    return WireClient


@pytest.fixture
async def client_of() -> AsyncIterator[Callable[..., Any]]:
    """`await client_of(server)`: a client, connected to "/" unless `connect=False`."""
    clients: list[WireClient] = []

    async def make(
        server: AsyncServer, *, connect: bool = True, auth: Any = None, **kwargs: Any
    ) -> WireClient:
        client = WireClient(server)
        await client.open(**kwargs)
        clients.append(client)
        if connect:
            await client.connect(auth=auth)
        return client

    yield make
    for client in clients:
        client.connection.lost()


@pytest.fixture
def refused() -> type[Exception]:
    """The exception of a client whose handshake was answered with a response."""
    return Refused


@pytest.fixture
def fake_http() -> type[FakeHTTP]:
    return FakeHTTP

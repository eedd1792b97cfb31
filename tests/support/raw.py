"""A raw Engine.IO and Socket.IO client for tests: what goes over the wire is in plain sight.

`Polling` and `Socket` send and receive packets as text (`4...`) and bytes
(a binary message); `join`, `emit`, `ask` and `event` know just enough Socket.IO for both. Pings
are answered. Every wait is bounded, generously: nothing here measures time.
"""

import asyncio
import contextlib
import json
import math
import re
import ssl
from base64 import b64decode, b64encode
from collections import deque
from types import TracebackType
from typing import Any, Self

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.support.http_transport import Transport
from tests.support.servers import Served

LIMIT = 30.0
SEPARATOR = "\x1e"
Packet = str | bytes


class Closed(Exception):
    """The session is over: a close packet, a refused request or a closed WebSocket."""


def unverified() -> ssl.SSLContext:
    """A TLS context that takes any certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def http_client(served: Served, *, keeps: bool = True) -> httpx.AsyncClient:
    """An HTTP client for one server, whatever proxies the environment names.

    Without `keeps` each request has a connection of its own: a server that closes one which was
    without use for two seconds may do so while a request is on its way.
    """
    context = unverified() if served.secure else None
    transport = Transport(context, LIMIT, keeps=keeps)
    return httpx.AsyncClient(base_url=served.origin, transport=transport, trust_env=False)


def open_websocket(
    served: Served,
    query: str,
    *,
    path: str = "/socket.io/",
    headers: dict[str, str] | None = None,
    origin: str | None = None,
) -> connect:
    """A WebSocket to be awaited, or entered with `async with`."""
    return connect(
        f"ws{'s' if served.secure else ''}://{served.host}{path}?{query}",
        additional_headers=headers,
        origin=origin,  # type: ignore[arg-type]
        ssl=unverified() if served.secure else None,
        compression=None,
        max_size=None,
        ping_interval=None,
        open_timeout=LIMIT,
        close_timeout=LIMIT,
        proxy=None,
    )


class Client:
    """What both transports have in common; `opened` is what the open packet says."""

    def __init__(self, served: Served, path: str) -> None:
        self.served = served
        self.path = path
        self.opened: dict[str, Any] = {}
        self.sids: dict[str, str] = {}
        self.pings = 0
        self.pongs = math.inf  # that are still to be sent
        self._ids = 0

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def open(self) -> None:
        """Shake hands."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """Let go of the connection."""
        raise NotImplementedError

    async def send(self, *packets: Packet) -> None:
        """Send packets."""
        raise NotImplementedError

    async def _next(self) -> Packet:
        raise NotImplementedError

    async def receive(self) -> Packet:
        """Return the next packet that is no ping. Raises `Closed` at the end of the session."""
        async with asyncio.timeout(LIMIT):
            while True:
                packet = await self._next()
                if packet == "2":
                    self.pings += 1
                    if self.pongs > 0:
                        self.pongs -= 1
                        await self.send("3")
                elif packet == "1":
                    raise Closed("close packet")
                elif packet != "6":
                    return packet

    async def ended(self) -> None:
        """Read until the session is over; whatever still comes is dropped."""
        with contextlib.suppress(Closed):
            while True:
                await self.receive()

    async def ends_with(self, *packets: Packet) -> None:
        """Send packets one by one; the session ends with them, and nothing is answered."""
        try:
            for packet in packets:
                await self.send(packet)
            answer = await self.receive()
        except Closed:
            return
        raise AssertionError(f"the session went on with {answer!r}")

    async def join(self, namespace: str = "/", auth: Any = None) -> str:
        """Connect to a namespace. Returns the sid there."""
        head = "" if namespace == "/" else namespace + ","
        await self.send(f"40{head}" + ("" if auth is None else json.dumps(auth)))
        answer = await self.receive()
        assert isinstance(answer, str)
        assert answer.startswith(f"40{head}"), answer
        sid: str = json.loads(answer.removeprefix(f"40{head}"))["sid"]
        self.sids[namespace] = sid
        return sid

    async def emit(self, *args: Any) -> None:
        """Send an event to `/`; only the arguments themselves may be bytes."""
        await self.send(*self._event("", args))

    async def event(self) -> list[Any]:
        """Return the next event on `/`, with its bytes put in place."""
        return await self._arguments("2", "5")

    async def ask(self, *args: Any) -> list[Any]:
        """Send an event to `/` and return its acknowledgement."""
        self._ids += 1
        await self.send(*self._event(str(self._ids), args))
        return await self._arguments(f"3{self._ids}", "6", str(self._ids))

    def _event(self, ack_id: str, args: tuple[Any, ...]) -> list[Packet]:
        attachments = [value for value in args if isinstance(value, bytes)]
        numbers = iter(range(len(args)))
        shown = [
            {"_placeholder": True, "num": next(numbers)} if isinstance(value, bytes) else value
            for value in args
        ]
        kind = f"5{len(attachments)}-" if attachments else "2"
        return [f"4{kind}{ack_id}{json.dumps(shown)}", *attachments]

    async def _arguments(self, text: str, binary: str, ack_id: str = "") -> list[Any]:
        packet = await self.receive()
        assert isinstance(packet, str), packet
        if packet.startswith("4" + text):
            plain: list[Any] = json.loads(packet.removeprefix("4" + text))
            return plain
        assert packet.startswith("4" + binary), packet
        count, _, rest = packet[2:].partition("-")
        values: list[Any] = json.loads(rest.removeprefix(ack_id))
        attachments = [await self.receive() for _ in range(int(count))]
        return [
            attachments[value["num"]] if isinstance(value, dict) and "num" in value else value
            for value in values
        ]


class Polling(Client):
    """A session on long-polling."""

    def __init__(
        self,
        served: Served,
        path: str = "/socket.io/",
        headers: dict[str, str] | None = None,
        *,
        keeps: bool = True,
    ) -> None:
        super().__init__(served, path)
        self.http = http_client(served, keeps=keeps)
        self.http.headers.update(headers or {})
        self.waiting: deque[Packet] = deque()
        self.polls = 0  # that were begun here
        self._sending = asyncio.Lock()  # two POSTs at a time would end the session

    @property
    def sid(self) -> str:
        """The secret id of the session."""
        sid: str = self.opened["sid"]
        return sid

    async def open(self) -> None:
        response = await self.request()
        assert response.status_code == 200, response.text
        first, *rest = response.text.split(SEPARATOR)
        assert first.startswith("0"), first
        self.opened = json.loads(first[1:])
        self.waiting.extend(_decode(packet) for packet in rest)

    async def aclose(self) -> None:
        await self.http.aclose()

    async def request(self, method: str = "GET", body: Any = None, **extra: str) -> httpx.Response:
        """Send one request of the session (before `open`: the handshake) and return the answer."""
        query = {"EIO": "4", "transport": "polling"}
        if self.opened:
            query["sid"] = self.sid
            self.polls += method == "GET"
        query.update(extra)
        return await self.http.request(method, self.path, params=query, content=body)

    async def send(self, *packets: Packet) -> None:
        body = SEPARATOR.join(_encode(packet) for packet in packets)
        try:
            async with self._sending:
                response = await self.request("POST", body.encode())
        except httpx.ReadError:
            # Refused before the body was read: where the server hangs up then, as the router of
            # uWSGI does, the answer may be lost.
            raise Closed("the connection was reset") from None
        if response.status_code != 200:
            raise Closed(f"{response.status_code} {response.text}")
        assert response.text == "ok"

    async def _next(self) -> Packet:
        while not self.waiting:
            response = await self.request()
            if response.status_code != 200:
                raise Closed(f"{response.status_code} {response.text}")
            self.waiting.extend(_decode(packet) for packet in response.text.split(SEPARATOR))
        return self.waiting.popleft()


class Socket(Client):
    """A session on WebSocket, or with `sid` a candidate for a session on polling."""

    def __init__(
        self,
        served: Served,
        path: str = "/socket.io/",
        *,
        sid: str | None = None,
        headers: dict[str, str] | None = None,
        origin: str | None = None,
    ) -> None:
        super().__init__(served, path)
        self.ws: ClientConnection
        self._sid = sid
        self._headers = headers
        self._origin = origin

    async def open(self) -> None:
        query = "EIO=4&transport=websocket" + (f"&sid={self._sid}" if self._sid else "")
        self.ws = await open_websocket(
            self.served, query, path=self.path, headers=self._headers, origin=self._origin
        )
        if self._sid is None:
            first = await self._next()
            assert isinstance(first, str)
            assert first.startswith("0"), first
            self.opened = json.loads(first[1:])

    async def aclose(self) -> None:
        await self.ws.close()

    async def send(self, *packets: Packet) -> None:
        try:
            for packet in packets:
                await self.ws.send(packet)
        except ConnectionClosed as error:
            raise Closed(str(error)) from error

    async def _next(self) -> Packet:
        try:
            return await self.ws.recv()
        except ConnectionClosed as error:
            raise Closed(str(error)) from error

    async def closed_with(self) -> int | None:
        """Read until the server has closed the WebSocket. Returns its close code."""
        await self.ended()
        async with asyncio.timeout(LIMIT):
            await self.ws.wait_closed()
        return self.ws.close_code


async def whole_answer(reader: asyncio.StreamReader) -> bytes:
    """Read the answer to a request that was written by hand, to its end.

    Some web servers write the body by itself, and complain if nobody is there any more.
    """
    answer = await reader.readuntil(b"\r\n\r\n")
    if answer.split(b" ")[1] == b"101":
        return answer
    size = re.search(rb"\r\ncontent-length: *(\d+)\r\n", answer.lower())
    return answer + await (reader.readexactly(int(size[1])) if size else reader.read())


async def upgrade(polling: Polling) -> Socket:
    """Move a session from polling to WebSocket. Returns the WebSocket, which now carries it."""
    waiting = asyncio.ensure_future(polling.request())
    candidate = Socket(polling.served, polling.path, sid=polling.sid)
    await candidate.open()
    await candidate.send("2probe")
    answer = await candidate.receive()
    assert answer == "3probe", answer
    response = await waiting
    assert response.text == "6", response.text
    await candidate.send("5")
    candidate.opened, candidate.sids, candidate._ids = polling.opened, polling.sids, polling._ids
    return candidate


async def left(served: Served, sid: str) -> dict[str, Any]:
    """What the disconnect handler of `sid` was told, once it has run."""
    async with http_client(served) as http:
        response = await http.get(f"/journal/{sid}")
        assert response.status_code == 200, f"{sid} is still connected"
        facts: dict[str, Any] = response.json()
        return facts


async def order(served: Served, name: str, value: str | float) -> None:
    """Have the application do something that is no business of its clients."""
    async with http_client(served) as http:
        assert (await http.get(f"/order/{name}/{value}")).text == "done"


def _encode(packet: Packet) -> str:
    return packet if isinstance(packet, str) else "b" + b64encode(packet).decode()


def _decode(packet: str) -> Packet:
    return b64decode(packet[1:]) if packet[:1] == "b" else packet


async def half_a_post(
    served: Served, sid: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Send the head of a POST and the first bytes of its body. Returns its connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    target = f"/socket.io/?EIO=4&transport=polling&sid={sid}"
    head = f"POST {target} HTTP/1.1\r\nHost: {served.host}\r\nContent-Length: 100"
    writer.write(f"{head}\r\n\r\n42[".encode())
    await writer.drain()
    return reader, writer

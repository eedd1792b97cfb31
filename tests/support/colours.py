"""Both servers behind one face without coroutines, and clients of theirs in memory.

What is to hold in asyncio and in threads is written once. A client is on
long-polling: each of its steps is a request that the server's driver answers.
The event loop of an `AsyncServer` runs only while a step is on its way.
"""

import asyncio
import functools
import inspect
import json
import time
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from sio_core import Request, Response
from sio_server import AsyncNamespace, AsyncServer, Namespace, Server

HANG = 20.0
"""Seconds after which a wait is a failure: a guard, no test takes long."""

SEPARATOR = "\x1e"


class Refused(Exception):
    """A client was not let into a namespace; its argument is what the server said."""


class BlockingHTTP:
    """One request as the blocking driver sees it."""

    def __init__(self, body: bytes = b"", environ: dict[str, Any] | None = None) -> None:
        self._body = body
        self._environ = environ or {}

    def environ(self) -> dict[str, Any]:
        return {"REMOTE_ADDR": "192.0.2.1", **self._environ}

    def body(self, limit: int, max_chunks: int = 1) -> bytes | None:
        return None if len(self._body) > limit else self._body

    def stop(self) -> None:
        pass

    def gone(self) -> bool:
        return False


class AsyncHTTP:
    """One request as the asyncio driver sees it."""

    def __init__(self, body: bytes = b"", environ: dict[str, Any] | None = None) -> None:
        self._http = BlockingHTTP(body, environ)

    def environ(self) -> dict[str, Any]:
        return self._http.environ()

    async def body(self, limit: int, max_chunks: int) -> bytes | None:
        return self._http.body(limit, max_chunks)

    async def gone(self) -> None:
        await asyncio.Event().wait()


class Threading:
    """`Server` in threads."""

    name = "threading"
    Namespace: Any = Namespace

    def __init__(self) -> None:
        self._servers: list[Any] = []

    def server(self, **options: Any) -> Any:
        """A new server."""
        server = Server(async_mode="threading", **options)
        self._servers.append(server)
        return server

    def handler(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function` as the kind of function that may wait."""
        return function

    def result(self, value: Any) -> Any:
        """What a method of the server returned, waited for."""
        return value

    def sleep(self, seconds: float) -> None:
        """Let the server run."""
        time.sleep(seconds)

    def http(self, server: Any, request: Request, body: bytes) -> Response:
        response: Response = server.driver.http(request, BlockingHTTP(body))
        return response

    def close(self) -> None:
        """End the servers."""
        for server in self._servers:
            server.shutdown(0)


class Asyncio:
    """`AsyncServer`, whose loop runs for as long as one of these methods does."""

    name = "asyncio"
    Namespace: Any = AsyncNamespace

    def __init__(self) -> None:
        self._servers: list[Any] = []
        self._runner = asyncio.Runner()

    def server(self, **options: Any) -> Any:
        """A new server."""
        server = AsyncServer(**options)
        self._servers.append(server)
        return server

    def handler(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function` as a coroutine function."""

        @functools.wraps(function)
        async def handler(*args: Any) -> Any:
            return await _awaited(function(*args))

        return handler

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run the loop until `coroutine` has ended."""
        return self._runner.run(asyncio.wait_for(coroutine, HANG))

    def result(self, value: Any) -> Any:
        """What a method of the server returned, awaited."""
        return self.run(_awaited(value))

    def sleep(self, seconds: float) -> None:
        """Let the server run."""
        self.run(asyncio.sleep(seconds))

    def http(self, server: Any, request: Request, body: bytes) -> Response:
        response: Response = self.run(server.driver.http(request, AsyncHTTP(body)))
        return response

    def close(self) -> None:
        """End the servers and the loop."""
        for server in self._servers:
            self.run(server.shutdown(0))
        self._runner.close()


Colour = Threading | Asyncio


async def _awaited(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


class Client:
    """One client on long-polling; packets are those of Socket.IO, without the 4 in front."""

    def __init__(self, colour: Colour, server: Any) -> None:
        self._colour = colour
        self._server = server
        self._packets: deque[str] = deque()
        self.eio_sid: str = ""
        answer = self.request("GET")
        if answer.status != 200:
            raise Refused(answer)
        self.eio_sid = json.loads(answer.body[1:])["sid"]

    def request(self, method: str, body: str = "") -> Response:
        """One request of this client."""
        query = "EIO=4&transport=polling" + (self.eio_sid and f"&sid={self.eio_sid}")
        request = Request(method, query, host="testserver")
        return self._colour.http(self._server, request, body.encode())

    def send(self, *packets: str) -> None:
        """Send packets in one request."""
        self.request("POST", SEPARATOR.join("4" + packet for packet in packets))

    def packet(self) -> str:
        """The next packet, waited for; pings are answered."""
        while not self._packets:
            answer = self.request("GET")
            assert answer.status == 200, answer
            for frame in answer.body.decode().split(SEPARATOR):
                if frame == "2":
                    self.request("POST", "3")
                else:
                    self._packets.append(frame[1:] if frame[:1] == "4" else f"engine {frame}")
        return self._packets.popleft()

    def connect(self, namespace: str = "/", auth: Any = None) -> str:
        """Enter a namespace. Returns the sid, raises `Refused` with what the server said."""
        head = "" if namespace == "/" else namespace + ","
        self.send("0" + head + ("" if auth is None else json.dumps(auth)))
        answer = self.packet()
        if answer[0] != "0":
            raise Refused(answer)
        sid: str = json.loads(answer[1 + len(head) :])["sid"]
        return sid

    def emit(self, name: str, *args: Any, ack: int | None = None, namespace: str = "/") -> None:
        """Send an event without bytes."""
        head = "" if namespace == "/" else namespace + ","
        self.send(f"2{head}{'' if ack is None else ack}{json.dumps([name, *args])}")

    def ask(self, name: str, *args: Any, namespace: str = "/") -> Any:
        """Send an event. Returns the arguments of its acknowledgement."""
        self.emit(name, *args, ack=7, namespace=namespace)
        head = "37" if namespace == "/" else f"3{namespace},7"
        answer = self.packet()
        assert answer.startswith(head), answer
        return json.loads(answer[len(head) :])

    def leave(self) -> None:
        """End the connection, as a client that goes away in order does."""
        self.request("POST", "1")


def until(colour: Colour, condition: Callable[[], Any]) -> None:
    """Let the server run until something holds that nobody tells of."""
    deadline = time.monotonic() + HANG
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        colour.sleep(0.005)

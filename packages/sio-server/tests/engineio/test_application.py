"""Clients of an Engine.IO application that do not get as far as others, in both colours.

The driver is handed requests and WebSockets without a web server.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from sio_asgi.engineio import ASGIApp
from sio_core import Request, Response
from sio_server.engineio import AsyncServer, Server
from sio_wsgi.engineio import WSGIApp

PATIENCE = 20.0


class Http:
    """One request as an adapter presents it; nobody hangs up."""

    def __init__(self, both: Both) -> None:
        self._both = both

    def environ(self) -> dict[str, Any]:
        return {"QUERY_STRING": ""}

    def body(self, limit: int, max_chunks: int) -> Any:
        return self._both.of(b"")

    def gone(self) -> Any:
        return asyncio.sleep(PATIENCE) if self._both.is_async else False

    def stop(self) -> None: ...


class Both:
    """A server of either colour, and what has happened to its clients."""

    def __init__(self, is_async: bool, **options: Any) -> None:
        self.is_async = is_async
        self.eio: Any = AsyncServer("asgi", **options) if is_async else Server("threading")
        self.happened: list[Any] = []
        self.sids: list[str] = []
        self.answer: Any = None
        self.in_connect: Callable[[str], Any] = lambda sid: None
        self.eio.on("connect", self.connect if is_async else self.connect_here)
        self.eio.on("disconnect", lambda sid, reason: self.happened.append(str(reason)))

    def of(self, value: Any) -> Any:
        """Return `value`, or on asyncio what to await for it."""
        if not self.is_async:
            return value
        return asyncio.sleep(0, value)

    async def connect(self, sid: str, environ: dict[str, Any]) -> Any:
        self.sids.append(sid)
        result = self.in_connect(sid)
        if result is not None:
            await result
        return self.answer

    def connect_here(self, sid: str, environ: dict[str, Any]) -> Any:
        self.sids.append(sid)
        self.in_connect(sid)
        return self.answer

    def run(self, call: Callable[[], Any]) -> Any:
        """Do one call, and on asyncio what follows from it."""
        if not self.is_async:
            return call()

        async def main() -> Any:
            result = await call()
            for _ in range(5):
                await asyncio.sleep(0)
            return result

        return LOOP.run_until_complete(main())

    def ask(self, query: str = "EIO=4&transport=polling") -> Response:
        """One handshake by polling."""
        response = self.run(lambda: self.eio.driver.http(Request("GET", query), Http(self)))
        assert isinstance(response, Response)
        return response

    def wait_for(self, happened: list[Any]) -> None:
        """Wait until that has happened, and nothing else."""
        deadline = time.monotonic() + PATIENCE
        while self.happened != happened and time.monotonic() < deadline:
            self.run(lambda: self.of(time.sleep(0.005)))
        assert self.happened == happened


LOOP: asyncio.AbstractEventLoop


@pytest.fixture(autouse=True)
def _loop() -> Any:
    global LOOP
    LOOP = asyncio.new_event_loop()
    yield
    LOOP.close()


@pytest.fixture(params=[True, False], ids=["asyncio", "threads"])
def both(request: pytest.FixtureRequest) -> Both:
    return Both(request.param)


def test_a_client_that_is_refused_after_its_connect_handler_is_disconnected(both: Both) -> None:
    assert both.ask("EIO=3&transport=polling").status == 400
    both.wait_for(["transport error"])
    assert both.eio._clients == {}


def test_a_websocket_that_does_not_open_is_disconnected(both: Both) -> None:
    request = Request("GET", "EIO=4&transport=websocket", websocket=True)
    connection = both.run(lambda: both.eio.driver.websocket(request, Http(both)))
    (sid,) = both.sids
    assert both.eio.transport(sid) == "websocket"
    client = both.eio._clients[sid]
    client.most = 2
    for number in range(4):
        both.run(lambda: both.eio.send(sid, f"held {number}"))  # noqa: B023 - it is run at once
    assert len(client.held) == 2
    both.run(lambda: both.of(connection.lost("it broke")))
    both.wait_for(["transport error"])
    assert both.eio._clients == {}


def test_a_client_can_be_disconnected_by_its_connect_handler(both: Both) -> None:
    both.in_connect = lambda sid: both.eio.disconnect(sid)
    response = both.ask()
    assert (response.status, json.loads(response.body)) == (401, "Unauthorized")
    assert (both.happened, both.eio._clients, len(both.sids)) == ([], {}, 1)


def test_a_connect_handler_that_is_ended_leaves_nothing(both: Both) -> None:
    class Ended(BaseException): ...

    def end(sid: str) -> Any:
        raise Ended

    both.in_connect = end
    with pytest.raises(Ended):
        both.ask()
    assert both.eio._clients == {}


def test_a_shutdown_tells_every_client_and_waits_for_handlers(both: Both) -> None:
    assert both.ask().status == 200
    both.run(lambda: both.eio.shutdown(0.2))
    both.wait_for(["server disconnect"])
    assert both.eio._clients == {}
    assert both.ask().status == 200  # it is open again


def test_background_tasks(both: Both) -> None:
    done = threading.Event()

    async def later() -> None:
        await both.eio.sleep(0)
        done.set()

    target = later if both.is_async else done.set

    async def start() -> Any:
        return both.eio.start_background_task(target)

    if both.is_async:
        both.run(start)
    else:
        both.eio.start_background_task(target)
        both.eio.sleep(0)
    assert done.wait(PATIENCE)


def test_origins_may_be_decided_by_a_function(both: Both) -> None:
    asked: list[Any] = []

    def allowed(origin: str, environ: dict[str, Any]) -> bool:
        asked.append((origin, environ["QUERY_STRING"]))
        if "boom" in origin:
            raise ValueError("no")
        return "good" in origin

    both.eio.cors_allowed_origins = allowed
    headers = [("origin", "http://good.example")]

    def ask(origin: str) -> int:
        request = Request("GET", "EIO=4&transport=polling", (("origin", origin),))
        response = both.run(lambda: both.eio.driver.http(request, Http(both)))
        return int(response.status)

    assert [ask(f"http://{name}.example") for name in ("good", "bad", "boom")] == [200, 400, 400]
    assert asked[0] == (headers[0][1], "")


def test_an_application_serves_its_own_colour() -> None:
    with pytest.raises(TypeError, match=r"ASGIApp serves the class AsyncServer"):
        ASGIApp(Server("threading"))
    with pytest.raises(TypeError, match=r"WSGIApp serves the class Server"):
        WSGIApp(AsyncServer("asgi"))


@pytest.mark.parametrize("kind", [Server, AsyncServer])
def test_a_name_that_is_no_option_is_warned_of_where_the_server_is_made(kind: Any) -> None:
    with pytest.warns(UserWarning, match="Server has no option 'ping_intervall'") as told:
        kind(ping_intervall=1)
    assert [warning.filename for warning in told] == [__file__]

"""Handlers that end in ways of their own: cancelled, timed out, or by disconnecting their client.

Whatever a handler does, its client gets an answer, and the other handlers run.
"""

import asyncio
import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from sio_server import AsyncManager, Manager
from tests.support import colours
from tests.support.colours import Colour

REJECTED = '4{"message":"Connection rejected by server"}'


class Timeout(BaseException):
    """What gevent and eventlet raise where time is up is no `Exception` either."""


@pytest.fixture(params=[colours.Threading, colours.Asyncio], ids=["threading", "asyncio"])
def colour(request: pytest.FixtureRequest) -> Iterator[Colour]:
    colour = request.param()
    yield colour
    colour.close()


def give_up(colour: Colour) -> Any:
    """End the handler with what no `except Exception` catches."""
    if colour.name == "asyncio":
        raise asyncio.CancelledError
    raise Timeout


def peer_of(sio: Any, client: colours.Client) -> Any:
    return sio._engine.sessions[client.eio_sid].driver


def test_a_connect_handler_that_disconnects_its_client(colour: Colour) -> None:
    sio = colour.server(always_connect=True)
    seen: list[str] = []

    def connect(sid: str, environ: Any) -> Any:
        left = sio.disconnect(sid)
        seen.append("connect")
        return left

    sio.on("connect", colour.handler(connect))
    sio.on("disconnect", lambda sid, reason: seen.append(reason))
    client = colours.Client(colour, sio)
    client.connect()
    assert client.packet() == "1"
    colours.until(colour, lambda: len(seen) == 2)
    assert seen == ["connect", "server disconnect"]
    assert peer_of(sio, client).pending == 0
    assert client.connect(), "it may come again"


@pytest.mark.parametrize("always_connect", [False, True])
def test_a_connect_handler_that_gives_up_refuses_its_client(
    colour: Colour, always_connect: bool
) -> None:
    sio = colour.server(always_connect=always_connect, namespaces=["/plain"])
    left: list[str] = []

    def connect(sid: str, environ: Any) -> None:
        give_up(colour)

    sio.on("connect", connect, namespace="/plain")
    sio.on("connect", colour.handler(connect), namespace="/waits")
    sio.on("disconnect", left.append, namespace="/waits")
    client = colours.Client(colour, sio)
    for namespace in ("/plain", "/waits"):
        client.send(f"0{namespace},")
        if always_connect:
            assert client.packet().startswith(f"0{namespace},")
            assert client.packet() == f"1{namespace},"
        else:
            assert client.packet() == REJECTED.replace("4", f"4{namespace},", 1)
    colours.until(colour, lambda: peer_of(sio, client).pending == 0)
    assert sio._core._released == {}
    assert left == []


def test_a_client_that_leaves_before_its_connect_handler_gives_up(colour: Colour) -> None:
    sio = colour.server()
    gone = threading.Event()
    left: list[str] = []

    async def wait() -> None:
        while not gone.is_set():
            await asyncio.sleep(0)
        give_up(colour)

    def connect(sid: str, environ: Any) -> Any:
        if colour.name == "asyncio":
            return wait()
        assert gone.wait(colours.HANG)
        return give_up(colour)

    sio.on("connect", colour.handler(connect))
    sio.on("disconnect", left.append)
    client = colours.Client(colour, sio)
    client.send("0")
    peer = peer_of(sio, client)
    client.leave()
    gone.set()
    colours.until(colour, lambda: peer.pending == 0)
    assert sio._core._released == {}
    assert left == []


def test_a_connect_handler_that_never_ends_refuses_its_client(
    colour: Colour, caplog: pytest.LogCaptureFixture
) -> None:
    sio = colour.server(accept_timeout=0.05, logger=logging.getLogger("test.late"))
    go_on = threading.Event()
    seen: list[str] = []

    async def wait() -> None:
        while not go_on.is_set():
            await asyncio.sleep(0.001)

    def connect(sid: str, environ: Any) -> Any:
        return wait() if colour.name == "asyncio" else go_on.wait(colours.HANG) and None

    sio.on("connect", connect)
    sio.on("disconnect", lambda sid, reason: seen.append(reason.describe()))
    client = colours.Client(colour, sio)
    with pytest.raises(colours.Refused, match="Connect request timed out"):
        client.connect()
    colours.until(colour, lambda: "took more than accept_timeout (0.05 s)" in caplog.text)
    assert seen == [], "not before the connect handler has ended"
    go_on.set()
    colours.until(colour, lambda: seen == ["server disconnect (connect request timed out)"])
    colours.until(colour, lambda: sio._core._released == {})


def test_handlers_in_order_go_on_after_one_that_gave_up(colour: Colour) -> None:
    sio = colour.server(async_handlers=False)

    def give(sid: str) -> None:
        give_up(colour)

    async def cancels_itself(sid: str) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(0)

    sio.on("plain", give)
    sio.on("waits", colour.handler(give))
    sio.on("cancelled", cancels_itself if colour.name == "asyncio" else give)
    sio.on("echo", colour.handler(lambda sid, data: data))
    client = colours.Client(colour, sio)
    client.connect()
    for event in ("plain", "waits", "cancelled"):
        client.send(f'2["{event}"]', f'27["echo","after {event}"]', '2["plain"]')
        assert client.packet() == f'37["after {event}"]'
    colours.until(colour, lambda: peer_of(sio, client).pending == 0)
    assert client.ask("echo", 1) == [1]


def test_events_go_on_after_a_handler_that_gave_up(colour: Colour) -> None:
    sio = colour.server()

    def give(sid: str) -> None:
        give_up(colour)

    sio.on("plain", give)
    sio.on("waits", colour.handler(give))
    sio.on("echo", lambda sid, data: data)
    client = colours.Client(colour, sio)
    client.connect()
    for event in ("plain", "waits"):
        client.send(f'2["{event}"]', f'27["echo","after {event}"]')
        assert client.packet() == f'37["after {event}"]'
    colours.until(colour, lambda: peer_of(sio, client).pending == 0)


def test_callbacks_go_on_after_one_that_gave_up(colour: Colour) -> None:
    sio = colour.server()
    seen: list[Any] = []
    client = colours.Client(colour, sio)
    sid = client.connect()
    colour.result(sio.emit("first", to=sid, callback=lambda: give_up(colour)))
    colour.result(sio.emit("second", to=sid, callback=seen.append))
    assert client.packet() == '21["first"]'
    assert client.packet() == '22["second"]'
    client.send("31[]", "32[1]")
    colours.until(colour, lambda: seen == [1])


def test_handlers_of_rooms_go_on_after_one_that_gave_up(colour: Colour) -> None:
    manager: Any = Manager() if colour.name == "threading" else AsyncManager()
    sio = colour.server(client_manager=manager)
    seen: list[Any] = []

    def joined(room: Any, sid: str) -> None:
        seen.append(room)
        give_up(colour)

    manager.on("join-room", colour.handler(joined))
    client = colours.Client(colour, sio)
    sid = client.connect()
    colour.result(sio.enter_room(sid, "a"))
    colours.until(colour, lambda: seen == [sid, "a"])
    colour.result(sio.enter_room(sid, "b"))
    colours.until(colour, lambda: seen == [sid, "a", "b"])


def test_a_disconnect_that_is_given_up_leaves_no_handler_out(colour: Colour) -> None:
    sio = colour.server(namespaces=["/one", "/two", "/three"])
    seen: list[str] = []
    sid = ""

    def first(sid: str) -> None:
        seen.append("/one")
        give_up(colour)

    sio.on("disconnect", first, namespace="/one")
    sio.on("disconnect", lambda namespace, sid: seen.append(namespace), namespace="*")
    client = colours.Client(colour, sio)
    for namespace in ("/one", "/two", "/three"):
        sid = client.connect(namespace)
    if colour.name == "threading":
        with pytest.raises(Timeout):
            sio.disconnect(sid, namespace="/three", close=True)
    else:
        colour.result(sio.disconnect(sid, namespace="/three", close=True))
    colours.until(colour, lambda: len(seen) == 3)
    assert sorted(seen) == ["/one", "/three", "/two"]
    colours.until(colour, lambda: sio._core._released == {})


def test_a_cancelled_disconnect_runs_every_handler_to_its_end() -> None:
    colour = colours.Asyncio()
    sio = colour.server(namespaces=["/one", "/two"])
    go_on = asyncio.Event()
    seen: list[str] = []

    async def disconnect(namespace: str, sid: str) -> None:
        seen.append(f"{namespace} begun")
        await go_on.wait()
        seen.append(f"{namespace} ended")

    async def scenario() -> None:
        task = asyncio.create_task(sio.disconnect(sid, namespace="/one", close=True))
        while not seen:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        go_on.set()
        while len(seen) < 4:
            await asyncio.sleep(0)

    sio.on("disconnect", disconnect, namespace="*")
    client = colours.Client(colour, sio)
    sid = client.connect("/one")
    client.connect("/two")
    colour.run(scenario())
    colour.close()
    assert seen == ["/one begun", "/one ended", "/two begun", "/two ended"]

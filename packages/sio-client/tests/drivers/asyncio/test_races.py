"""`async_client.py` under races: cancelled, disconnected in every state, over several loops."""

import asyncio
import contextlib
import gc
import os
import queue
import weakref
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from sio_client import AsyncClient, exceptions
from sio_core.socketio import ClientState
from sio_server import Server
from sio_wsgi import WSGIApp
from tests.support.inprocess import serving_wsgi
from tests.support.site import Site, connected, cut


@asynccontextmanager
async def deaf() -> AsyncIterator[tuple[str, asyncio.Queue[asyncio.StreamWriter]]]:
    """A server that accepts connections and never answers."""
    accepted: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
    over = asyncio.Event()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.put_nowait(writer)
        await over.wait()
        writer.transport.abort()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", accepted
    finally:
        over.set()
        server.close()


def nothing_left(client: AsyncClient) -> None:
    driver, dispatcher = client._driver, client._dispatcher
    assert client._core.state is ClientState.IDLE
    assert not driver.lines
    assert driver._timer is None
    assert not driver._waiters
    assert not dispatcher._kept
    assert not dispatcher._lifecycle
    assert client._guard is None


async def until(true: Callable[[], Any]) -> None:
    """Let the loop turn until something is true; the suite's own timeout bounds it."""
    while not true():
        await asyncio.sleep(0)


@pytest.mark.parametrize("transports", [["polling"], ["websocket"]])
async def test_connect_is_cancelled_during_the_handshake(transports: list[str]) -> None:
    client = AsyncClient()
    async with deaf() as (url, accepted):
        task = asyncio.create_task(client.connect(url, transports=transports))
        await accepted.get()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    nothing_left(client)


async def test_connect_is_cancelled_at_every_turn_of_the_loop(site: Site) -> None:
    client = AsyncClient()
    for turns in range(40):
        task = asyncio.create_task(client.connect(site.url))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            assert client.connected
            await client.disconnect()
        nothing_left(client)
    async with connected(site, client):
        assert await client.call("echo", 1) == 1


async def test_disconnect_at_every_turn_of_connect(site: Site) -> None:
    client = AsyncClient()
    for turns in range(40):
        task = asyncio.create_task(client.connect(site.url))
        for _ in range(turns):
            await asyncio.sleep(0)
        await client.disconnect()
        await asyncio.wait([task])
        if task.exception() is not None:
            assert isinstance(task.exception(), exceptions.ConnectionError)
        await client.disconnect()
        nothing_left(client)


@pytest.mark.parametrize("transports", [["polling"], ["websocket"]])
async def test_disconnect_during_the_handshake(transports: list[str]) -> None:
    client = AsyncClient()
    async with deaf() as (url, accepted):
        task = asyncio.create_task(client.connect(url, transports=transports))
        await accepted.get()
        await client.disconnect()
        with pytest.raises(exceptions.ConnectionError, match="disconnected"):
            await task
    nothing_left(client)


async def test_disconnect_while_the_next_attempt_is_waited_for(site: Site) -> None:
    client = AsyncClient(reconnection_delay=1000, reconnection_delay_max=1000)
    async with connected(site, client):
        cut(client)
        await until(lambda: client._core.state is ClientState.WAITING)
        waiting = asyncio.create_task(client.wait())
        await asyncio.sleep(0)
        await client.disconnect()
        await waiting
        nothing_left(client)


async def test_disconnect_while_a_function_is_asked(site: Site) -> None:
    client = AsyncClient()
    asked, cancelled = asyncio.Event(), asyncio.Event()

    async def auth() -> Any:
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    task = asyncio.create_task(client.connect(site.url, auth=auth))
    await asked.wait()
    await client.disconnect()
    with pytest.raises(exceptions.ConnectionError):
        await task
    await cancelled.wait()
    await until(lambda: not client._dispatcher._kept)
    nothing_left(client)
    assert site.seen == []


async def test_a_function_that_disconnects(site: Site) -> None:
    client = AsyncClient()

    async def auth() -> Any:
        await client.disconnect()
        return {}

    with pytest.raises(exceptions.ConnectionError):
        await client.connect(site.url, auth=auth)
    await until(lambda: not client._dispatcher._kept)
    nothing_left(client)


async def test_disconnect_twice_and_at_the_same_time(site: Site) -> None:
    client = AsyncClient()
    await client.disconnect()
    await client.connect(site.url)
    await asyncio.gather(*(client.disconnect() for _ in range(3)))
    await client.disconnect()
    await client.shutdown()
    nothing_left(client)
    assert await site.left.get() == "client disconnect"


@pytest.mark.parametrize("event", ["connect", "news", "disconnect"])
async def test_handlers_that_disconnect(site: Site, event: str) -> None:
    client = AsyncClient()
    story: list[str] = []

    async def handler(*args: Any) -> None:
        story.append("begin")
        await client.disconnect()
        story.append("end")

    client.on(event, handler)
    await client.connect(site.url)
    if event == "news":
        await client.emit("back", 1)
        await client.wait()
    await client.disconnect()
    await until(lambda: len(story) == 2)
    assert story == ["begin", "end"]
    await until(lambda: not client._dispatcher._kept)
    nothing_left(client)


async def test_a_disconnect_handler_that_connects_again(site: Site) -> None:
    client = AsyncClient()
    count = 0
    again = asyncio.Event()

    @client.event
    async def disconnect(reason: str) -> None:
        nonlocal count
        count += 1
        if count == 1:
            await client.connect(site.url)
            again.set()

    await client.connect(site.url)
    await client.emit("drop")
    await again.wait()
    assert client.connected
    assert await client.call("echo", 1) == 1
    await client.disconnect()
    nothing_left(client)


async def test_what_was_emitted_is_sent_before_the_goodbye(site: Site) -> None:
    got: list[int] = []
    site.sio.on("number", lambda sid, number: got.append(number))
    for transports in (["websocket"], ["polling"], None):
        client = AsyncClient()
        await client.connect(site.url, transports=transports)
        for number in range(50):
            await client.emit("number", number)
        await client.disconnect()
        assert await site.left.get() == "client disconnect"
        assert got == list(range(50))
        got.clear()
        nothing_left(client)


async def test_a_client_is_used_again(site: Site) -> None:
    client = AsyncClient()
    for _ in range(3):
        async with connected(site, client, transports=None):
            assert await client.call("echo", 1) == 1
        nothing_left(client)


async def test_many_clients_in_one_loop(site: Site) -> None:
    clients = [AsyncClient() for _ in range(100)]
    before = len(asyncio.all_tasks())
    for client in clients:
        await client.connect(site.url, transports=["websocket"], wait_timeout=60)
    assert {client.connected for client in clients} == {True}
    assert len({client.sid for client in clients}) == 100
    # The server has a task for each connection, the client has none.
    ours = [task for task in asyncio.all_tasks() if "sio_client" in repr(task.get_coro())]
    assert not ours
    assert before
    answers = await asyncio.gather(*(c.call("echo", n) for n, c in enumerate(clients)))
    assert answers == list(range(100))
    await asyncio.gather(*(client.disconnect() for client in clients))
    for client in clients:
        nothing_left(client)


async def test_a_client_that_nobody_holds_is_collected(site: Site) -> None:
    client = AsyncClient()
    client.on("news", print)
    await client.connect(site.url)
    await client.disconnect()
    reference = weakref.ref(client)
    del client
    gc.collect()
    assert reference() is None


def test_the_server_is_told_when_the_loop_ends() -> None:
    left: queue.Queue[str] = queue.Queue()
    sio = Server(async_mode="threading")
    sio.on("disconnect", lambda sid, reason: left.put(reason))
    client = AsyncClient()

    async def use(url: str) -> None:
        await client.connect(url, transports=["polling"])

    with serving_wsgi(WSGIApp(sio)) as served:
        for _ in range(2):
            asyncio.run(use(f"http://127.0.0.1:{served.port}"))
            nothing_left(client)
            assert left.get() == "client disconnect"


def test_the_server_is_told_when_the_program_is_cancelled() -> None:
    # As by Ctrl-C, of which `asyncio.run` makes a cancellation. (The server would end by it, too.)
    left: queue.Queue[str] = queue.Queue()
    sio = Server(async_mode="threading")
    sio.on("disconnect", lambda sid, reason: left.put(reason))
    client = AsyncClient()

    async def use(url: str) -> None:
        await client.connect(url)
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().call_soon(task.cancel)
        await client.wait()

    with serving_wsgi(WSGIApp(sio)) as served:
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(use(f"http://127.0.0.1:{served.port}"))
        nothing_left(client)
        assert left.get() == "client disconnect"


@pytest.mark.filterwarnings("ignore:unclosed")
def test_a_client_outlives_a_loop_that_was_closed_under_it() -> None:
    sio = Server(async_mode="threading")
    client = AsyncClient(handle_sigint=False)
    calls: list[str] = []
    sio.on("echo", lambda sid, value: value)
    client.on("connect", lambda: calls.append("connect"))

    async def use(url: str) -> None:
        await client.connect(url, transports=["polling"])
        assert await client.call("echo", 1) == 1

    with serving_wsgi(WSGIApp(sio)) as served:
        url = f"http://127.0.0.1:{served.port}"
        asyncio.run(use(url))
        asyncio.run(use(url))
        asyncio.run(client.disconnect())
    assert calls == ["connect", "connect"]
    nothing_left(client)


async def test_a_client_belongs_to_one_loop_at_a_time(site: Site) -> None:
    client = AsyncClient()

    def elsewhere() -> None:
        with pytest.raises(RuntimeError, match="another event loop"):
            asyncio.run(client.disconnect())

    async with connected(site, client):
        await asyncio.to_thread(elsewhere)
        assert await client.call("echo", 1) == 1


async def test_a_forked_process_is_told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    client = AsyncClient()
    async with connected(site, client):
        parent = os.getpid()
        with monkeypatch.context() as patch:
            patch.setattr(os, "getpid", lambda: parent + 1)
            for attempt in (client.emit("x"), client.call("x"), client.disconnect()):
                with pytest.raises(RuntimeError, match="forked"):
                    await attempt


async def test_a_handler_begins_another_life_amid_the_events_of_one(site: Site) -> None:
    client = AsyncClient()
    lives: list[str | None] = []
    again = asyncio.Event()

    @client.on("news", namespace="/")
    async def news(*args: Any) -> None:
        if not again.is_set():
            again.set()
            await client.disconnect()
            await client.connect(site.url, namespaces=["/", "/chat"])
            lives.append(client.get_sid("/chat"))

    @site.sio.on("connect", namespace="/chat")
    async def connect(sid: str, environ: dict[str, Any]) -> None:
        # This event and the answers to the connect requests arrive together.
        await site.sio.emit("news")

    with contextlib.suppress(exceptions.ConnectionError):
        await client.connect(site.url, namespaces=["/", "/chat"], transports=["polling"])
    await until(lambda: lives)
    assert lives == [client.get_sid("/chat")]
    await client.disconnect()
    nothing_left(client)

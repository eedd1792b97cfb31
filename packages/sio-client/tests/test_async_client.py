"""`AsyncClient` where it is not as `Client`; what both do is in `tests/client_behaviour`."""

import asyncio
import logging
from typing import Any

import pytest

from sio_client import AsyncClient, AsyncClientNamespace, exceptions
from tests.support.site import Site, connected, cut


async def test_a_call_that_is_cancelled_is_forgotten(site: Site) -> None:
    async with connected(site, AsyncClient()) as client:
        call = asyncio.create_task(client.call("never"))
        await client.call("echo")
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert not client._core.sockets["/"].acks


async def test_what_nobody_handles_needs_no_task(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = AsyncClient()
    started: list[Any] = []
    start = client._dispatcher._start
    monkeypatch.setattr(
        client._dispatcher, "_start", lambda coroutine: (started.append(1), start(coroutine))[1]
    )
    async with connected(site, client):
        assert await client.call("echo", 1) == 1
    assert not started

    @client.event
    def disconnect(reason: str) -> None:
        started.append(reason)

    async with connected(site, client):
        pass
    assert started == [1, "client disconnect"]


async def test_functions_are_asked_at_each_attempt(site: Site) -> None:
    client = AsyncClient(reconnection_delay=0.01, reconnection_delay_max=0.01)
    again = asyncio.Event()
    count = 0

    async def auth() -> Any:
        nonlocal count
        count += 1
        if count == 2:
            raise LookupError("no token today")
        return {"count": count}

    @client.event
    def connect() -> None:
        if count > 1:
            again.set()

    await client.connect(lambda: site.url, headers=lambda: {"X-Test": "1"}, auth=auth)
    cut(client)
    await again.wait()
    await client.disconnect()
    assert site.seen == [{"count": 1}, {"count": 3}]


async def test_connect_waits_for_its_handlers(site: Site) -> None:
    client = AsyncClient()
    told: list[Any] = []

    @client.event
    async def connect() -> None:
        told.append(await client.call("echo", 1))

    async with connected(site, client):
        assert told == [1]


async def test_what_handlers_return_is_the_acknowledgement(site: Site) -> None:
    client = AsyncClient()
    client.on("plain", lambda *args: args)

    @client.event
    async def coroutine(value: Any) -> Any:
        await asyncio.sleep(0)
        return {"value": value}

    @client.event
    def nothing() -> None:
        pass

    client.on("awaitable", lambda value: asyncio.gather(coroutine(value)))
    async with connected(site, client):
        assert await client.call("ask", ("plain", 1, 2)) == (1, 2)
        assert await client.call("ask", ("coroutine", 3)) == {"value": 3}
        assert await client.call("ask", "nothing") is None
        assert await client.call("ask", ("awaitable", 4)) == [{"value": 4}]


async def test_a_handler_that_fails_is_logged_and_acknowledges_nothing(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    client = AsyncClient()

    @client.event
    async def fails(secret: str) -> None:
        raise LookupError("one")

    @client.event
    def fails_too(secret: str) -> None:
        raise LookupError("two")

    client.on("misfit", lambda: None)
    client.on("unsendable", lambda secret: object())
    names = ("fails", "fails_too", "unsendable", "unknown")
    async with connected(site, client):
        calls = [asyncio.create_task(client.call("ask", (name, "secret"))) for name in names]
        await site.sio.emit("fails", "secret")
        await site.sio.emit("fails_too", "secret")
        assert await client.call("ask", ("misfit", 1)) is None
        assert not any(call.done() for call in calls)
    for call in calls:
        with pytest.raises(exceptions.CallAbortedError):
            await call
    records = [record for record in caplog.records if record.name == "socketio.client"]
    raised = [record.exc_info[1] for record in records if record.exc_info]
    # Each failed twice: a second traceback of a handler within a minute is left out.
    assert sorted(str(error) for error in raised) == ["one", "two"]
    assert not [record for record in records if "secret" in record.getMessage()]


async def test_handlers_start_in_order(site: Site) -> None:
    client = AsyncClient()
    story: list[Any] = []
    done = asyncio.Event()

    @client.event
    async def slow(number: int) -> None:
        story.append(number)
        await asyncio.sleep(0)

    @client.event
    def quick(number: int) -> None:
        story.append(number)
        if number == 100:
            done.set()

    async with connected(site, client):
        for number in range(101):
            await site.sio.emit("slow" if number % 3 == 0 else "quick", number)
        await done.wait()
    assert story == list(range(101))


async def test_methods_may_be_overridden(site: Site) -> None:
    emitted: list[str] = []

    class Noting(AsyncClient):
        async def emit(self, event: str, *args: Any, **kwargs: Any) -> None:
            emitted.append(event)
            await super().emit(event, *args, **kwargs)

    async with connected(site, Noting()) as client:
        await client.send("x")
        assert await client.call("echo", 1) == 1
    assert emitted == ["message", "echo"]


async def test_a_class_based_namespace(site: Site) -> None:
    story: asyncio.Queue[Any] = asyncio.Queue()

    class Chat(AsyncClientNamespace):
        def on_connect(self) -> None:
            story.put_nowait("connect")

        async def on_news(self, *args: Any) -> None:
            story.put_nowait(args)

        def on_disconnect(self) -> None:
            story.put_nowait("disconnect")

    chat = Chat("/chat")
    client = AsyncClient()
    client.register_namespace(chat)
    with pytest.raises(ValueError, match="AsyncClientNamespace"):
        client.register_namespace(object())  # type: ignore[arg-type]
    async with connected(site, client):
        await chat.emit("back", 1)
        assert await story.get() == "connect"
        assert await story.get() == (1,)
        assert await chat.call("echo", (1, 2)) == (1, 2)
        await chat.send("unheard")
        await chat.disconnect()
    assert await story.get() == "disconnect"
    assert chat.is_asyncio_based()
    assert client.is_asyncio_based()


async def test_background_tasks_are_kept_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    client = AsyncClient()

    async def work(value: int) -> int:
        await client.sleep(0)
        if value == 2:
            raise LookupError("work")
        return value

    assert await client.start_background_task(work, 1) == 1
    with pytest.raises(LookupError):
        await client.start_background_task(work, value=2)
    assert "a background task raised" in caplog.text


async def test_nothing_secret_is_logged(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    log, transport_log = logging.getLogger("test.client"), logging.getLogger("test.transport")
    caplog.set_level(logging.DEBUG, "test")
    client = AsyncClient(logger=log, engineio_logger=transport_log)
    url = site.url + "/?key=query-secret"
    await client.connect(url, headers={"X-Key": "header-secret"}, auth={"t": "auth-secret"})
    await client.call("echo", "payload-secret")
    transport_id = client.eio.sid
    await client.disconnect()
    records = [record for record in caplog.records if record.name.startswith("test.")]
    text = "\n".join(record.getMessage() for record in records)
    assert "connected" in text
    assert "secret" not in text
    assert transport_id is not None
    assert transport_id not in text

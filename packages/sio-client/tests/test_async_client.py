"""`async_client.py`: connecting, events, acknowledgements and handlers, against a real server."""

import asyncio
import logging
from typing import Any

import pytest

from sio_client import AsyncClient, AsyncClientNamespace, exceptions
from tests.support.site import Site, connected, cut


@pytest.mark.parametrize("transports", [None, ["polling"], ["websocket"]])
async def test_an_event_and_its_acknowledgement(site: Site, transports: Any) -> None:
    client = AsyncClient()
    news: asyncio.Queue[Any] = asyncio.Queue()
    client.on("news", lambda *args: news.put_nowait(args))
    async with connected(site, client, transports=transports, auth={"token": "right"}):
        assert client.connected
        assert client.sid == client.get_sid("/") == client.namespaces["/"]
        assert client.transport() in ("polling", "websocket")
        assert client.eio.state == "connected"
        await client.emit("back", ("a", b"\x01", {"deep": [b"\x02"]}))
        assert await news.get() == ("a", b"\x01", {"deep": [b"\x02"]})
        assert await client.call("echo", {"b": 1}) == {"b": 1}
    assert site.seen == [{"token": "right"}]
    assert await site.left.get() == "client disconnect"
    assert not client.connected
    assert client.sid is None
    assert client._driver.quiet


async def test_what_call_returns(site: Site) -> None:
    async with connected(site, AsyncClient()) as client:
        assert await client.call("echo") is None
        assert await client.call("echo", 1) == 1
        assert await client.call("echo", (1, 2)) == (1, 2)
        assert await client.call("echo", [1, 2]) == [1, 2]


async def test_a_callback_gets_the_arguments(site: Site) -> None:
    answers: asyncio.Queue[Any] = asyncio.Queue()

    async def later(*args: Any) -> None:
        answers.put_nowait(args)

    async with connected(site, AsyncClient()) as client:
        await client.emit("echo", (1, 2), callback=lambda *args: answers.put_nowait(args))
        assert await answers.get() == (1, 2)
        await client.emit("echo", 3, callback=later)
        assert await answers.get() == (3,)


async def test_a_call_that_nobody_answers_in_time(site: Site) -> None:
    async with connected(site, AsyncClient()) as client:
        with pytest.raises(exceptions.TimeoutError):
            await client.call("never", timeout=0.01)
        assert await client.call("echo", 1) == 1


async def test_a_call_ends_with_its_connection(site: Site) -> None:
    async with connected(site, AsyncClient(reconnection=False)) as client:
        calls = [asyncio.create_task(client.call("never")) for _ in range(3)]
        await client.call("echo")
        cut(client)
        for call in calls:
            with pytest.raises(exceptions.DisconnectedError):
                await call


async def test_a_call_that_is_cancelled_is_forgotten(site: Site) -> None:
    async with connected(site, AsyncClient()) as client:
        call = asyncio.create_task(client.call("never"))
        await client.call("echo")
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert not client._core.sockets["/"].acks


async def test_what_cannot_be_emitted(site: Site) -> None:
    client = AsyncClient()
    with pytest.raises(exceptions.BadNamespaceError):
        await client.emit("x")
    async with connected(site, client):
        with pytest.raises(exceptions.BadNamespaceError):
            await client.emit("x", namespace="/elsewhere")
        with pytest.raises(ValueError, match="reserved"):
            await client.emit("connect")
        with pytest.raises(ValueError):
            await client.emit("x", object())
        assert await client.call("echo", 1) == 1
    with pytest.raises(exceptions.BadNamespaceError):
        await client.call("echo")


async def test_the_namespaces_with_handlers_are_connected(site: Site) -> None:
    client = AsyncClient()
    news: asyncio.Queue[Any] = asyncio.Queue()
    client.on("news", lambda *args: news.put_nowait(args), namespace="/chat")
    client.on("*", lambda *args: None, namespace="*")
    async with connected(site, client):
        assert list(client.namespaces) == ["/chat"]
        assert client.sid == client.get_sid("/chat")
        await client.emit("back", 1, namespace="/chat")
        assert await news.get() == (1,)


async def test_catch_alls_are_given_names(site: Site) -> None:
    client = AsyncClient()
    news: asyncio.Queue[Any] = asyncio.Queue()
    client.on("*", lambda event, *args: news.put_nowait((event, args)))
    client.on("*", lambda event, name, *args: news.put_nowait((event, name, args)), namespace="*")
    async with connected(site, client, namespaces=["/", "/chat"]):
        await client.emit("back", 1)
        assert await news.get() == ("news", (1,))
        await client.emit("back", 1, namespace="/chat")
        assert await news.get() == ("news", "/chat", (1,))


async def test_a_refusal_says_why(site: Site) -> None:
    client = AsyncClient()
    told: list[Any] = []
    client.on("connect_error", told.append)
    with pytest.raises(exceptions.ConnectionError, match="no") as caught:
        await client.connect(site.url, auth={"token": "wrong"}, transports=["websocket"])
    assert caught.value.data == {"/": {"message": "no", "data": {"why": "token"}}}
    assert told == [{"message": "no", "data": {"why": "token"}}]
    assert not client.connected
    assert client._driver.quiet
    await client.connect(site.url)
    await client.disconnect()


async def test_nobody_listens() -> None:
    client = AsyncClient()
    told: list[Any] = []
    client.on("connect_error", told.append)
    with pytest.raises(exceptions.ConnectionError) as caught:
        await client.connect("http://127.0.0.1:1")
    assert isinstance(caught.value.__cause__, OSError)
    assert len(told) == 1
    assert client._driver.quiet


async def test_one_connection_at_a_time(site: Site) -> None:
    async with connected(site, AsyncClient()) as client:
        with pytest.raises(exceptions.ConnectionError, match="Already connected"):
            await client.connect(site.url)
        assert await client.call("echo", 1) == 1


async def test_arguments_that_cannot_be(site: Site) -> None:
    client = AsyncClient()
    for options in ({"transports": ["carrier pigeon"]}, {"wait_timeout": 0}, {"namespaces": []}):
        with pytest.raises(ValueError):
            await client.connect(site.url, **options)
    with pytest.raises(ValueError):
        await client.connect("127.0.0.1:80")
    async with connected(site, client):
        pass


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


async def test_a_function_that_raises_fails_the_attempt(site: Site) -> None:
    client = AsyncClient()

    def auth() -> Any:
        raise LookupError("no token")

    with pytest.raises(exceptions.ConnectionError, match="no token") as caught:
        await client.connect(site.url, auth=auth)
    assert isinstance(caught.value.__cause__, LookupError)
    assert not client.connected


async def test_retry_goes_on_until_it_succeeds(site: Site) -> None:
    client = AsyncClient(reconnection_delay=0.01)
    urls = ["http://127.0.0.1:1", "http://127.0.0.1:1", site.url]
    failed: list[Any] = []
    client.on("connect_error", failed.append)
    await client.connect(lambda: urls.pop(0), retry=True)
    assert client.connected
    assert len(failed) == 2
    await client.disconnect()


async def test_a_lost_connection_is_made_again(site: Site) -> None:
    client = AsyncClient(reconnection_delay=0.01)
    story: asyncio.Queue[Any] = asyncio.Queue()
    client.on("connect", lambda: story.put_nowait("connect"))
    client.on("disconnect", story.put_nowait)
    client.on("__disconnect_final", lambda: story.put_nowait("final"))
    async with connected(site, client):
        first = client.sid
        cut(client)
        assert [await story.get() for _ in range(3)] == ["connect", "transport close", "connect"]
        assert client.sid != first
        assert await client.call("echo", 1) == 1
    assert [await story.get() for _ in range(2)] == ["client disconnect", "final"]
    assert story.empty()


async def test_wait_returns_when_the_server_ends_it(site: Site) -> None:
    client = AsyncClient()
    await client.wait()
    reasons: list[str] = []

    @client.event
    async def disconnect(reason: str) -> None:
        await asyncio.sleep(0)
        reasons.append(reason)

    async with connected(site, client):
        await client.emit("drop")
        await client.wait()
        assert reasons == ["server disconnect"]
        assert not client.connected


async def test_connect_waits_for_its_handlers(site: Site) -> None:
    client = AsyncClient()
    told: list[Any] = []

    @client.event
    async def connect() -> None:
        told.append(await client.call("echo", 1))

    async with connected(site, client):
        assert told == [1]


async def test_without_wait_the_namespaces_follow(site: Site) -> None:
    client = AsyncClient()
    ready = asyncio.Event()
    client.on("connect", lambda: ready.set())
    async with connected(site, client, wait=False):
        await ready.wait()
        assert await client.call("echo", 1) == 1


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
    assert sorted(str(error) for error in raised) == ["one", "one", "two", "two"]
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


async def test_handlers_may_use_the_client(site: Site) -> None:
    client = AsyncClient()
    story: asyncio.Queue[Any] = asyncio.Queue()

    @client.event
    async def news(value: Any) -> None:
        story.put_nowait(await client.call("echo", value))
        await client.emit("echo", 2, callback=story.put_nowait)
        await client.send("unheard")
        await client.disconnect()
        story.put_nowait(client.connected)

    async with connected(site, client):
        await client.emit("back", 1)
        assert await story.get() == 1
        assert await story.get() in (2, False)
        await client.wait()


async def test_every_event_goes_through_the_hook(site: Site) -> None:
    story: asyncio.Queue[Any] = asyncio.Queue()

    class Watching(AsyncClient):
        async def _trigger_event(self, event: str, namespace: str, *args: Any) -> Any:
            story.put_nowait((event, namespace, args))
            return await super()._trigger_event(event, namespace, *args)

    client = Watching()
    client.on("news", lambda *args: None)
    async with connected(site, client):
        await client.emit("back", 1)
        assert await story.get() == ("connect", "/", ())
        assert await story.get() == ("news", "/", (1,))
    assert await story.get() == ("disconnect", "/", ("client disconnect",))
    assert await story.get() == ("__disconnect_final", "/", ())


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

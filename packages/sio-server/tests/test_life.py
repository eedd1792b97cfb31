"""Rows 114 to 118, 125, 200 and 201: tasks, the end of a server, errors and logs."""

import asyncio
import builtins
import contextvars
import gc
import logging

import pytest

from sio_core import Request
from sio_server import AsyncServer, exceptions


@pytest.fixture
def sio():
    return AsyncServer(namespaces="*")


async def test_row_114_background_task(sio):
    async def work(a, b=0):
        await asyncio.sleep(0)
        return a + b

    task = sio.start_background_task(work, 1, b=2)
    assert isinstance(task, asyncio.Task)
    assert await task == 3


async def test_row_114_the_task_is_kept_and_its_errors_are_logged(sio, caplog):
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def work():
        begun.set()
        await go_on.wait()
        raise RuntimeError("broken task")

    sio.start_background_task(work)
    await begun.wait()
    gc.collect()
    go_on.set()
    async with asyncio.timeout(20):
        while "broken task" not in caplog.text:
            await asyncio.sleep(0)


async def test_row_114_the_task_sees_the_context_of_its_starter(sio):
    who = contextvars.ContextVar("who", default="nobody")

    async def work():
        return who.get()

    who.set("me")
    assert await sio.start_background_task(work) == "me"


async def test_row_115_sleep_lets_others_run(sio):
    seen = []

    async def other():
        seen.append(1)

    task = sio.start_background_task(other)
    await sio.sleep()
    assert seen == [1]
    await sio.sleep(0.001)
    await task


async def test_row_116_shutdown(sio, client_of, polling):
    seen = []

    @sio.event
    async def disconnect(sid, reason):
        await asyncio.sleep(0)
        seen.append((reason, reason.detail))
        refused.append((await polling(sio).open()).status)

    refused = []
    client = await client_of(sio)
    slow = polling(sio)
    await slow.open()
    await slow.post("40")
    await slow.get()
    waiting = asyncio.ensure_future(slow.get())
    await client.idle()
    await sio.emit("last words", to=client.sid)
    await sio.shutdown()
    assert seen == [("server disconnect", "server shutting down")] * 2
    assert await client.packet() == '2["last words"]'
    await client.closed
    assert (await waiting).status == 200
    assert refused == [503] * 2, "new clients are turned away"
    assert not sio.eio.sockets


async def test_row_117_shutdown_does_not_wait_for_ever(sio, client_of):
    never = asyncio.Event()
    sio.on("x", lambda sid: never.wait())
    client = await client_of(sio)
    client.emit("x")
    client.blocked = asyncio.Event()
    await sio.emit("y")
    async with asyncio.timeout(20):
        await sio.shutdown(drain=0.01)
    assert not sio.eio.sockets
    never.set()
    client.blocked.set()


async def test_row_118_handle_request_goes_to_the_adapter(sio):
    async def serve(server, *args, **kwargs):
        return server, args, kwargs

    sio.bind("asgi", serve)
    assert await sio.handle_request(1, 2, three=3) == (sio, (1, 2), {"three": 3})
    assert sio.async_mode == "asgi"


async def test_row_118_without_an_adapter_it_says_what_to_install(sio, monkeypatch):
    monkeypatch.setattr("sio_server.serving.modes.find_spec", lambda name: None)
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **kwargs: [])
    with pytest.raises(ValueError, match="pip install sio-asgi"):
        await sio.handle_request(None)


def test_row_125_exceptions():
    for name in (
        "ConnectionError",
        "ConnectionRefusedError",
        "TimeoutError",
        "BadNamespaceError",
        "DisconnectedError",
    ):
        assert issubclass(getattr(exceptions, name), exceptions.SocketIOError)
    assert issubclass(exceptions.TimeoutError, builtins.TimeoutError)
    assert issubclass(exceptions.ConnectionError, builtins.ConnectionError)
    refused = exceptions.ConnectionRefusedError("no", 1, 2)
    assert refused.error_args == {"message": "no", "data": [1, 2]}


async def test_row_200_logs_hold_no_secrets(client_of, polling, caplog):
    log = logging.getLogger("test_row_200")
    log.setLevel(logging.DEBUG)
    sio = AsyncServer(logger=log, engineio_logger=log, namespaces="*", cookie="io")
    sio.on("whisper", lambda sid, text: text)

    @sio.event
    def broken(sid, text):
        raise RuntimeError

    client = await client_of(
        sio, headers={"cookie": "session=s3cret-cookie"}, auth={"token": "s3cret-token"}
    )
    await client.ask("whisper", "s3cret-payload")
    client.emit("broken", "s3cret-payload")
    await sio.emit("x", "s3cret-payload", callback=lambda: None)
    slow = polling(sio)
    await slow.open({"cookie": "session=s3cret-cookie"})
    await slow.request("GET", "EIO=4&transport=polling&sid=s3cret-stranger")
    await client.idle()
    client.send("9 s3cret-nonsense")
    await client.lose()
    assert caplog.records, "something is logged"
    assert "s3cret" not in caplog.text
    for secret in (client.handshake["sid"], slow.sid):
        assert secret not in caplog.text


@pytest.mark.parametrize(
    ("wire", "word", "detail"),
    [
        ("2", "transport error", "invalid heartbeat direction"),
        ("1", "transport close", ""),
        ("x", "transport error", "parse error"),
        ("49", "transport error", "parse error"),
        ('42["connect"]', "transport error", "parse error"),
        ("40", "transport error", "connected already"),
        ("4" + "x" * 300, "transport error", "payload too large"),
    ],
)
async def test_row_201_reasons_have_detail(client_of, wire, word, detail):
    sio = AsyncServer(max_http_buffer_size=200)
    seen = []
    sio.on("disconnect", lambda sid, reason: seen.append(reason))
    client = await client_of(sio)
    client.raw(wire)
    await client.idle()
    assert [str(reason) for reason in seen] == [word]
    assert seen[0] == word
    assert detail in seen[0].detail


def test_the_clients_of_a_second_event_loop_are_served_by_it(polling):
    sio = AsyncServer(async_mode="asgi", ping_interval=0.01)

    async def polls_until_pinged() -> str:
        client = polling(sio)
        await client.open()
        return (await client.get()).body.decode()

    assert [asyncio.run(polls_until_pinged()) for _ in range(2)] == ["2", "2"]


async def test_a_client_that_hangs_up_in_the_middle_of_a_body_ends_its_session(sio, polling):
    client = polling(sio)
    await client.open()

    class Cut:
        asked = 0

        def environ(self):
            return {}

        async def body(self, limit, max_chunks):
            self.asked += 1
            await asyncio.sleep(0)  # or nothing could end a driver that asks again and again
            raise ConnectionError

        async def gone(self):
            raise AssertionError("nobody waits here")

    http = Cut()
    request = Request("POST", f"EIO=4&transport=polling&sid={client.sid}", host="testserver")
    async with asyncio.timeout(30):
        response = await sio.driver.http(request, http)
    assert (response.status, http.asked) == (400, 1)
    assert (await client.get()).status == 400
    assert sio.driver.engine.sessions == {}

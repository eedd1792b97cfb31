"""Requests whose body does not come: how long they are waited for, and who ends them."""

import asyncio
from functools import partial

import pytest

from sio_core import Reason, Request
from sio_server import AsyncServer

HANG = 20.0
"""Seconds after which a wait is a failure: a guard, no test takes long."""


class HalfSent:
    """A request of which the rest never comes."""

    def __init__(self):
        self.begun = asyncio.Event()
        self.cancelled = False
        self.limits = None

    def environ(self):
        return {}

    async def body(self, limit, max_chunks):
        self.limits = limit, max_chunks
        self.begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise

    async def gone(self):
        await asyncio.Event().wait()


@pytest.fixture
async def post(polling):
    """`await post(sio)`: a client, its request that was half sent, and the task that serves it."""
    tasks = []

    async def begin(sio):
        client = polling(sio)
        await client.open()
        http = HalfSent()
        query = f"EIO=4&transport=polling&sid={client.sid}"
        request = Request("POST", query, host="testserver")
        task = asyncio.create_task(sio.driver.http(request, http))
        tasks.append(task)
        async with asyncio.timeout(HANG):
            await http.begun.wait()
        return client, http, task

    yield begin
    for task in tasks:
        task.cancel()


async def answer(task):
    async with asyncio.timeout(HANG):
        return (await task).status


async def test_a_body_that_takes_too_long(post, caplog):
    sio = AsyncServer(async_mode="asgi", body_timeout=0.05)
    client, http, task = await post(sio)
    assert await answer(task) == 408
    assert http.cancelled
    assert not sio.eio.sockets
    assert "request refused: request body took too long (see body_timeout)" in caplog.text
    assert client.sid not in caplog.text
    assert (await client.get()).status == 400


async def test_the_end_of_the_session_ends_the_reading(post):
    sio = AsyncServer(async_mode="asgi")
    client, http, task = await post(sio)
    assert (await client.request("POST", f"EIO=4&transport=polling&sid={client.sid}")).status == 400
    assert await answer(task) == 400
    assert http.cancelled


async def test_the_end_of_the_server_ends_the_reading(post):
    sio = AsyncServer(async_mode="asgi")
    _, http, task = await post(sio)
    async with asyncio.timeout(HANG):
        await sio.shutdown(drain=0)
    assert await answer(task) in (400, 408)
    assert http.cancelled


async def test_a_request_that_waits_for_the_application_is_cut_off_by_the_end(polling):
    asked = asyncio.Event()

    async def allow(environ):
        asked.set()
        await asyncio.Event().wait()

    sio = AsyncServer(async_mode="asgi", allow_request=allow)
    task = asyncio.create_task(polling(sio).open())
    await asked.wait()
    async with asyncio.timeout(HANG):
        await sio.shutdown(drain=0)
    assert await answer(task) == 503


async def test_a_cancellation_by_the_web_server_stays_one(post):
    sio = AsyncServer(async_mode="asgi")
    _, http, task = await post(sio)
    task.cancel()
    await asyncio.wait([task], timeout=HANG)
    assert task.cancelled()
    assert http.cancelled
    assert not sio.eio.sockets, "the client hung up"
    assert not sio.driver.polls


async def test_a_cancellation_by_both_is_the_web_servers(post):
    sio = AsyncServer(async_mode="asgi")
    _, _, task = await post(sio)
    task.cancel()
    for session in sio.driver.engine.sessions.copy().values():
        sio.driver.input(partial(session.end, reason=Reason("transport error")))
    await asyncio.wait([task], timeout=HANG)
    assert task.cancelled()


async def test_the_options_reach_the_adapter(post):
    sio = AsyncServer(async_mode="asgi", max_http_buffer_size=7, max_body_chunks=5)
    _, http, _ = await post(sio)
    assert http.limits == (7, 5)


@pytest.mark.parametrize("option", ["body_timeout", "max_body_chunks"])
def test_options_that_cannot_be(option):
    with pytest.raises(ValueError, match=option):
        AsyncServer(**{option: 0})

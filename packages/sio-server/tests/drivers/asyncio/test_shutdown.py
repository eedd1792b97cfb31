"""What a shutdown waits for: that clients are told, requests and handlers, and nothing else."""

import asyncio
from itertools import pairwise

import pytest

from sio_core.engineio import SessionState
from sio_server import AsyncServer
from sio_server.drivers import driver

HANG = 20.0
"""Seconds after which a wait is a failure: a guard, no test takes long."""


@pytest.fixture
def sio():
    return AsyncServer(async_mode="asgi")


async def test_a_client_between_two_polls_gets_what_was_sent_and_the_end(sio, polling):
    client = polling(sio)
    await client.open()
    await client.post("40")
    assert (await client.get()).body.startswith(b"40")
    await sio.emit("last words")
    stopping = asyncio.create_task(sio.shutdown(drain=HANG))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not stopping.done()
    assert (await client.get()).body == b'42["last words"]'
    assert (await client.get()).body == b"1"
    async with asyncio.timeout(HANG):
        await stopping
    assert not sio.eio.sockets


async def test_a_client_that_never_polled_is_not_waited_for(sio, polling):
    client = polling(sio)
    await client.open()
    async with asyncio.timeout(HANG):
        await sio.shutdown(drain=10 * HANG)
    assert not sio.eio.sockets


async def test_background_tasks_are_not_waited_for(sio, client_of):
    go = asyncio.Event()
    task = sio.start_background_task(go.wait)
    client = await client_of(sio)
    async with asyncio.timeout(HANG):
        await sio.shutdown(drain=10 * HANG)
    await client.closed
    assert not task.done()
    go.set()
    assert await task is True


async def test_requests_are_waited_for(polling):
    asked, go = asyncio.Event(), asyncio.Event()

    async def allow(environ):
        asked.set()
        await go.wait()

    sio = AsyncServer(async_mode="asgi", allow_request=allow)
    opening = asyncio.create_task(polling(sio).open())
    await asked.wait()
    stopping = asyncio.create_task(sio.shutdown(drain=HANG))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not stopping.done()
    go.set()
    assert (await opening).status == 503
    async with asyncio.timeout(HANG):
        await stopping


async def test_handlers_are_waited_for(sio, client_of):
    begun, go, ended = asyncio.Event(), asyncio.Event(), []

    @sio.event
    async def work(sid):
        begun.set()
        await go.wait()
        ended.append("work")

    @sio.event
    async def disconnect(sid, reason):
        await go.wait()
        ended.append("disconnect")

    client = await client_of(sio)
    client.emit("work")
    await begun.wait()
    stopping = asyncio.create_task(sio.shutdown(drain=HANG))
    await client.closed
    assert not stopping.done()
    go.set()
    async with asyncio.timeout(HANG):
        await stopping
    assert sorted(ended) == ["disconnect", "work"]


async def test_a_handler_may_shut_the_server_down(sio, client_of):
    done = asyncio.Event()

    @sio.event
    async def stop(sid):
        await sio.shutdown(drain=10 * HANG)
        done.set()

    client = await client_of(sio)
    client.emit("stop")
    async with asyncio.timeout(HANG):
        await done.wait()
    await client.closed


async def test_a_client_that_never_reads_the_end_does_not_hold_it_up_for_ever(sio, client_of):
    client = await client_of(sio)
    client.blocked = asyncio.Event()
    await sio.emit("never read")
    async with asyncio.timeout(HANG):
        await sio.shutdown(drain=0.05)
    assert not sio.eio.sockets
    client.blocked.set()


def open_sessions(sio):
    return sum(
        session.state is SessionState.OPEN for session in sio.driver.engine.sessions.values()
    )


async def test_others_have_their_turn_while_many_clients_are_told(sio, client_of, monkeypatch):
    monkeypatch.setattr(driver, "ENDED_AT_ONCE", 2)
    for _ in range(7):
        await client_of(sio)
    stopping = asyncio.create_task(sio.shutdown(drain=HANG))
    left = [open_sessions(sio)]
    while left[-1]:
        await asyncio.sleep(0)
        left.append(open_sessions(sio))
    assert {before - after for before, after in pairwise(left)} <= {0, 1, 2}
    async with asyncio.timeout(HANG):
        await stopping
    assert not sio.eio.sockets


async def test_others_have_their_turn_while_many_clients_are_cut_off(sio, polling, monkeypatch):
    monkeypatch.setattr(driver, "ENDED_AT_ONCE", 2)
    for _ in range(7):
        client = polling(sio)
        await client.open()
        await client.post("40")
        await client.get()
    stopping = asyncio.create_task(sio.shutdown(drain=0.05))
    sessions = sio.driver.engine.sessions
    left = [len(sessions)]
    while left[-1]:
        await asyncio.sleep(0)
        left.append(len(sessions))
    assert {before - after for before, after in pairwise(left)} <= {0, 1, 2}
    async with asyncio.timeout(HANG):
        await stopping

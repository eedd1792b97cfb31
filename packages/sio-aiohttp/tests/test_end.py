"""The end of an application: its clients are told, once, and it can be served by another again."""

import asyncio
import os
import signal

import pytest
from aiohttp import web

from sio_aiohttp import AsyncServer, endpoint
from tests.support.aiohttp_running import HANG, POLLING, sid_of, until, works

PATH = "/socket.io/?" + POLLING


async def poll(running):
    """A client whose poll waits."""
    client = await running.open()
    client.get(PATH)
    client.get(f"{PATH}&sid={sid_of((await client.answer())[2])}")
    return client


async def test_everybody_is_told_before_the_handlers_of_the_shutdown_are_through(serve, app, sio):
    reasons, left = [], []
    sio.on("disconnect", lambda sid, reason: reasons.append(reason))
    app.on_shutdown.append(lambda app: left.append(len(sio.eio.sockets)) or asyncio.sleep(0))
    running = await serve(app)
    websocket, polling = await running.websocket(), await poll(running)
    await websocket.join()
    await until(lambda: sio.driver.polls)
    stopping = asyncio.create_task(running.stop())
    assert (await polling.answer())[2].split(b"\x1e")[-1] == b"1"
    assert await websocket.closed() == 1000
    await stopping
    assert reasons == ["server disconnect"]
    assert left == [0]
    assert not sio.driver.own_sockets


async def test_a_client_that_answers_nothing_is_cut_off(serve, app, sio):
    running = await serve(app)
    client = await running.websocket()
    await client.join()
    async with asyncio.timeout(HANG):
        await running.runner.cleanup()
    assert not sio.eio.sockets
    async with asyncio.timeout(HANG):
        await client.reader.read()
    await until(lambda: not sio.driver.own_sockets)


async def test_clients_that_take_nothing_are_cut_off(serve, app, sio, monkeypatch):
    monkeypatch.setattr(endpoint, "DRAIN", 0.2)
    app = web.Application()
    sio.attach(app)
    running = await serve(app)
    client = await running.websocket()
    await client.join()
    client.reader._transport.pause_reading()
    while not any(session.outbound_full for session in sio.driver.engine.sessions.values()):
        await sio.emit("x", "y" * 1_000_000)
        if not sio.eio.sockets:
            break
    async with asyncio.timeout(HANG):
        await running.runner.cleanup()
    assert not sio.eio.sockets


async def test_a_second_life(serve, sio):
    for _ in range(3):
        app = web.Application()
        sio.attach(app)
        running = await serve(app)
        client = await running.websocket()
        await client.join()
        await works(client)
        stopping = asyncio.create_task(running.stop())
        await client.closed()
        await stopping


async def test_a_signal_ends_clients_before_the_application_does(serve, app, sio, monkeypatch):
    # Any handler of a web server: here one that only takes a note.
    noted = []
    before = signal.signal(signal.SIGTERM, lambda *args: noted.append(args))
    try:
        running = await serve(app)
        client = await running.websocket()
        await client.join()
        os.kill(os.getpid(), signal.SIGTERM)
        assert await client.closed() == 1000
        assert len(noted) == 1
        # New clients are turned away until it is clear that the process goes on.
        other = await running.open()
        other.get(PATH)
        assert (await other.answer())[0] == 503
        await running.stop()
        assert signal.getsignal(signal.SIGTERM) is not None
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("fails", [False, True])
async def test_a_start_that_fails_leaves_the_server_usable(serve, sio, fails):
    async def fail(app):
        raise LookupError("of the test")

    app = web.Application()
    sio.attach(app)
    if fails:
        app.on_startup.append(fail)
        with pytest.raises(LookupError):
            await serve(app)
        app = web.Application()
        sio.attach(app)
    client = await (await serve(app)).websocket()
    await client.join()


def test_the_names_of_the_package():
    import sio_aiohttp

    assert all(hasattr(sio_aiohttp, name) for name in sio_aiohttp.__all__)
    assert sio_aiohttp.AsyncServer is AsyncServer

"""Connections whose writing raises, never returns, or belongs to an event loop that has ended."""

import asyncio
import gc
import sys
from functools import partial

import pytest

from sio_core import Reason, Request
from sio_server import AsyncServer
from sio_server.drivers.asyncio.websockets import connection

HANG = 20.0
"""Seconds after which a wait is a failure: a guard, no test takes long."""


class FakeHTTP:
    def environ(self):
        return {}

    async def body(self, limit, max_chunks):
        return b""

    async def gone(self):
        await asyncio.Event().wait()


def request(kind="websocket", sid=""):
    query = f"EIO=4&transport={kind}" + (f"&sid={sid}" if sid else "")
    return Request("GET", query, host="testserver", websocket=kind == "websocket")


# Sockets of our own -------------------------------------------------------------------------


class OwnSocket:
    """A socket that keeps what is written, or raises `error`."""

    def __init__(self):
        self.written = []
        self.error = None
        self.finished = None

    def send_all(self, messages):
        if self.error is not None:
            raise self.error
        self.written += [frame for message in messages for frame in message.frames]

    def finish(self, code):
        self.finished = code
        if self.error is not None:
            raise self.error


async def join(sio):
    """A WebSocket on "/", with a `OwnSocket`."""
    socket = OwnSocket()
    opened = await sio.driver.own_socket(request(), FakeHTTP())
    opened.opened(socket)
    opened.receive("40")
    async with asyncio.timeout(HANG):
        while len(socket.written) < 2:
            await asyncio.sleep(0)
    socket.written.clear()
    return opened, socket


@pytest.fixture
def sio():
    return AsyncServer(async_mode="asgi")


async def test_one_socket_that_fails_does_not_mute_the_others(sio):
    left = []
    sio.on("disconnect", lambda sid, reason: left.append(reason))
    sockets = [(await join(sio))[1] for _ in range(5)]
    sockets[1].error = ValueError("broken")
    for number in range(3):
        await sio.emit("all", number)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    told = ['42["all",0]', '42["all",1]', '42["all",2]']
    assert [socket.written for socket in sockets] == [told, [], told, told, told]
    assert sockets[1].finished == 1011, "its client is not left without a word"
    assert len(sio.driver.engine.sessions) == 4
    async with asyncio.timeout(HANG):
        while not left:
            await asyncio.sleep(0)
    assert left == ["transport close"]


async def test_the_end_of_the_program_in_a_write_does_not_mute_the_others(sio):
    sockets = [(await join(sio))[1] for _ in range(3)]
    await sio.emit("all")
    sockets[0].error = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        sio.driver._flush_at_turn_end()
    async with asyncio.timeout(HANG):
        while not sockets[2].written:
            await asyncio.sleep(0)
    assert [socket.written for socket in sockets] == [[], ['42["all"]'], ['42["all"]']]


def test_an_event_loop_that_ends_before_the_writing_does_not_mute_the_next(sio):
    left = []
    sio.on("disconnect", lambda sid, reason: left.append(reason))

    async def first():
        sockets = [(await join(sio))[1] for _ in range(2)]
        # In the last turn of the loop, which writes in the turn after it.
        asyncio.get_running_loop().call_soon(emit_now, "never written")
        return sockets

    def emit_now(name):
        sio._core.emit(name, [])
        sio.driver.settle()

    async def second():
        _, socket = await join(sio)
        await sio.emit("all")
        async with asyncio.timeout(HANG):
            while not socket.written or len(left) < 2:
                await asyncio.sleep(0)
        assert socket.written == ['42["all"]']
        assert len(sio.driver.engine.sessions) == 1
        await sio.shutdown(drain=0)

    loop = asyncio.new_event_loop()
    sockets = loop.run_until_complete(first())
    loop.close()
    asyncio.run(second())
    assert [socket.written for socket in sockets] == [[], []]


def test_whatever_waited_on_an_event_loop_that_ended_is_over(sio, polling, monkeypatch):
    async def first():
        client = polling(sio)
        await client.open()
        client.waiting = asyncio.create_task(client.get())
        opened, _ = await join(sio)
        opened.pause()
        stuck = await sio.driver.websocket(request(), FakeHTTP())
        stuck.opened(lambda frame: asyncio.Event().wait(), lambda code: asyncio.sleep(0))
        await asyncio.sleep(0)
        assert sio.driver.writers == 2
        return client

    async def second():
        assert (await polling(sio).open()).status == 200
        assert len(sio.driver.engine.sessions) == 1
        assert sio.driver.writers == 0

    loop = asyncio.new_event_loop()
    # Nothing can end what waits on it well: Python says so when it collects the tasks.
    loop.set_exception_handler(lambda loop, context: None)
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: None)
    client = loop.run_until_complete(first())
    loop.close()
    asyncio.run(second())
    del client, loop
    gc.collect()


def test_a_session_on_polling_outlives_an_event_loop(sio, polling):
    client = asyncio.run(opened_on(polling(sio)))
    answer = asyncio.run(client.post("40"))
    assert (answer.status, answer.body) == (200, b"ok")
    assert asyncio.run(client.get()).body.startswith(b"40")


async def opened_on(client):
    await client.open()
    return client


# Sockets of the web server ------------------------------------------------------------------


class Stuck:
    """A web server whose `send` never returns once it is `stuck`, and its reading task."""

    def __init__(self, sio):
        self.sio = sio
        self.frames = []
        self.stuck = False
        self.cancelled = []
        self.ready = asyncio.Event()
        self.task = asyncio.create_task(self.serve())

    async def serve(self):
        self.connection = await self.sio.driver.websocket(request(), FakeHTTP())
        self.connection.opened(self.write, self.close)
        self.connection.receive("40")
        self.ready.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            assert self.connection.ending
            self.cancelled.append("reader")
        finally:
            self.connection.lost()

    async def write(self, frame):
        await self.hang("writer")
        self.frames.append(frame)

    async def close(self, code):
        await self.hang("writer, at the close")

    async def hang(self, name):
        if self.stuck:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled.append(name)
                raise


@pytest.fixture
async def stuck(sio, monkeypatch):
    monkeypatch.setattr(connection, "WRITE_GRACE", 0.02)
    monkeypatch.setattr(connection, "CLOSE_GRACE", 10 * HANG)
    server = Stuck(sio)
    async with asyncio.timeout(HANG):
        while len(server.frames) < 2:
            await asyncio.sleep(0)
    yield server
    server.task.cancel()


async def ended(server):
    async with asyncio.timeout(HANG):
        await server.task
        while server.sio.driver.writers:
            await asyncio.sleep(0)


async def test_a_send_that_never_returns_does_not_outlive_its_link(sio, stuck):
    stuck.stuck = True
    await sio.emit("x")
    (session,) = sio.driver.engine.sessions.values()
    sio.driver.input(partial(session.end, reason=Reason("ping timeout")))
    await ended(stuck)
    assert sorted(stuck.cancelled) == ["reader", "writer"]


async def test_a_close_that_never_returns_does_not_either(sio, stuck):
    stuck.stuck = True
    (session,) = sio.driver.engine.sessions.values()
    sio.driver.input(partial(session.end, reason=Reason("ping timeout")))
    await ended(stuck)
    assert sorted(stuck.cancelled) == ["reader", "writer, at the close"]


async def test_the_end_of_the_server_cuts_it_off(sio, stuck):
    stuck.stuck = True
    await sio.emit("x")
    await sio.shutdown(drain=0)
    await ended(stuck)
    assert sorted(stuck.cancelled) == ["reader", "writer"]


async def test_a_client_that_goes_on_reading_gets_more_time_but_not_for_ever(sio, stuck):
    async def slow(frame):
        await asyncio.sleep(0.001)
        stuck.frames.append(frame)

    stuck.connection._write = slow
    for _ in range(5000):
        await sio.emit("x")
    sid = next(iter(sio.manager.rooms["/"][None]))
    await sio.disconnect(sid, close=True)
    await ended(stuck)
    assert len(stuck.frames) > 10
    assert stuck.cancelled == ["reader"]


async def test_a_writer_that_is_cancelled_before_it_began_is_not_waited_for(sio):
    closed = []

    async def write(frame):
        pass

    async def close(code):
        closed.append(code)

    opened = await sio.driver.websocket(request(), FakeHTTP())
    opened.opened(write, close)
    opened.receive("1")  # the close code is the writer's to send
    async with asyncio.timeout(HANG):
        while not (writers := list(sio.driver.tasks)) and not closed:
            await asyncio.sleep(0)
        for writer in writers:
            writer.cancel()
        while sio.driver.tasks or sio.driver.writers:
            await asyncio.sleep(0)

"""`own_socket.py`: what one connection gets in one turn of the loop is one call of its socket."""

import asyncio
from functools import partial

import pytest

from sio_core import Request
from sio_server import AsyncServer


class Socket:
    """A `OwnSocket` that keeps what it was told to send."""

    def __init__(self):
        self.calls = []
        self.closed = []

    def send_all(self, messages):
        self.calls.append([frame for message in messages for frame in message.frames])

    def finish(self, code):
        self.closed.append(code)

    @property
    def frames(self):
        return [frame for call in self.calls for frame in call]


@pytest.fixture
def join(fake_http):
    """`await join(sio)`: a connection on "/" and its socket, whose calls so far are forgotten."""

    async def start(sio):
        request = Request("GET", "EIO=4&transport=websocket", (), host="h", websocket=True)
        connection = await sio.driver.own_socket(request, fake_http({}))
        socket = Socket()
        connection.opened(socket)
        connection.receive("40")
        await idle(sio)
        assert [frame[:2] for frame in socket.frames] == ["0{", "40"]
        socket.calls.clear()
        return connection, socket

    return start


@pytest.fixture
def sio():
    return AsyncServer()


async def idle(sio):
    """Wait until no handler runs and nothing is left to be written."""
    async with asyncio.timeout(20):
        while sio._dispatcher.tasks() or sio.driver._to_flush:
            await asyncio.sleep(0)


def session_of(sio):
    (session,) = sio.driver.engine.sessions.values()
    return session


async def test_a_turn_is_one_call(sio, join):
    _, socket = await join(sio)
    for number in range(10):
        await sio.emit("n", number)
    assert socket.calls == []
    await idle(sio)
    assert socket.calls == [[f'42["n",{number}]' for number in range(10)]]
    await sio.emit("next")
    await idle(sio)
    assert socket.calls[1:] == [['42["next"]']]


async def test_a_binary_event_is_one_call(sio, join):
    _, socket = await join(sio)
    await sio.emit("b", [b"1", b"2"])
    await idle(sio)
    ((header, *attachments),) = socket.calls
    assert header.startswith("452-")
    assert attachments == [b"1", b"2"]


async def test_nothing_is_called_without_output(sio, join):
    connection, socket = await join(sio)
    connection.receive("3")
    connection.wake()
    await idle(sio)
    assert socket.calls == []


async def test_a_full_socket_gets_nothing_until_it_has_room(sio, join):
    connection, socket = await join(sio)
    connection.pause()
    assert sio.driver.writers == 1
    await sio.emit("a")
    await sio.emit("b")
    await idle(sio)
    assert socket.calls == []
    assert session_of(sio).queued == 2
    connection.resume()
    await idle(sio)
    assert socket.calls == [['42["a"]', '42["b"]']]
    assert sio.driver.writers == 0
    connection.resume()
    assert sio.driver.writers == 0


async def test_a_socket_that_fills_within_the_turn_waits(sio, join):
    connection, socket = await join(sio)
    await sio.emit("a")
    connection.pause()
    await idle(sio)
    assert socket.calls == []
    connection.resume()
    await idle(sio)
    assert socket.frames == ['42["a"]']


async def test_a_full_socket_is_closed_all_the_same(sio, join):
    connection, socket = await join(sio)
    connection.pause()
    await sio.emit("waits")
    sio.driver.input(partial(sio.driver.engine.close, session_of(sio)))
    await idle(sio)
    assert socket.closed == [1000]
    assert socket.frames[:1] == ['42["waits"]'], "what was sent before goes out before"


async def test_a_session_over_its_limit_is_closed_although_its_socket_is_full(join):
    sio = AsyncServer(max_queue_messages=3)
    reasons = []
    sio.on("disconnect", lambda sid, reason: reasons.append(reason.describe()))
    connection, socket = await join(sio)
    connection.pause()
    for _ in range(5):
        await sio.emit("x")
    async with asyncio.timeout(20):
        while not socket.closed:
            await asyncio.sleep(0)
    await idle(sio)
    assert socket.calls == [], "what was queued is dropped"
    assert len(reasons) == 1
    assert "too many messages" in reasons[0]
    connection.resume()
    connection.lost()
    await idle(sio)
    assert (socket.calls, socket.closed) == ([], [1000])
    assert sio.driver.writers == 0


async def test_a_lost_connection_is_not_written_to(sio, join):
    connection, socket = await join(sio)
    connection.pause()
    await sio.emit("x")
    connection.lost()
    await idle(sio)
    assert (socket.calls, socket.closed) == ([], [])
    assert sio.driver.writers == 0
    connection.resume()
    assert sio.driver.writers == 0


async def test_emitting_waits_for_a_client_that_is_backed_up(join):
    sio = AsyncServer(max_queue_messages=4)
    connection, socket = await join(sio)
    connection.pause()
    for number in range(3):
        await sio.emit("n", number)
    waiting = asyncio.create_task(sio.driver.wait_output_taken(session_of(sio)))
    await asyncio.sleep(0)
    assert not waiting.done()
    connection.resume()
    async with asyncio.timeout(20):
        await waiting
    assert len(socket.frames) == 3

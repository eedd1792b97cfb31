"""The tasks in which a web server's `send` runs: one from its beginning to its end.

Middlewares, frameworks and instrumentation around `send` rely on that: a time limit cancels the
task that it began in, a cancel scope has to be left in the task that entered it, and a context
variable can be reset where it was set.
"""

import asyncio
import sys
from contextvars import ContextVar

import anyio
import pytest

from sio_core import Request
from sio_server import AsyncServer

HANG = 20.0
SPAN = ContextVar("SPAN", default="none")


class Sending:
    """A WebSocket whose `send` is wrapped; it waits while `go` is not set."""

    def __init__(self, wrap):
        self.wrap = wrap
        self.sent = []
        self.errors = []
        self.go = asyncio.Event()
        self.go.set()

    async def open(self, sio, fake_http):
        request = Request("GET", "EIO=4&transport=websocket", (), host="h", websocket=True)
        self.connection = await sio.driver.websocket(request, fake_http({}))
        self.connection.opened(self.write, self.close)
        self.connection.receive("40")
        await self.until(lambda: len(self.sent) == 2)
        self.sent.clear()

    async def write(self, frame):
        try:
            await self.wrap(self.deliver(frame))
        except BaseException as error:
            self.errors.append(error)
            raise

    async def deliver(self, frame):
        if not self.go.is_set():
            await self.go.wait()
        self.sent.append(frame)

    async def close(self, code):
        pass

    async def until(self, condition):
        async with asyncio.timeout(HANG):
            while not condition():
                await asyncio.sleep(0)


@pytest.fixture
def sending(fake_http):
    """`await sending(sio, wrap)`: a WebSocket on "/" whose `send` is wrapped."""

    async def start(sio, wrap):
        socket = Sending(wrap)
        await socket.open(sio, fake_http)
        return socket

    return start


async def limited(delivery):
    async with asyncio.timeout(0.05):
        await delivery


async def scoped(delivery):
    with anyio.CancelScope():
        await anyio.lowlevel.checkpoint_if_cancelled()
        await delivery


async def instrumented(delivery):
    token = SPAN.set("send")
    try:
        await delivery
    finally:
        SPAN.reset(token)


async def in_one_task(delivery):
    before = asyncio.current_task()
    assert before is not None
    await delivery
    assert asyncio.current_task() is before


WRAPS = [limited, scoped, instrumented, in_one_task]
IN_ONE_TASK = pytest.mark.xfail(
    sys.version_info < (3, 12), reason="Python 3.11 finishes a send in another task", run=False
)


def strictly(*wraps):
    return [
        wrap if wrap is instrumented else pytest.param(wrap, marks=IN_ONE_TASK) for wrap in wraps
    ]


@pytest.mark.parametrize("wrap", WRAPS)
async def test_a_send_that_does_not_wait(sending, wrap):
    sio = AsyncServer()
    socket = await sending(sio, wrap)
    await sio.emit("x", 1)
    await socket.until(lambda: socket.sent == ['42["x",1]'])
    assert SPAN.get() == "none"
    assert not socket.errors


@pytest.mark.parametrize("wrap", strictly(scoped, instrumented, in_one_task))
async def test_a_send_that_waits(sending, wrap):
    sio = AsyncServer()
    socket = await sending(sio, wrap)
    socket.go.clear()
    await sio.emit("x", 1)
    for _ in range(5):
        await asyncio.sleep(0)
    assert SPAN.get() == "none", "what a send sets is not seen by whoever emits"
    socket.go.set()
    await socket.until(lambda: socket.sent == ['42["x",1]'])
    assert not socket.errors


@IN_ONE_TASK
async def test_a_send_that_waits_too_long_ends_alone(sending):
    sio = AsyncServer()
    socket = await sending(sio, limited)
    socket.go.clear()
    await sio.emit("x", 1)
    await asyncio.sleep(0.2)  # cancels this test if the time limit takes it for the sender
    assert [type(error) for error in socket.errors] == [TimeoutError]
    assert not sio.driver.engine.sessions, "its WebSocket is lost"


@pytest.mark.parametrize("wrap", strictly(*WRAPS))
async def test_a_send_that_no_task_has_caused(sending, wrap):
    # As pings are, which a timer sends.
    sio = AsyncServer()
    socket = await sending(sio, wrap)

    asyncio.get_running_loop().call_soon(emit_now, sio)
    await socket.until(lambda: '42["x",1]' in socket.sent)
    assert not socket.errors


def emit_now(sio):
    sio._core.emit("x", [1])
    sio.driver.settle()


async def test_frames_go_out_in_order_while_a_send_causes_more(sending):
    sio = AsyncServer()

    async def talkative(delivery):
        await delivery
        if len(socket.sent) < 5:
            emit_now(sio)

    socket = await sending(sio, in_one_task)
    socket.wrap = talkative
    sio._core.emit("first", [])
    sio._core.emit("second", [])
    sio.driver.settle()
    await socket.until(lambda: len(socket.sent) >= 5)
    assert socket.sent[:2] == ['42["first"]', '42["second"]']
    assert set(socket.sent[2:]) == {'42["x",1]'}


@pytest.mark.parametrize("waits", [False, True])
async def test_what_a_send_causes_is_sent_behind_it(sending, waits):
    sio = AsyncServer()
    socket = await sending(sio, lambda delivery: delivery)
    left = ["second", "third"]

    async def emitting(delivery):
        if left:
            await sio.emit(left.pop(0))
        await delivery

    socket.wrap = emitting
    if waits:
        socket.go.clear()
    await sio.emit("first")
    socket.go.set()
    await socket.until(lambda: len(socket.sent) == 3)
    assert socket.sent == ['42["first"]', '42["second"]', '42["third"]']
    await sio.emit("last")
    await socket.until(lambda: len(socket.sent) == 4)
    assert socket.errors == []


async def test_what_a_turn_brings_is_written_when_it_ends(sending):
    sio = AsyncServer()
    socket = await sending(sio, in_one_task)
    await asyncio.sleep(0)
    for number in range(4):
        await sio.emit("n", number)
    assert socket.sent == ['42["n",0]'], "the first one at once"
    await asyncio.sleep(0)
    assert socket.sent == [f'42["n",{number}]' for number in range(4)]
    await sio.emit("n", 4)
    assert socket.sent[4:] == ['42["n",4]'], "the first one of the next turn, too"
    assert not socket.errors


async def test_tasks_that_are_all_cancelled_do_not_mute_a_server(sending):
    sio = AsyncServer()
    socket = await sending(sio, in_one_task)
    await asyncio.sleep(0)
    before = asyncio.all_tasks()
    for number in range(2):
        await sio.emit("n", number)
    (writer,) = asyncio.all_tasks() - before
    writer.cancel()
    await asyncio.sleep(0)
    assert socket.sent == ['42["n",0]']
    await sio.emit("n", 2)
    await socket.until(lambda: len(socket.sent) == 3)
    assert socket.sent == [f'42["n",{number}]' for number in range(3)]


class Written:
    """What a `send` may return that has nothing left to do."""

    def __await__(self):
        return iter(())


async def test_a_send_need_not_be_a_coroutine_function(sending):
    sio = AsyncServer()
    socket = await sending(sio, lambda delivery: delivery)
    futures = []

    def write(frame):
        socket.sent.append(frame)
        if len(socket.sent) == 1:
            return Written()
        futures.append(asyncio.get_running_loop().create_future())
        return futures[-1]

    socket.connection.opened(write, socket.close)
    for number in range(4):
        await sio.emit("n", number)
        await asyncio.sleep(0)
    assert socket.sent == ['42["n",0]', '42["n",1]']  # the second one waits
    assert sio.driver.writers == 1
    for count in (1, 2):
        futures[-1].set_result(None)
        await socket.until(lambda: len(futures) > count)  # noqa: B023
    futures[-1].set_result(None)
    await socket.until(lambda: not sio.driver.writers)
    assert socket.sent == [f'42["n",{number}]' for number in range(4)]

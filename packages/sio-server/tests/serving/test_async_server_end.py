"""`async_server_end.py`: sockets that the driver owns end with the server, answered or not."""

import asyncio
import signal
import threading
from itertools import pairwise

import pytest

from sio_core.engineio import SessionState
from sio_server import AsyncServer
from sio_server.drivers import driver
from sio_server.serving import async_server_end
from sio_server.serving.async_server_end import AsyncServerEnd

HANG = 20.0


class Socket:
    """A socket, gone once it is told to or its client answers."""

    def __init__(self, sio):
        self.shut_down = False
        self._own_sockets = sio.driver.own_sockets
        self._own_sockets.add(self)

    def answered(self):
        self._own_sockets.discard(self)

    def shutdown(self):
        self.shut_down = True
        self.answered()


@pytest.fixture
def sio():
    return AsyncServer()


async def test_a_client_gets_to_answer(sio):
    socket = Socket(sio)
    ending = asyncio.create_task(AsyncServerEnd(sio, 1.0).end())
    while sio.driver.engine.accepting:
        await asyncio.sleep(0)
    socket.answered()
    async with asyncio.timeout(HANG):
        await ending
    assert not socket.shut_down


async def test_a_client_that_does_not_is_cut_off(sio, monkeypatch):
    monkeypatch.setattr(async_server_end, "CLOSING_SECONDS", 0.05)
    sockets = [Socket(sio) for _ in range(3)]
    async with asyncio.timeout(HANG):
        await AsyncServerEnd(sio, 1.0).end()
    assert all(socket.shut_down for socket in sockets)


class WebServer:
    """What handles SIGTERM, and what it finds when it hears of it."""

    def __init__(self, sio):
        self._sio = sio
        self.found = []
        self.heard = threading.Event()

    def __call__(self, number, frame):
        engine = self._sio.driver.engine
        self.found.append("accepting" if engine.accepting else "ending")
        sessions = engine.sessions.values()
        self.open_sessions = sum(each.state is SessionState.OPEN for each in sessions)
        self.heard.set()


@pytest.fixture
def web_server(sio):
    handler = WebServer(sio)
    before = signal.signal(signal.SIGTERM, handler)
    yield handler
    signal.signal(signal.SIGTERM, before)


async def test_clients_are_told_before_the_web_server_hears_of_a_signal(sio, web_server):
    # It may look for the signal in the turn of the loop in which that comes.
    end = AsyncServerEnd(sio, 1.0)
    end.begin()
    signal.raise_signal(signal.SIGTERM)
    assert web_server.found == []
    async with asyncio.timeout(HANG):
        while not web_server.found:
            await asyncio.sleep(0)
        await end.end()
    assert web_server.found == ["ending"]


async def test_many_clients_are_told_before_the_web_server_hears_of_a_signal(
    sio, web_server, client_of, monkeypatch
):
    for module in (async_server_end, driver):
        monkeypatch.setattr(module, "ENDED_AT_ONCE", 1)
    for _ in range(20):
        await client_of(sio)
    end = AsyncServerEnd(sio, 1.0)
    end.begin()
    signal.raise_signal(signal.SIGTERM)
    async with asyncio.timeout(HANG):
        while not web_server.found:
            await asyncio.sleep(0)
        await end.end()
    assert web_server.open_sessions == 0


async def test_others_have_their_turn_while_many_sockets_are_cut_off(sio, monkeypatch):
    monkeypatch.setattr(async_server_end, "CLOSING_SECONDS", 0.0)
    monkeypatch.setattr(async_server_end, "ENDED_AT_ONCE", 2)
    for _ in range(7):
        Socket(sio)
    own = sio.driver.own_sockets
    ending = asyncio.create_task(AsyncServerEnd(sio, 1.0).end())
    left = [len(own)]
    while left[-1]:
        await asyncio.sleep(0)
        left.append(len(own))
    assert {before - after for before, after in pairwise(left)} <= {0, 1, 2}
    async with asyncio.timeout(HANG):
        await ending


async def test_the_web_server_hears_of_it_though_the_end_of_clients_fails(
    sio, web_server, monkeypatch
):
    end = AsyncServerEnd(sio, 1.0)
    end.begin()
    monkeypatch.setattr(sio.driver, "turn_away", lambda seconds: 1 / 0)
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    signal.raise_signal(signal.SIGTERM)
    async with asyncio.timeout(HANG):
        while not web_server.found:
            await asyncio.sleep(0)
    monkeypatch.undo()
    await end.end()


def test_a_loop_of_another_thread_does_not_delay_the_signal(sio, web_server):
    loop = asyncio.new_event_loop()
    end = AsyncServerEnd(sio, 1.0)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    try:
        end.loop = loop
        end._signals.start()  # signals can be watched for in the main thread alone
        signal.raise_signal(signal.SIGTERM)
        assert web_server.heard.is_set()
        asyncio.run_coroutine_threadsafe(end.end(), loop).result(HANG)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(HANG)
        loop.close()


def test_a_loop_that_is_over_does_not_delay_the_signal(sio, web_server):
    end = AsyncServerEnd(sio, 1.0)

    async def begin():
        end.begin()

    asyncio.run(begin())
    signal.raise_signal(signal.SIGTERM)
    assert web_server.heard.is_set()
    end._signals.stop()


async def nothing():
    """Take a turn of the event loop, as what is done last on one does."""


def test_a_signal_after_the_loop_was_stopped_begins_nothing_there(sio, web_server):
    end = AsyncServerEnd(sio, 1.0)

    async def begin():
        end.begin()

    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(begin())
        signal.raise_signal(signal.SIGTERM)
        assert web_server.found == ["accepting"]
        loop.run_until_complete(nothing())
        assert asyncio.all_tasks(loop) == set()
    finally:
        loop.close()
        end._signals.stop()


async def test_requests_after_the_end_watch_for_no_signals(sio, web_server):
    end = AsyncServerEnd(sio, 1.0)
    end.begin()
    await end.end()
    end.watch()
    assert signal.getsignal(signal.SIGTERM) is web_server
    end.begin()
    assert signal.getsignal(signal.SIGTERM) is not web_server
    await end.end()

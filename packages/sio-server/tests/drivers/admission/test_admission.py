"""The same server again after its end, in both colours: new clients are let in."""

import asyncio
import json
import threading

import pytest

from sio_core import Request
from sio_server import AsyncServer, Server
from sio_server.drivers.admission.admission import Admission

HANG = 30.0
"""Seconds after which a wait is a failure: a guard, no test takes long."""


class Engine:
    accepting = True


@pytest.fixture
def engine():
    return Engine()


def test_requests_open_a_server_that_was_shut_down(engine):
    admission = Admission(engine)
    admission.close()
    admission.request(1.0)
    assert not engine.accepting, "the shutdown is still going on"
    admission.closed()
    assert not engine.accepting, "nobody came yet"
    admission.request(2.0)
    assert engine.accepting


def test_a_held_server_is_opened_by_time_and_a_request_or_by_start(engine):
    admission = Admission(engine)
    for opened_by_start in (True, False):
        admission.close()
        admission.hold(10.0)
        admission.closed()
        admission.request(9.9)
        assert not engine.accepting
        if opened_by_start:
            admission.start()
        else:
            admission.request(10.0)
        assert engine.accepting


def test_what_an_application_closed_itself_stays_closed(engine):
    admission = Admission(engine)
    engine.accepting = False
    admission.request(1.0)
    assert not engine.accepting


async def test_async_server_again_and_again(client_of, polling):
    sio = AsyncServer(async_mode="asgi")
    left = []
    sio.on("disconnect", lambda sid, reason: left.append(reason))
    for number in range(10):
        if number % 2:
            sio.start()
        client = await client_of(sio)
        slow = polling(sio)
        assert (await slow.open()).status == 200
        await sio.shutdown(drain=0.01)
        assert await client.closed == 1000
        assert not sio.eio.sockets
    assert len(left) == 10


async def test_during_a_shutdown_requests_are_refused(client_of, polling):
    sio = AsyncServer(async_mode="asgi")
    go = asyncio.Event()
    sio.on("disconnect", lambda sid, reason: go.wait())
    await client_of(sio)
    stopping = asyncio.create_task(sio.shutdown(drain=HANG))
    await asyncio.sleep(0)
    assert (await polling(sio).open()).status == 503
    go.set()
    await stopping
    assert (await polling(sio).open()).status == 200


async def test_a_cancelled_shutdown_leaves_a_server_that_can_be_used(client_of, polling):
    sio = AsyncServer(async_mode="asgi")
    never = asyncio.Event()
    sio.on("disconnect", lambda sid, reason: never.wait())
    await client_of(sio)
    stopping = asyncio.create_task(sio.shutdown(drain=HANG))
    await asyncio.sleep(0)
    stopping.cancel()
    await asyncio.wait([stopping])
    assert (await polling(sio).open()).status == 200
    never.set()


class FakeHTTP:
    def environ(self):
        return {}

    def body(self, limit, max_chunks):
        return b""

    def stop(self):
        pass

    def gone(self):
        return False


def handshake(server):
    request = Request("GET", "EIO=4&transport=polling", host="testserver")
    return server.driver.http(request, FakeHTTP())


def test_server_again_and_again():
    sio = Server(async_mode="threading")
    for number in range(10):
        if number % 2:
            sio.start()
        answer = handshake(sio)
        assert answer.status == 200
        sio.shutdown(drain=0.01)
        assert not sio.eio.sockets


def test_the_timer_of_a_server_that_is_used_again_goes_on():
    others = set(threading.enumerate())  # those of the tests before
    sio = Server(async_mode="threading", ping_interval=0.05)
    for _ in range(3):
        sid = json.loads(handshake(sio).body[1:])["sid"]
        request = Request("GET", f"EIO=4&transport=polling&sid={sid}", host="testserver")
        answers = []
        poll = threading.Thread(
            target=lambda asked=request, got=answers: got.append(
                sio.driver.http(asked, FakeHTTP())
            ),
            daemon=True,
        )
        poll.start()
        poll.join(HANG)
        assert [answer.body for answer in answers] == [b"2"], "a ping needs the timer"
        sio.shutdown(drain=0)
    own = set(threading.enumerate()) - others
    assert sum(thread.name.startswith("sio") for thread in own) < 20


def test_a_blocking_server_refuses_during_its_shutdown():
    sio = Server(async_mode="threading")
    handshake(sio)
    seen = []
    sio.driver.turn_away(HANG)
    seen.append(handshake(sio).status)
    sio.shutdown(drain=0)
    seen.append(handshake(sio).status)
    sio.start()
    seen.append(handshake(sio).status)
    sio.shutdown(drain=0)
    assert seen == [503, 503, 200]


def test_two_servers_in_one_process_end_and_begin_apart():
    one, two = Server(async_mode="threading"), Server(async_mode="threading")
    for server in (one, two):
        assert handshake(server).status == 200
    one.shutdown(drain=0)
    assert len(two.eio.sockets) == 1, "the other goes on"
    two.driver.turn_away(HANG)
    assert [handshake(one).status, handshake(two).status] == [200, 503]
    for server in (one, two):
        server.shutdown(drain=0)

"""One client that sends more than the server handles, in asyncio."""

import asyncio
import logging
from dataclasses import replace

import pytest

from sio_server import AsyncServer, exceptions
from sio_server.drivers.asyncio.entrance.client_load import ClientLoad

HANG = 20.0
"""Seconds after which a wait is a failure: a guard, no test takes long."""


class Gate:
    """A handler that waits: counts who is in it, and lets out as many as it is told."""

    def __init__(self, server):
        self.inside = self.most = 0
        self.seen = []
        self._tickets = asyncio.Semaphore(0)
        server.on("work", self)

    async def __call__(self, sid, number):
        self.seen.append(number)
        self.inside += 1
        self.most = max(self.most, self.inside)
        await self._tickets.acquire()
        self.inside -= 1

    def open(self, count):
        for _ in range(count):
            self._tickets.release()

    async def sees(self, count):
        async with asyncio.timeout(HANG):
            while len(self.seen) < count:
                await asyncio.sleep(0)


def session_of(server):
    (session,) = server.driver.engine.sessions.values()
    return session


async def turns(count=20):
    """Let everything happen that does not need time."""
    for _ in range(count):
        await asyncio.sleep(0)


async def decoding(server):
    """Return when a long message is being decoded."""
    async with asyncio.timeout(HANG):
        while not server.driver._gate.locked():
            await asyncio.sleep(0)


def work(count):
    return [f'42["work",{number}]' for number in range(count)]


async def test_what_came_in_one_read_is_handed_on_as_there_is_room(client_of):
    server = AsyncServer(max_running_handlers=3)
    gate = Gate(server)
    client = await client_of(server)
    full = [client.connection.receive(frame) for frame in work(10)]
    assert full == [False, False] + [True] * 8
    reading = asyncio.create_task(client.connection.wait_for_capacity())
    await turns()
    assert gate.seen == [0, 1, 2]
    gate.open(2)
    await gate.sees(5)
    await turns()
    assert gate.seen == [0, 1, 2, 3, 4]
    assert not reading.done()
    gate.open(100)
    async with asyncio.timeout(HANG):
        await reading
    await gate.sees(10)
    assert gate.seen == list(range(10))
    assert gate.most == 3
    assert client.connection.receive('42["work",10]') is False


async def test_one_request_is_handed_on_as_there_is_room(polling):
    server = AsyncServer(max_running_handlers=3)
    gate = Gate(server)
    client = polling(server)
    await client.open()
    await client.post("40")
    await client.get()
    post = asyncio.create_task(client.post("\x1e".join(work(10))))
    await gate.sees(3)
    await turns()
    assert gate.seen == [0, 1, 2]
    assert not post.done()
    gate.open(100)
    assert (await post).body == b"ok"
    assert gate.most == 3
    assert gate.seen == list(range(10))


async def test_a_request_whose_rest_waits_ends_with_its_session(polling):
    server = AsyncServer(max_running_handlers=1)
    gate = Gate(server)
    client = polling(server)
    await client.open()
    await client.post("40")
    await client.get()
    post = asyncio.create_task(client.post("\x1e".join(work(10))))
    await gate.sees(1)
    overlapping = await client.post(work(1)[0])
    assert overlapping.status == 400
    async with asyncio.timeout(HANG):
        await post
    assert gate.seen == [0]
    gate.open(1)


async def test_others_have_their_turn_beside_messages_that_are_large(client_of):
    server = AsyncServer()
    seen = []
    server.on("work", lambda sid, number, *rest: seen.append(number))
    client = await client_of(server)
    dear = f'42["work",0,[{"1.5," * 100_000}1]]'
    plain = f'42["work",1,"{"x" * 800_000}"]'
    for frame in (dear, plain, work(3)[2]):
        assert client.connection.receive(frame) is True
    assert seen == []
    turns = []

    async def other():
        while len(seen) < 3:
            turns.append(len(seen))
            await asyncio.sleep(0)

    others = asyncio.create_task(other())
    await client.connection.wait_for_capacity()
    await others
    assert seen == [0, 1, 2]
    assert turns.count(0) > len(dear) / 65_536, "others had a turn while one was decoded"
    assert turns.count(1) > 3, "others had several turns between two"
    assert client.connection.receive(work(1)[0]) is False


@pytest.mark.parametrize(("size", "most"), [(1_100, 129), (15_000, 18), (60_000, 2)])
async def test_a_slice_has_few_texts_that_are_large(client_of, size, most):
    server = AsyncServer()
    client = await client_of(server)
    frame = f'42["work","{"x" * (size - 20)}"]'
    taken = 1
    while not client.connection.receive(frame):
        taken += 1
    assert taken <= most
    await client.connection.wait_for_capacity()


async def test_one_long_message_is_decoded_at_a_time(client_of):
    server = AsyncServer()
    clients = [await client_of(server) for _ in range(3)]
    core, running, most = server.driver.core, [], []
    decode = core.decode_in_slices

    def watched(events):
        slices = decode(events)
        yield next(slices)
        running.append(1)
        try:
            while True:
                most.append(len(running))
                yield next(slices)
        except StopIteration as end:
            return end.value
        finally:
            running.pop()

    core.decode_in_slices = watched
    for client in clients:
        assert client.connection.receive(f'42["work",[{"1.5," * 50_000}1]]')
    await asyncio.gather(*(client.connection.wait_for_capacity() for client in clients))
    assert most
    assert max(most) == 1


def test_a_long_message_may_be_the_first_on_another_event_loop(client_class):
    server = AsyncServer()

    async def left_behind():
        client = client_class(server)
        await client.open()
        await client.connect()
        assert client.connection.receive(f'42["work",[{"1.5," * 50_000}1]]')
        reading = asyncio.create_task(client.connection.wait_for_capacity())
        await decoding(server)
        return reading

    async def elsewhere():
        server.driver.bind()
        async with asyncio.timeout(HANG):
            await server.driver._gate.acquire()

    loop = asyncio.new_event_loop()
    reading = loop.run_until_complete(left_behind())
    asyncio.run(elsewhere())
    loop.run_until_complete(reading)
    loop.close()


async def test_reading_that_is_cancelled_holds_up_nobody(client_of):
    server = AsyncServer()
    one, two = await client_of(server), await client_of(server)
    seen = []
    server.on("work", lambda sid, value: seen.append(len(value)))
    long = f'42["work",[{"1.5," * 50_000}1]]'
    for client in (one, two):
        client.connection.receive(long)
    reading = asyncio.create_task(one.connection.wait_for_capacity())
    await decoding(server)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await two.connection.wait_for_capacity()
    assert seen == [50_001]


async def test_reading_stops_for_a_moment_after_very_many_messages(client_of):
    server = AsyncServer()
    seen = []
    server.on("work", lambda sid, number: seen.append(number))
    client = await client_of(server)
    count = 3 * ClientLoad.SLICE
    for frame in work(count):
        client.connection.receive(frame)
    assert len(seen) < 2 * ClientLoad.SLICE
    order = []
    asyncio.get_running_loop().call_soon(lambda: order.append(len(seen)))
    await client.connection.wait_for_capacity()
    assert order[0] < 2 * ClientLoad.SLICE  # others had their turn in between
    assert seen == list(range(count))


async def test_a_live_client_is_not_lost_while_it_is_not_read(client_of):
    server = AsyncServer(max_running_handlers=1)
    gate = Gate(server)
    client = await client_of(server)
    assert client.connection.receive('42["work",0]')
    reading = asyncio.create_task(client.connection.wait_for_capacity())
    await turns()
    core, now = server._core, server.driver.now()
    for later in (25.25, 45.25, 65.25, 85.25):  # at the end of ticks
        # Pings go on, and their pongs wait behind the handler.
        assert core.handle_timeout(now + later) == []
        server.driver.settle()
        assert await client.frames.get() == "2"
    gate.open(1)
    async with asyncio.timeout(HANG):
        await reading
    session = session_of(server)
    assert session.due < server.driver.now() + 20.1  # reading again, the pong is due again
    assert core.handle_timeout(session.tick.time) != []


async def test_handlers_that_wait_for_the_client_leave_room_for_its_answers(client_of):
    server = AsyncServer(max_running_handlers=2)

    @server.on("ask")
    async def ask(sid, number):
        return await server.call("question", number, to=sid, timeout=HANG)

    client = await client_of(server)
    for number in range(4):
        assert not client.connection.receive(f'42{number}["ask",{number}]')
        await turns()
    questions = [await client.packet() for _ in range(4)]
    for number, question in enumerate(questions):
        ack = question[1:].partition("[")[0]
        assert not client.connection.receive(f"43{ack}[{number}]")
    answers = sorted([await client.packet() for _ in range(4)])
    assert answers == [f"3{number}[{number}]" for number in range(4)]
    await client.idle()
    peer = session_of(server).driver
    assert (peer.pending, peer.limit) == (0, 2)


async def test_a_call_ends_the_wait_for_room(client_of):
    server = AsyncServer(max_running_handlers=1)
    gate = Gate(server)
    client = await client_of(server)
    assert client.connection.receive('42["work",0]')
    client.connection.receive("431[5]")
    reading = asyncio.create_task(client.connection.wait_for_capacity())
    await turns()
    assert await server.call("question", to=client.sid, timeout=HANG) == 5
    gate.open(1)
    await reading


# Clients that do not read -----------------------------------------------------


async def block(client):
    """The client reads nothing from now on."""
    client.blocked = asyncio.Event()
    await client.server.emit("stuck", to=client.sid)
    await turns()
    assert session_of(client.server).link.blocked


async def test_emit_does_not_wait_for_ever_for_who_does_not_read(client_of, caplog):
    server = AsyncServer(max_queue_messages=10, slow_client_timeout=0.05, logger=True)
    reasons = []
    server.on("disconnect", lambda sid, reason: reasons.append(reason.describe()))
    client = await client_of(server)
    await block(client)
    with caplog.at_level(logging.INFO, logger="socketio.server"):
        async with asyncio.timeout(HANG):
            for number in range(100):
                await server.emit("number", number, to=client.sid)
    await client.idle()
    reason = "transport error (client did not take what waits for it in time)"
    assert reasons == [reason]
    assert f"connection closed: {reason}" in caplog.text
    client.blocked.set()


async def test_pongs_of_who_does_not_read_are_no_sign_of_life(client_of):
    server = AsyncServer()
    client = await client_of(server)
    await block(client)
    core, now = server._core, server.driver.now()
    assert core.handle_timeout(now + 25.25) == []
    client.raw("3")
    assert core.handle_timeout(now + 45.25) != []
    client.blocked.set()


async def test_the_timeout_of_a_call_includes_the_sending(client_of):
    server = AsyncServer(max_queue_messages=10)
    client = await client_of(server)
    await block(client)
    for number in range(8):
        await server.emit("number", number)
    async with asyncio.timeout(HANG):
        with pytest.raises(exceptions.TimeoutError):
            await server.call("question", to=client.sid, timeout=0.01)
        with pytest.raises(exceptions.TimeoutError):
            await server.call("question", to=client.sid, timeout=0)
    client.blocked.set()


async def test_twelve_thousand_emits_in_a_row_disconnect_nobody(client_of, polling):
    server = AsyncServer()
    slow = polling(server)
    await slow.open()
    await slow.post("40")
    await slow.get()
    waiting = polling(server)
    await waiting.open()
    await waiting.post("40")
    await waiting.get()
    poll = asyncio.create_task(waiting.get())
    await turns()
    for number in range(12_000):
        await server.emit("number", number)
    got = (await poll).body.count(b"42[")
    while got < 12_000:
        got += (await waiting.get()).body.count(b"42[")
    assert got == 12_000
    assert (await slow.get()).body.count(b"42[") == 12_000
    assert len(server.driver.engine.sessions) == 2


async def test_a_deadline_that_a_message_moved_is_kept(client_of):
    server = AsyncServer(connect_timeout=1000, ping_interval=1000)
    client = await client_of(server)
    server._core.config = replace(server._core.config, connect_timeout=0.05)
    client.send("1")  # leaves the only namespace
    async with asyncio.timeout(HANG):
        await client.closed

"""Rows 74 to 82, 84 and 91 to 94: what is sent, to whom, and what comes back."""

import asyncio
import gc
import inspect
import weakref
from datetime import datetime

import pytest

from sio_server import AsyncServer, exceptions


@pytest.fixture
def sio():
    return AsyncServer(namespaces="*")


def test_row_74_documented_positions():
    names = ["event", "data", "to", "room", "skip_sid", "namespace", "callback", "ignore_queue"]
    assert list(inspect.signature(AsyncServer.emit).parameters)[1:] == names
    assert list(inspect.signature(AsyncServer.send).parameters)[1:] == names[1:]


@pytest.mark.parametrize(
    ("data", "packets"),
    [
        (None, ['2["x"]']),
        ("a", ['2["x","a"]']),
        ("", ['2["x",""]']),
        (0, ['2["x",0]']),
        ([1, 2], ['2["x",[1,2]]']),
        ({"a": None}, ['2["x",{"a":null}]']),
        ((1, [2]), ['2["x",1,[2]]']),
        ((), ['2["x"]']),
        ((None,), ['2["x",null]']),
        (b"\x01", ['51-["x",{"_placeholder":true,"num":0}]', b"\x01"]),
        (bytearray(b"\x02"), ['51-["x",{"_placeholder":true,"num":0}]', b"\x02"]),
        (memoryview(b"\x03"), ['51-["x",{"_placeholder":true,"num":0}]', b"\x03"]),
        ({"f": [b"\x04"]}, ['51-["x",{"f":[{"_placeholder":true,"num":0}]}]', b"\x04"]),
    ],
)
async def test_row_74_data(sio, client_of, data, packets):
    client = await client_of(sio)
    await sio.emit("x", data)
    assert await client.rest() == packets


async def test_row_74_data_is_taken_as_it_is_now(sio, client_of):
    client = await client_of(sio)
    data = bytearray(b"before")
    client.blocked = asyncio.Event()
    await sio.emit("x", data)
    data[:] = b"later!"
    client.blocked.set()
    assert (await client.rest())[1] == b"before"


async def test_row_74_what_cannot_be_encoded_raises_and_costs_no_connection(sio, client_of):
    client = await client_of(sio)
    for wrong in (datetime(2026, 1, 1), {1, 2}, object()):
        with pytest.raises(ValueError):
            await sio.emit("x", wrong)
    assert await client.rest() == []


async def test_row_74_namespace_and_room(sio, client_of):
    client = await client_of(sio)
    sid = await client.connect("/n")
    await sio.enter_room(sid, "r", namespace="/n")
    await sio.emit("a", namespace="/n")
    await sio.emit("b", room="r", namespace="/n")
    await sio.emit("c", to="r", namespace="/n", ignore_queue=True)
    await sio.emit("d", to="r")
    assert await client.rest("/n") == ['2/n,["a"]', '2/n,["b"]', '2/n,["c"]']


@pytest.mark.filterwarnings("ignore:an event is sent to a room of the type int")
@pytest.mark.parametrize("nobody", [[], "", 0, (), set(), "unknown room", ["unknown", ""], [None]])
async def test_row_75_empty_to_means_nobody(sio, client_of, nobody):
    client = await client_of(sio)
    await sio.emit("x", to=nobody)
    await sio.emit("x", room=nobody)
    await sio.emit("x", to=nobody, callback=print)
    assert await client.rest() == []


async def test_row_75_to_wins_over_room_even_when_it_is_empty(sio, client_of):
    client = await client_of(sio)
    await sio.emit("x", to=[], room=client.sid)
    assert await client.rest() == []


async def test_row_76_rooms_overlap_and_everyone_gets_it_once(sio, client_of):
    one, two, three = [await client_of(sio) for _ in range(3)]
    for client, rooms in ((one, "ab"), (two, "b"), (three, "c")):
        for room in rooms:
            await sio.enter_room(client.sid, room)
    await sio.emit("x", to=["a", "b"])
    await sio.emit("y", to=["a", three.sid])
    assert await one.rest() == ['2["x"]', '2["y"]']
    assert await two.rest() == ['2["x"]']
    assert await three.rest() == ['2["y"]']


async def test_row_77_skip_sid(sio, client_of):
    one, two, three = [await client_of(sio) for _ in range(3)]
    await sio.emit("x", skip_sid=one.sid)
    await sio.emit("y", skip_sid=[one.sid, two.sid])
    await sio.emit("z", to=one.sid, skip_sid=one.sid)
    assert await one.rest() == []
    assert await two.rest() == ['2["x"]']
    assert await three.rest() == ['2["x"]', '2["y"]']


async def test_row_78_send_is_the_event_message(sio, client_of):
    client = await client_of(sio)
    await sio.send("a")
    await sio.send({"b": 1}, to=client.sid)
    assert await client.rest() == ['2["message","a"]', '2["message",{"b":1}]']


async def answer(client, values):
    """Answer the event that comes next with a JSON text of values."""
    packet = await client.packet()
    ack_id = packet[1 : packet.index("[")]
    client.send(f"3{ack_id}{values}")


@pytest.mark.parametrize(
    ("values", "expected"), [("[]", None), ("[5]", 5), ("[1,2]", (1, 2)), ("[[1]]", [1])]
)
async def test_row_79_call_returns_the_answer(sio, client_of, values, expected):
    client = await client_of(sio)
    task = asyncio.ensure_future(sio.call("x", "data", to=client.sid))
    await answer(client, values)
    assert await task == expected


async def test_row_79_sid_is_another_name_for_to(sio, client_of):
    client = await client_of(sio)
    task = asyncio.ensure_future(sio.call("x", sid=client.sid))
    await answer(client, "[1]")
    assert await task == 1


async def test_row_79_call_needs_a_recipient(sio):
    with pytest.raises(ValueError, match="recipient"):
        await sio.call("x")


async def test_row_79_timeout(sio, client_of):
    client = await client_of(sio)
    with pytest.raises(exceptions.TimeoutError):
        await sio.call("x", to=client.sid, timeout=0.001)
    await answer(client, "[1]")  # too late: nobody minds
    assert await client.rest() == []


@pytest.mark.parametrize("how", ["client", "server", "broken", "never there"])
async def test_row_79_a_client_that_leaves_ends_the_call_at_once(sio, client_of, how):
    client = await client_of(sio)
    sid = client.sid if how != "never there" else "stranger"
    task = asyncio.ensure_future(sio.call("x", to=sid, timeout=None))
    if how != "never there":
        await client.packet()
    if how == "client":
        client.send("1")
    elif how == "server":
        await sio.disconnect(sid)
    elif how == "broken":
        client.connection.lost()
    with pytest.raises(exceptions.TimeoutError) as caught:
        await task
    assert isinstance(caught.value, exceptions.DisconnectedError) or how == "never there"


async def test_row_79_call_from_a_handler(sio, client_of):
    @sio.event
    async def start(sid):
        return await sio.call("question", to=sid)

    client = await client_of(sio)
    client.emit("start", ack=1)
    await answer(client, '["yes"]')
    assert await client.packet() == '31["yes"]'


async def test_row_80_callbacks(sio, client_of):
    seen = []

    async def later(*args):
        await asyncio.sleep(0)
        seen.append(args)

    client = await client_of(sio)
    await sio.emit("x", to=client.sid, callback=lambda *args: seen.append(args))
    await sio.emit("y", to=client.sid, callback=later)
    first, second = await client.packet(), await client.packet()
    ids = [packet[1 : packet.index("[")] for packet in (first, second)]
    for ack_id in ids * 2:  # an answer that comes twice counts once
        client.send(f'3{ack_id}["a",1]')
    await client.idle()
    assert seen == [("a", 1), ("a", 1)]


async def test_row_80_a_broadcast_calls_back_once_a_client(sio, client_of):
    seen = []
    clients = [await client_of(sio) for _ in range(3)]
    await sio.emit("x", callback=seen.append)
    for number, client in enumerate(clients):
        await answer(client, f"[{number}]")
    assert sorted(seen) == [0, 1, 2]


async def test_row_80_a_client_cannot_answer_for_another(sio, client_of):
    seen = []
    one, two = await client_of(sio), await client_of(sio)
    await sio.emit("x", to=one.sid, callback=seen.append)
    packet = await one.packet()
    two.send(f'3{packet[1 : packet.index("[")]}["forged"]')
    await two.rest()
    assert seen == []


async def test_row_80_callbacks_are_not_kept(sio, client_of):
    def make():
        def called(*args):
            seen.append(args)

        return called

    seen = []
    client = await client_of(sio)
    callback = make()
    kept = weakref.ref(callback)
    await sio.emit("x", to=client.sid, callback=callback)
    del callback
    packet = await client.packet()
    client.send("3" + packet[1 : packet.index("[")] + "[1]")
    await client.idle()
    gc.collect()
    assert seen == [(1,)]
    assert kept() is None


async def test_row_80_a_callback_that_fails_is_logged(sio, client_of, caplog):
    def broken(*args):
        raise RuntimeError("broken callback")

    async def broken_later(*args):
        raise RuntimeError("broken coroutine")

    client = await client_of(sio)
    for callback in (broken, broken_later):
        await sio.emit("x", to=client.sid, callback=callback)
        await answer(client, "[]")
    await client.idle()
    assert "broken callback" in caplog.text
    assert "broken coroutine" in caplog.text
    assert await client.rest() == []


async def test_row_81_frames_of_concurrent_emits_never_interleave(sio, client_of):
    client = await client_of(sio)
    client.blocked = asyncio.Event()

    async def emit(number):
        for _ in range(3):
            await sio.emit("x", [bytes([number]), bytes([number])])
            await asyncio.sleep(0)

    tasks = [asyncio.ensure_future(emit(number)) for number in range(5)]
    await asyncio.sleep(0)
    client.blocked.set()
    await asyncio.gather(*tasks)
    packets = await client.rest()
    assert len(packets) == 45
    for at in range(0, 45, 3):
        head, first, second = packets[at : at + 3]
        assert head.startswith("52-")
        assert isinstance(first, bytes)
        assert first == second


async def test_row_82_a_broadcast_is_encoded_once(sio, client_of):
    class Counting:
        def __init__(self, parser):
            self.parser = parser
            self.count = 0

        def encode(self, packet):
            self.count += 1
            return self.parser.encode(packet)

        def decoder(self):
            return self.parser.decoder()

    parser = Counting(sio.options.parser)
    server = AsyncServer(serializer=parser)
    clients = [await client_of(server) for _ in range(5)]
    parser.count = 0
    await server.emit("x", {"a": 1})
    assert parser.count == 1
    packets = [await client.frame() for client in clients]
    assert all(packet is packets[0] for packet in packets), "one text for all"


async def test_row_84_the_registry_of_acknowledgements_is_bounded(client_of):
    sio = AsyncServer(max_pending_acks=3)
    seen = []
    client = await client_of(sio)
    ids = []
    for number in range(5):
        await sio.emit("x", to=client.sid, callback=lambda n=number: seen.append(n))
        packet = await client.packet()
        ids.append(packet[1 : packet.index("[")])
    socket = sio._core.find(client.sid)
    sio.driver.core.handle_timeout(sio.driver.now())
    assert len(socket.acks) == 3
    for ack_id in ids:
        client.send(f"3{ack_id}[]")
    await client.rest()
    assert seen == [2, 3, 4], "the oldest were given up"


async def test_row_84_nothing_is_left_after_a_timeout_or_a_disconnect(sio, client_of):
    client = await client_of(sio)
    socket = sio._core.find(client.sid)
    with pytest.raises(exceptions.TimeoutError):
        await sio.call("x", to=client.sid, timeout=0.001)
    assert not socket.acks
    await sio.emit("y", callback=print)
    assert len(socket.acks) == 1
    await client.lose()
    assert not socket.acks


@pytest.mark.parametrize(
    "name",
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"],
)
async def test_row_91_reserved_names_are_refused(sio, client_of, name):
    client = await client_of(sio)
    with pytest.raises(ValueError, match=f"'{name}' is a reserved event"):
        await sio.emit(name)
    with pytest.raises(ValueError):
        await sio.call(name, to=client.sid)
    assert await client.rest() == []


async def test_row_92_more_attachments_than_peers_take(sio, client_of):
    client = await client_of(sio)
    await sio.emit("x", [b"1"] * 10)
    assert len(await client.rest()) == 11
    with pytest.raises(ValueError, match="max_attachments_out"):
        await sio.emit("x", [b"1"] * 11)
    assert await client.rest() == []
    generous = AsyncServer(max_attachments_out=20)
    other = await client_of(generous)
    await generous.emit("x", [b"1"] * 11)
    assert len(await other.rest()) == 12


@pytest.mark.parametrize("json", [None, __import__("json")])
async def test_row_93_no_attachments_are_never_announced(client_of, json):
    sio = AsyncServer(json=json)
    client = await client_of(sio)
    await sio.emit("x", {"a": []})
    assert await client.rest() == ['2["x",{"a":[]}]']


async def test_row_94_emits_of_one_task_arrive_in_order(sio, client_of):
    client = await client_of(sio)
    await sio.enter_room(client.sid, "r")
    client.blocked = asyncio.Event()
    for number in range(0, 30, 3):
        await sio.emit("x", number)
        await sio.emit("x", number + 1, to="r")
        await sio.emit("x", number + 2, to=client.sid)
        if number == 15:
            client.blocked.set()
    assert await client.rest() == [f'2["x",{number}]' for number in range(30)]


async def test_row_94_events_of_a_client_reach_plain_handlers_in_order(sio, client_of):
    seen = []
    sio.on("x", lambda sid, number: seen.append(number))
    client = await client_of(sio)
    for number in range(20):
        client.emit("x", number)
    await client.idle()
    assert seen == list(range(20))

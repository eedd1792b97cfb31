"""What a connection and a message must not cost: tasks, queues, second encodings."""

import asyncio
from collections.abc import Callable
from typing import Any

from sio_core.socketio import JSONParser, Packet
from sio_server import AsyncServer


class CountingParser(JSONParser):
    """The default parser, counting the events that it encodes."""

    def __init__(self) -> None:
        super().__init__()
        self.events = 0

    def encode(self, packet: Packet) -> Any:
        self.events += packet.type == 2
        return super().encode(packet)


async def test_an_idle_connection_has_no_task_of_ours(client_of: Callable[..., Any]) -> None:
    server = AsyncServer()
    first = await client_of(server)
    await first.idle()
    before = asyncio.all_tasks()
    others = [await client_of(server) for _ in range(20)]
    await others[-1].idle()
    assert asyncio.all_tasks() == before
    assert server.driver.writers == 0


async def test_the_frame_is_written_by_whoever_emits(client_of: Callable[..., Any]) -> None:
    server = AsyncServer()
    client = await client_of(server)
    await client.idle()
    emitting = server.emit("now", 1)
    # One step of the coroutine, without the event loop: the frame is there already.
    try:
        emitting.send(None)
    except StopIteration:
        pass
    else:
        raise AssertionError("emit() waited although nothing was backed up")
    assert client.frames.get_nowait() == '42["now",1]'


async def test_a_writer_exists_only_while_a_connection_is_backed_up(
    client_of: Callable[..., Any],
) -> None:
    server = AsyncServer()
    client = await client_of(server)
    client.blocked = asyncio.Event()
    for number in range(5):
        await server.emit("n", number)
    assert server.driver.writers == 1
    client.blocked.set()
    client.blocked = None
    assert [await client.packet() for _ in range(5)] == [f'2["n",{n}]' for n in range(5)]
    async with asyncio.timeout(20):
        while server.driver.writers:
            await asyncio.sleep(0)


async def test_a_broadcast_encodes_once(client_of: Callable[..., Any]) -> None:
    parser = CountingParser()
    server = AsyncServer(serializer=parser)
    clients = [await client_of(server) for _ in range(10)]
    parser.events = 0
    await server.emit("news", {"a": 1})
    assert parser.events == 1
    frames = [client.frames.get_nowait() for client in clients]
    assert frames == ['42["news",{"a":1}]'] * 10
    assert all(frame is frames[0] for frame in frames)


async def test_a_binary_event_is_never_split_by_another_emit(
    client_of: Callable[..., Any],
) -> None:
    server = AsyncServer()
    client = await client_of(server)
    client.blocked = asyncio.Event()

    async def emit(number: int) -> None:
        for _ in range(5):
            await server.emit("b", [bytes([number]), bytes([number])])

    tasks = [asyncio.create_task(emit(number)) for number in range(4)]
    await asyncio.sleep(0)
    client.blocked.set()
    client.blocked = None
    for _ in range(20):
        head = await client.packet()
        assert head.startswith('52-["b"')
        first, second = await client.packet(), await client.packet()
        assert first == second
    await asyncio.gather(*tasks)

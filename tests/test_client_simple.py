"""Both simple clients: events in a buffer, and connections that break unseen."""

import asyncio

import pytest

from sio_core.exceptions import ConnectionError, DisconnectedError
from tests.support.census import Census, wait_until
from tests.support.driven import HANG_GUARD, Drive, in_thread
from tests.support.hostile import Host
from tests.support.misbehaviour import Hang, Refuse, Step
from tests.support.peers import COMMANDS, Peers

pytest_plugins = ["tests.support.client_fixtures"]

SWIFT = {"reconnection_delay": 0.01, "reconnection_delay_max": 0.02, "randomization_factor": 0}
TRANSPORTS = (["polling"], ["websocket"], ["polling", "websocket"])
every_transport = pytest.mark.parametrize("transports", TRANSPORTS, ids="-".join)


@pytest.mark.parametrize("name", COMMANDS)
@every_transport
async def test_a_conversation(
    drive_simple: Drive, name: str, peers: Peers, transports: list[str], census: Census
) -> None:
    served = peers.get(name)
    client = drive_simple()
    await client.do("connect", served.origin, auth={"a": 1}, transports=transports)
    assert client.sio.sid
    assert await client.do("receive", timeout=30) == ["welcome", {"a": 1}]
    await wait_until(lambda: client.sio.transport == transports[-1])
    await client.do("emit", "echo", (1, b"two"))
    assert await client.do("receive") == ["echoed", 1, b"two"]
    assert await client.do("call", "ask", {"three": 3}) == {"three": 3}
    await client.do("emit", "burst", 300)
    ticks = [await client.do("receive") for _ in range(300)]
    assert ticks == [["tick", number] for number in range(300)]
    with pytest.raises(TimeoutError):
        await client.do("receive", timeout=0.01)
    await client.disconnect()
    with pytest.raises(DisconnectedError):
        await client.do("receive")
    with pytest.raises(DisconnectedError):
        await client.do("emit", "echo", 1)
    with pytest.raises(DisconnectedError):
        await client.do("call", "ask", 1)
    await census.nothing_left(served.port)


async def test_another_namespace(drive_simple: Drive, peers: Peers) -> None:
    served = peers.get("node-4.8")
    client = drive_simple()
    await client.do("connect", served.origin, namespace="/chat")
    assert await client.do("receive") == ["welcome", None]
    assert await client.do("call", "ask", 5) == 5
    with pytest.raises(RuntimeError):
        await client.do("connect", served.origin)
    await client.do("emit", "leave")
    with pytest.raises(DisconnectedError):
        await client.do("receive")
    await client.disconnect()
    with pytest.raises(ConnectionError, match="no entry"):
        await client.do("connect", served.origin, namespace="/guard", auth={"refuse": ["no entry"]})
    await client.do("connect", served.origin, namespace="/guard")
    assert await client.do("call", "ask", 6) == 6


@every_transport
async def test_a_connection_that_breaks_is_not_seen(
    drive_simple: Drive, host: Host, transports: list[str], census: Census
) -> None:
    client = drive_simple(**SWIFT)
    await client.do("connect", host.url, transports=transports)
    sids = {client.sio.sid}
    for number in range(5):
        await client.do("emit", "echo", ("before", number))
        assert await client.do("receive") == ["echoed", "before", number]
        host.misbehave(Step.HANDSHAKE, Refuse())
        host.forget()
        # At once, whether or not the client has noticed.
        while True:
            try:
                assert await client.do("call", "ask", number) == number
            except DisconnectedError:
                continue
            break
        sids.add(client.sio.sid)
    assert len(sids) == 6
    await client.disconnect()
    await census.nothing_left(host.port)


async def test_what_came_before_the_end_is_still_received(drive_simple: Drive, host: Host) -> None:
    client = drive_simple(**SWIFT)
    await client.do("connect", host.url, transports=["polling"])
    await client.do("emit", "burst", 3)
    await client.do("emit", "leave")
    for number in range(3):
        assert await client.do("receive") == ["tick", number]
    with pytest.raises(DisconnectedError):
        await client.do("receive")


@pytest.mark.parametrize("end", ["server", "disconnect", "attempts"])
@every_transport
async def test_a_waiting_receive_wakes_at_the_end(
    drive_simple: Drive, host: Host, transports: list[str], end: str, census: Census
) -> None:
    client = drive_simple(reconnection_attempts=2, **SWIFT)
    await client.do("connect", host.url, transports=transports)
    receiving = asyncio.create_task(client.do("receive"))
    assert await client.do("call", "ask", 1) == 1
    assert not receiving.done()
    if end == "server":
        await client.do("emit", "leave")
    elif end == "disconnect":
        await client.disconnect()
    else:
        host.misbehave(Step.HANDSHAKE, Refuse(), Refuse())
        host.forget()
    with pytest.raises(DisconnectedError):
        await asyncio.wait_for(receiving, HANG_GUARD)
    await client.disconnect()
    await census.nothing_left(host.port)


async def test_emit_and_call_wait_for_the_next_connection(drive_simple: Drive, host: Host) -> None:
    client = drive_simple(request_timeout=60, **SWIFT)
    await client.do("connect", host.url, transports=["websocket"])
    host.misbehave(Step.HANDSHAKE, Hang())
    host.forget()
    await host.until(lambda: not host.script[Step.HANDSHAKE])  # it has noticed
    calling = asyncio.create_task(client.do("call", "ask", 7))
    emitting = asyncio.create_task(client.do("emit", "echo", 8))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not calling.done()
    assert not emitting.done()
    host.asked[-1][0].reset()  # the attempt that hangs, so that another follows
    assert await calling == 7
    await emitting
    assert await client.do("receive") == ["echoed", 8]


async def test_context_manager(drive_simple: Drive, host: Host, census: Census) -> None:
    if drive_simple.blocking:

        def use() -> object:
            with drive_simple.kind() as sio:
                sio.connect(host.url)
                return sio.call("ask", 1)

        assert await in_thread(use) == 1
    else:
        async with drive_simple.kind() as sio:
            await sio.connect(host.url)
            assert await sio.call("ask", 1) == 1
    await census.nothing_left(host.port)

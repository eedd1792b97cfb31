"""`async_simple_client.py`: events one after another, through reconnections, to the end."""

import asyncio
from typing import Any

import pytest

from sio_client import AsyncClient, AsyncSimpleClient, exceptions
from sio_core.socketio import ClientState
from tests.support.site import Site, cut


async def until_lost(client: AsyncClient) -> None:
    cut(client)
    while client._core.state is not ClientState.WAITING:
        await asyncio.sleep(0)


async def test_events_in_order(site: Site) -> None:
    async with AsyncSimpleClient() as client:
        assert client.sid is None
        assert client.transport == ""
        await client.connect(site.url, auth={"a": 1}, transports=["websocket"])
        assert client.connected
        assert client.transport == "websocket"
        assert client.sid is not None
        await client.emit("back", 1)
        await client.emit("back", (2, b"3"))
        assert await client.receive() == ["news", 1]
        assert await client.receive(timeout=30) == ["news", 2, b"3"]
        assert await client.call("echo", (4, 5)) == (4, 5)
    assert site.seen == [{"a": 1}]
    assert not client.connected


async def test_another_namespace(site: Site) -> None:
    async with AsyncSimpleClient() as client:
        await client.connect(site.url, namespace="/chat")
        await client.emit("back")
        assert await client.receive() == ["news"]
        assert client.client is not None
        assert client.sid == client.client.get_sid("/chat")


async def test_too_late(site: Site) -> None:
    async with AsyncSimpleClient() as client:
        await client.connect(site.url)
        with pytest.raises(exceptions.TimeoutError, match="no event came in time"):
            await client.receive(timeout=0.01)
        with pytest.raises(exceptions.TimeoutError, match="did not answer in time"):
            await client.call("never", timeout=0.01)


async def test_one_connection_at_a_time(site: Site) -> None:
    async with AsyncSimpleClient() as client:
        await client.connect(site.url)
        with pytest.raises(RuntimeError, match="Already connected"):
            await client.connect(site.url)


async def test_without_a_connection(site: Site) -> None:
    client = AsyncSimpleClient()
    for attempt in (client.emit("x"), client.call("x"), client.receive()):
        with pytest.raises(exceptions.DisconnectedError):
            await attempt
    await client.disconnect()
    with pytest.raises(exceptions.ConnectionError):
        await client.connect("http://127.0.0.1:1")
    assert not client.connected
    await client.connect(site.url)
    await client.disconnect()


async def test_the_arguments_go_to_the_client_class(site: Site) -> None:
    class Special(AsyncClient):
        pass

    class SpecialSimpleClient(AsyncSimpleClient):
        client_class = Special

    client = SpecialSimpleClient(False, reconnection_delay=7)
    await client.connect(site.url)
    assert isinstance(client.client, Special)
    assert client.client.reconnection is False
    assert client.client.reconnection_delay == 7
    await client.disconnect()


async def test_a_disconnect_wakes_who_waits(site: Site) -> None:
    client = AsyncSimpleClient()
    await client.connect(site.url)
    waiting = asyncio.create_task(client.receive())
    await asyncio.sleep(0)
    await client.disconnect()
    with pytest.raises(exceptions.DisconnectedError):
        await waiting


async def test_what_came_before_the_end_is_delivered_first(site: Site) -> None:
    client = AsyncSimpleClient()
    await client.connect(site.url, transports=["websocket"])
    waiting = asyncio.create_task(client.receive())
    await asyncio.sleep(0)
    await client.emit("back", 1)
    assert await waiting == ["news", 1]
    inner = client.client
    assert inner is not None
    await client.emit("back", 2)
    await client.emit("drop")
    await inner.wait()
    assert not client.connected
    assert await client.receive() == ["news", 2]
    with pytest.raises(exceptions.DisconnectedError):
        await client.receive()
    with pytest.raises(exceptions.DisconnectedError):
        await client.emit("x")
    await client.connect(site.url)
    await client.disconnect()


async def test_a_reconnection_is_waited_for(site: Site) -> None:
    async with AsyncSimpleClient(reconnection_delay=0.01) as client:
        await client.connect(site.url, transports=["websocket"])
        assert client.client is not None
        first = client.sid
        await until_lost(client.client)
        assert client.sid is None
        assert client.transport == ""
        assert await client.call("echo", 1) == 1
        assert client.sid not in (None, first)
        await until_lost(client.client)
        receiving = asyncio.create_task(client.receive())
        await client.emit("back", 2)
        assert await receiving == ["news", 2]


async def test_a_call_does_not_wait_for_ever_for_a_connection(site: Site) -> None:
    async with AsyncSimpleClient(reconnection_delay=1000, reconnection_delay_max=1000) as client:
        await client.connect(site.url)
        assert client.client is not None
        await until_lost(client.client)
        with pytest.raises(exceptions.TimeoutError, match="not connected again in time"):
            await client.call("echo", timeout=0.01)


async def test_an_event_that_may_have_arrived_is_not_sent_twice(site: Site) -> None:
    calls: list[Any] = []

    @site.sio.on("once")
    async def once(sid: str) -> None:
        calls.append(sid)
        await site.over.wait()

    async with AsyncSimpleClient(reconnection_delay=0.01) as client:
        await client.connect(site.url, transports=["websocket"])
        assert client.client is not None
        call = asyncio.create_task(client.call("once"))
        while not calls:
            await asyncio.sleep(0)
        cut(client.client)
        with pytest.raises(exceptions.CallAbortedError):
            await call
        assert await client.call("echo", 1) == 1
        assert len(calls) == 1

"""`async_simple_client.py`: what is not in `tests/client_behaviour/test_simple.py`."""

import asyncio
from typing import Any

import pytest

from sio_client import AsyncClient, AsyncSimpleClient, exceptions
from tests.support.site import Site, cut


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

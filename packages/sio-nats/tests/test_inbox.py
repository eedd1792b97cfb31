"""What a connection heard waits in order, in a limited number, until it ends."""

import asyncio

import pytest

from sio_nats.inbox import MOST_WAITING, Inbox
from sio_server.managers.cluster.broker import BrokerError


async def test_in_order() -> None:
    inbox = Inbox()
    taking = asyncio.ensure_future(inbox.take())
    await inbox.put(("a", b"1"))
    assert await taking == [("a", b"1")]
    await inbox.put(("a", b"2"))
    await inbox.put(("b", None))
    assert await inbox.take() == [("a", b"2"), ("b", None)]


async def test_what_tasks_hand_on_in_another_order_is_put_in_order() -> None:
    inbox = Inbox()
    first, second = (inbox.number(_client=None, data=data) for data in (b"1", b"2"))
    await inbox.put(("b", second.data), second.number)
    await inbox.put(("a", first.data), first.number)
    await inbox.put(("a", None))
    assert await inbox.take() == [("a", b"1"), ("b", b"2"), ("a", None)]


async def test_more_waits_where_it_comes_from() -> None:
    inbox = Inbox()
    putting = [asyncio.ensure_future(inbox.put(("a", b"%d" % i))) for i in range(MOST_WAITING + 2)]
    await asyncio.sleep(0)
    assert len(await inbox.take()) == MOST_WAITING
    await asyncio.gather(*putting)
    assert [payload for _, payload in await inbox.take()] == [b"1000", b"1001"]


async def test_the_end() -> None:
    inbox = Inbox()
    taking = asyncio.ensure_future(inbox.take())
    await asyncio.sleep(0)
    inbox.end("lost")
    inbox.end("closed")
    assert inbox.ended.result() == "lost"
    with pytest.raises(BrokerError, match="lost"):
        await taking
    with pytest.raises(BrokerError, match="lost"):
        await inbox.take()

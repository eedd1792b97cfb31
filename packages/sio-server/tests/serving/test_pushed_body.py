"""`serving/pushed_body.py`: a body that comes in pieces, up to its limit and its client's end."""

import asyncio
import sys

import pytest

from sio_server.serving import pushed_body
from sio_server.serving.pushed_body import PushedBody

HANG = 20.0
LIMIT = 10


async def turns():
    """Let what was begun go on until it waits."""
    for _ in range(5):
        await asyncio.sleep(0)


def read(body, limit=LIMIT, max_chunks=3):
    return asyncio.create_task(body.read(limit, max_chunks))


async def answer_of(task):
    async with asyncio.timeout(HANG):
        return await task


async def test_a_framework_waits_until_somebody_reads():
    body = PushedBody()
    waits = body.feed(b"one")
    assert body.feed(b"two") is waits
    assert not waits.done()
    reading = read(body)
    await turns()
    assert waits.done()
    assert body.feed(b"3") is None
    assert not reading.done()
    body.end()
    assert await answer_of(reading) == b"onetwo3"


async def test_a_body_may_be_whole_before_it_is_read():
    body = PushedBody()
    body.end()
    assert await answer_of(read(body)) == b""


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize(
    ("pieces", "whole"),
    [
        ((b"0123456789",), b"0123456789"),
        ((b"0123456789", b"a"), None),
        ((b"01", b"23", b"45"), b"012345"),
        ((b"01", b"23", b"45", b"67"), None),
    ],
)
async def test_a_body_has_its_limits(early, pieces, whole):
    body = PushedBody()
    reading = None if early else read(body)
    await turns()
    for piece in pieces:
        body.feed(piece)
    reading = reading or read(body)
    if whole is None:
        assert await answer_of(reading) is None  # before its end
    else:
        await turns()
        assert not reading.done()
        body.end()
        assert await answer_of(reading) == whole


async def test_nothing_is_kept_behind_the_limit():
    body = PushedBody()
    reading = read(body)
    await turns()
    body.feed(bytes(LIMIT + 1))
    piece = bytes(1000)
    held = sys.getrefcount(piece)
    body.feed(piece)
    assert sys.getrefcount(piece) == held
    assert await answer_of(reading) is None


@pytest.mark.parametrize("early", [False, True])
async def test_a_client_that_hangs_up_first_is_an_error(early):
    body = PushedBody()
    reading = None if early else read(body)
    await turns()
    body.feed(b"half")
    body.lose()
    with pytest.raises(ConnectionError, match="the client hung up"):
        await answer_of(reading or read(body))
    await answer_of(asyncio.create_task(body.gone()))


async def test_a_poll_hears_of_the_end_of_its_client():
    body = PushedBody()
    body.end()
    gone = asyncio.create_task(body.gone())
    await turns()
    assert not gone.done()
    body.lose()
    await answer_of(gone)


async def test_a_framework_that_waits_is_let_go():
    body = PushedBody()
    waits = body.feed(b"one")
    body.let_go()
    assert waits.done()
    body.let_go()


@pytest.mark.parametrize("end", ["end", "lose"])
async def test_the_rest_of_an_answered_body_is_dropped(end):
    body = PushedBody()
    waits = body.feed(b"one")
    rest = asyncio.create_task(body.discard())
    await turns()
    assert waits.done()
    piece = bytes(1000)
    held = sys.getrefcount(piece)
    assert body.feed(piece) is None
    await turns()
    assert sys.getrefcount(piece) == held
    assert not rest.done()
    getattr(body, end)()
    await answer_of(rest)
    await body.discard()


async def test_a_rest_that_does_not_come_is_not_waited_for_for_long(monkeypatch):
    monkeypatch.setattr(pushed_body, "LINGER", 0.01)
    body = PushedBody()
    body.feed(b"one")
    await answer_of(asyncio.create_task(body.discard()))

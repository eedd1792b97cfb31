"""Bodies of requests: read as they come, up to the limits of the server and of Tornado."""

import asyncio
import gzip

import pytest
from tornado.web import HTTPError

from sio_server import AsyncServer
from sio_tornado import get_tornado_handler

from .conftest import HANG, QUERY, until

ENDPOINT = r"/socket.io/"


@pytest.fixture
def sio():
    found = AsyncServer(max_http_buffer_size=200_000)
    found.on("size", lambda sid, text: len(text))
    found.left = []
    found.on("disconnect", lambda sid, reason: found.left.append((str(reason), reason.detail)))
    return found


class Half:
    """A POST of which as much is sent as the test says."""

    def __init__(self, site, sid):
        self.site, self.sid = site, sid

    async def begin(self, *headers, body=b""):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.site.port)
        target = f"/socket.io/?{QUERY}polling&sid={self.sid}"
        lines = [f"POST {target} HTTP/1.1", f"Host: {self.site.host}", *headers, "", ""]
        self.writer.write("\r\n".join(lines).encode() + body)

    async def answer(self):
        async with asyncio.timeout(HANG):
            head = await self.reader.readuntil(b"\r\n\r\n")
        return int(head.split()[1])

    async def ended(self):
        async with asyncio.timeout(HANG):
            await self.reader.read()
        self.writer.close()


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_in_pieces_is_put_together(serve, sio, chunked):
    site = await serve([(ENDPOINT, get_tornado_handler(sio))])
    half = Half(site, await site.session())
    body = b'420["size","' + b"x" * 150_000 + b'"]'
    pieces = [body[at : at + 7000] for at in range(0, len(body), 7000)]
    await half.begin("Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}")
    for piece in pieces:
        await asyncio.sleep(0)
        frame = b"%x\r\n%s\r\n" % (len(piece), piece)
        half.writer.write(frame if chunked else piece)
    if chunked:
        half.writer.write(b"0\r\n\r\n")
    assert await half.answer() == 200
    assert (await site.poll(half.sid)).text == "430[150000]"
    half.writer.close()


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_that_is_too_large_is_answered_before_its_end(serve, sio, chunked):
    site = await serve([(ENDPOINT, get_tornado_handler(sio))])
    half = Half(site, await site.session())
    await half.begin("Transfer-Encoding: chunked" if chunked else "Content-Length: 300000")
    piece = b"4" + b"x" * 65_535
    for _ in range(4):
        half.writer.write(b"10000\r\n%s\r\n" % piece if chunked else piece)
    assert await half.answer() == 413
    await half.ended()
    assert sio.left == [("transport error", "payload too large")]


@pytest.mark.parametrize("header", ["Content-Length: 3", "Transfer-Encoding: chunked"])
async def test_a_body_of_which_nothing_comes_has_the_servers_time(serve, header):
    sio = AsyncServer(body_timeout=0.05)
    site = await serve([(ENDPOINT, get_tornado_handler(sio))])
    half = Half(site, await site.session())
    await half.begin(header)
    assert await half.answer() == 408
    await half.ended()
    assert not sio.driver.engine.sessions


async def test_what_prepare_refuses_is_not_asked_for_its_body(serve, sio):
    class Handler(get_tornado_handler(sio)):
        async def prepare(self):
            await asyncio.sleep(0.02)
            if self.request.headers.get("X-User") == "nobody":
                raise HTTPError(401)

    site = await serve([(ENDPOINT, Handler)])
    half = Half(site, await site.session())
    await half.begin("Content-Length: 3", "X-User: nobody")
    assert await half.answer() == 401
    half.writer.close()
    assert (await site.poll(half.sid, '420["size","x"]')).status_code == 200
    assert not sio.left


async def test_a_body_that_is_answered_early_may_still_end(serve, sio):
    site = await serve([(ENDPOINT, get_tornado_handler(sio))])
    half = Half(site, "forged")
    await half.begin("Content-Length: 3", body=b"4")
    await asyncio.sleep(0.02)
    half.writer.write(b"xx")
    assert await half.answer() == 400
    # The connection goes on: all of the request was read.
    half.writer.write(f"GET /nowhere HTTP/1.1\r\nHost: {site.host}\r\n\r\n".encode())
    await half.reader.readuntil(b"HTTP/1.1 404")
    half.writer.close()


async def test_a_client_that_hangs_up_in_its_body_ends_its_session(serve, sio):
    site = await serve([(ENDPOINT, get_tornado_handler(sio))])
    half = Half(site, await site.session())
    await half.begin("Content-Length: 100", body=b"4x")
    await until(lambda: sio.driver.polls)
    half.writer.transport.abort()
    await until(lambda: not sio.driver.polls)
    before = asyncio.all_tasks()
    await until(lambda: not [task for task in before if "_execute" in repr(task)])


async def test_the_smaller_limit_of_tornado_holds(serve, sio):
    site = await serve([(ENDPOINT, get_tornado_handler(sio))], http={"max_body_size": 1000})
    sid = await site.session()
    assert (await site.poll(sid, "4" + "x" * 2000)).status_code == 400
    assert (await site.poll(sid, "420[]")).status_code == 200


async def test_what_tornado_inflates_is_held_to_the_limit_too(serve, sio):
    site = await serve([(ENDPOINT, get_tornado_handler(sio))], http={"decompress_request": True})
    half = Half(site, await site.session())
    bomb = gzip.compress(bytes(5_000_000))
    await half.begin("Content-Encoding: gzip", f"Content-Length: {len(bomb)}", body=bomb)
    assert await half.answer() == 413
    half.writer.close()
    await until(lambda: sio.left)


async def test_a_poll_may_have_a_body_that_nobody_reads(serve, sio):
    site = await serve([(ENDPOINT, get_tornado_handler(sio))])
    answer = await site.poll(method="GET", body="x" * 300_000)
    assert answer.status_code == 200
    assert answer.text.startswith("0")


async def test_a_poll_that_is_hung_up_is_over(serve, sio):
    site = await serve([(ENDPOINT, get_tornado_handler(sio))])
    sid = await site.session()
    _, writer = await asyncio.open_connection("127.0.0.1", site.port)
    target = f"/socket.io/?{QUERY}polling&sid={sid}"
    writer.write(f"GET {target} HTTP/1.1\r\nHost: {site.host}\r\n\r\n".encode())
    await until(lambda: sio.driver.polls)
    writer.transport.abort()
    await until(lambda: sio.left)
    assert not sio.driver.polls

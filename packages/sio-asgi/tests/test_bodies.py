"""Bodies of polling requests as ASGI hands them on: in chunks, too many, too late."""

import asyncio

import pytest

from sio_asgi import ASGIApp, AsyncServer

HANG = 30.0
"""Seconds after which a wait is a failure: a guard, no test takes long."""


class Request:
    """One request to an ASGI application; its messages are put in by hand."""

    def __init__(self, app, method="GET", sid="", http_version="1.1"):
        query = "EIO=4&transport=polling" + (f"&sid={sid}" if sid else "")
        self.scope = {
            "type": "http",
            "http_version": http_version,
            "method": method,
            "path": "/socket.io/",
            "query_string": query.encode(),
            "headers": [(b"host", b"testserver")],
        }
        self.incoming = asyncio.Queue()
        self.sent = []
        self.task = asyncio.create_task(app(self.scope, self.incoming.get, self._send))

    async def _send(self, message):
        self.sent.append(message)

    def chunk(self, body=b"", more=True):
        self.incoming.put_nowait({"type": "http.request", "body": body, "more_body": more})

    async def answer(self):
        """The status, the headers and the body."""
        async with asyncio.timeout(HANG):
            await self.task
        start, body = self.sent
        return start["status"], dict(start["headers"]), body["body"]


async def open_session(app):
    request = Request(app)
    request.chunk(more=False)
    return (await request.answer())[2].split(b'"')[3].decode()


@pytest.mark.parametrize("extra", [0, 1])
async def test_as_many_chunks_as_are_allowed_and_one_more(extra):
    sio = AsyncServer()
    app = ASGIApp(sio)
    post = Request(app, "POST", await open_session(app))
    post.chunk(b"4")
    for _ in range(9_998 + extra):
        post.chunk()
    post.chunk(b"0", more=False)
    status, _, body = await post.answer()
    assert (status, body) == ((413, b"") if extra else (200, b"ok"))
    assert len(sio.eio.sockets) == 1 - extra


async def test_bytes_are_counted_before_the_last_chunk_is_there():
    app = ASGIApp(AsyncServer(max_http_buffer_size=100))
    post = Request(app, "POST", await open_session(app))
    post.chunk(b"4" * 60)
    post.chunk(b"4" * 41)
    assert (await post.answer())[0] == 413


@pytest.mark.parametrize("version", ["1.0", "1.1", "2", "3"])
async def test_a_connection_with_half_a_body_on_it_is_not_used_again(version):
    sio = AsyncServer(body_timeout=0.05)
    app = ASGIApp(sio)
    post = Request(app, "POST", await open_session(app), version)
    post.chunk(b"4half")
    status, headers, _ = await post.answer()
    assert status == 408
    # RFC 9113, section 8.2.2: in HTTP/2 a message with that header is malformed.
    assert (headers.get(b"connection") == b"close") == version.startswith("1")


async def test_the_end_of_the_server_does_not_wait_for_half_a_body():
    sio = AsyncServer()
    app = ASGIApp(sio)
    post = Request(app, "POST", await open_session(app))
    post.chunk(b"4half")
    while post.incoming.qsize():
        await asyncio.sleep(0)
    async with asyncio.timeout(HANG):
        await sio.shutdown(drain=0.05)
    status, headers, _ = await post.answer()
    assert (status, headers[b"connection"]) == (400, b"close")

"""A polling request of which half is sent, over every ASGI server: its time, and its end."""

import asyncio
import re

import pytest

from tests.support.servers import Served

pytest_plugins = ["tests.support.serving"]

ECHO = "tests.apps.echo:app"
HANG = 60.0
"""Seconds after which a wait is a failure, on a busy machine."""

SERVERS = (
    "uvicorn-sio",
    "uvicorn-sansio",
    "uvicorn-wsproto",
    "hypercorn",
    "granian",
    "aiohttp",
    "tornado",
    "sanic",
)
"""With uvicorn, both of its HTTP parsers. daphne reads bodies itself before it asks anybody."""


async def exchange(served: Served, sid: str = "", half: bytes | None = None) -> bytes:
    """Send a GET, or a POST with `half` of its body, and read until the server ends it."""
    posts = half is not None
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    lines = [
        f"{'POST' if posts else 'GET'} /socket.io/?EIO=4&transport=polling&sid={sid} HTTP/1.1",
        f"Host: {served.host}",
        "Content-Length: 1000" if posts else "Connection: close",
    ]
    writer.write("\r\n".join([*lines, "", ""]).encode() + (half or b""))
    try:
        async with asyncio.timeout(HANG):
            return await reader.read()
    finally:
        writer.close()


@pytest.mark.parametrize("server", SERVERS)
async def test_a_body_that_is_late_is_a_408_and_ends_connection_and_session(serve, server):
    served = serve(server, ECHO, options={"body_timeout": 0.3})
    # At the same time: aiohttp gives the rest ten seconds before it closes.
    await asyncio.gather(is_late(served, b"4half"), is_late(served, b""))


async def is_late(served: Served, half: bytes) -> None:
    """Send half of a body, or nothing of it, for which nobody waits for long."""
    opened = await exchange(served)
    found = re.search(rb'"sid":"([^"]+)"', opened)
    assert found is not None, opened
    sid = found[1].decode()
    answer = await exchange(served, sid, half)
    assert answer.split()[1] == b"408", answer
    assert (await exchange(served, sid)).split()[1] == b"400"

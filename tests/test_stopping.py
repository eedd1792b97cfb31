"""SIGTERM while many clients are connected: all are told, and the process ends in time."""

import asyncio
import contextlib
import signal
import time

import pytest
from websockets.exceptions import InvalidMessage, InvalidStatus

from tests.support.crowd import Crowd
from tests.support.raw import Closed, Socket

pytest_plugins = ["tests.support.serving"]

ECHO = "tests.apps.echo:app"
DRAIN = 5.0
"""Seconds that `ASGIApp` gives clients when it is not told otherwise."""

SLOW = 20.0
"""Seconds more, for a busy machine; a process that waits for a body waits for longer than both."""

FORGOTTEN = 4.0
"""Seconds after which a client tries again, as clients do.

aiohttp neither reads nor closes a connection that it accepts in the turn of the event loop in which
it stops to listen, until its worker ends: up to 28.5 seconds later.
"""

SERVERS = (
    "uvicorn-sio",
    "uvicorn-deflate",
    "uvicorn-websockets",
    "uvicorn-wsproto",
    "hypercorn",
    "aiohttp",
    "gunicorn-aiohttp-uvloop",
    "tornado",
    "sanic",
)


@pytest.mark.parametrize("server", SERVERS)
async def test_two_hundred_websockets_fifty_polls_and_half_a_post(serve, server):
    served = serve(server, ECHO, env={"SIO_TEST_RUN": f"crowd {server}"})
    crowd = Crowd(served)
    try:
        await crowd.join(websockets=200, polls=50, half_posts=1)
        begun = time.monotonic()
        served.process.terminate()
        told = await crowd.ended()
        await asyncio.to_thread(served.wait_ended, DRAIN + SLOW)
        assert time.monotonic() - begun < DRAIN + SLOW
    finally:
        crowd.leave()
    assert (told.websockets, told.polls, told.cut_off) == (200, 50, [])


@pytest.mark.parametrize(
    "server", ["uvicorn-sio", "uvicorn-websockets", "aiohttp", "tornado", "sanic"]
)
async def test_clients_that_read_nothing_hold_up_neither_the_process_nor_the_others(serve, server):
    served = serve(server, ECHO, env={"SIO_TEST_RUN": f"deaf {server}"})
    crowd = Crowd(served)
    try:
        await crowd.join(websockets=3, polls=3, half_posts=1, deaf=2)
        served.process.terminate()
        told = await crowd.ended()
        await asyncio.to_thread(served.wait_ended, 2 * DRAIN + SLOW)
    finally:
        crowd.leave()
    assert (told.websockets, told.polls, told.cut_off) == (3, 3, [])
    assert "body_timeout" not in served.log(), "it is not late: it is not wanted any more"


async def test_a_reload_tells_clients_who_then_come_back(serve):
    served = serve("gunicorn-aiohttp", ECHO, env={"SIO_TEST_RUN": "reload"})
    async with Socket(served) as client:
        await client.join()
        served.process.send_signal(signal.SIGHUP)
        await client.ended()
    async with asyncio.timeout(SLOW):
        while True:
            # TimeoutError is an OSError.
            with contextlib.suppress(Closed, OSError, InvalidStatus, InvalidMessage):
                async with asyncio.timeout(FORGOTTEN), Socket(served) as client:
                    await client.join()
                    assert await client.ask("ask", "still here") == ["still here"]
                    break
            await asyncio.sleep(0.05)

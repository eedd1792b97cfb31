"""Several processes, the end, and a life after it."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import urllib.error
import urllib.request
from collections import Counter
from contextlib import AsyncExitStack

import pytest
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application

from sio_server import AsyncServer
from sio_tornado import get_tornado_handler

from .conftest import HANG, Site, until

FORKING = """
    import sys
    import tornado.httpserver, tornado.ioloop, tornado.web
    from sio_tornado import AsyncServer, get_tornado_handler

    sio = AsyncServer(async_mode="tornado", **{options})
    app = tornado.web.Application([(r"/socket.io/", get_tornado_handler(sio))])
    server = tornado.httpserver.HTTPServer(app)
    server.bind(0, "127.0.0.1")
    print(server._pending_sockets[0].getsockname()[1], flush=True)
    server.start(2)
    tornado.ioloop.IOLoop.current().start()
"""


@pytest.mark.parametrize(
    ("options", "warned"), [({}, True), ({"transports": ["websocket"]}, False)]
)
def test_forked_processes_are_explained_once_each(options, warned):
    code = textwrap.dedent(FORKING).replace("{options}", repr(options))
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    refused = []
    try:
        port = int(process.stdout.readline())
        url = f"http://127.0.0.1:{port}/socket.io/?EIO=4&transport=polling"
        for _ in range(20):
            try:
                urllib.request.urlopen(url, timeout=HANG).close()
            except urllib.error.HTTPError as error:
                refused.append(error.code)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        _, errors = process.communicate(timeout=HANG)
    assert refused == ([] if warned else [400] * 20)
    lines = Counter(line for line in errors.splitlines() if "has forked" in line)
    assert (1 <= sum(lines.values()) <= 2) if warned else not lines


async def test_clients_are_told_and_others_served_after_it(serve):
    sio = AsyncServer()
    site = await serve([(r"/socket.io/", get_tornado_handler(sio))])
    sid = await site.session()
    client = await site.joined()
    poll = asyncio.create_task(site.poll(sid))
    await until(lambda: sio.driver.polls)
    await sio.shutdown()
    assert (await poll).text.endswith("1")
    async with asyncio.timeout(HANG):
        await client.wait_closed()
    # A test, or a program that goes on: the server takes clients again.
    again = await serve([(r"/socket.io/", get_tornado_handler(sio))])
    await again.joined()


async def live(handler, sio):
    """A life on one event loop: a client over each transport, and the end."""
    async with AsyncExitStack() as stack:
        listening, port = bind_unused_port()
        server = HTTPServer(Application([(r"/socket.io/", handler)]))
        server.add_socket(listening)
        site = Site(port, stack)
        await stack.enter_async_context(site.http)
        poll = asyncio.create_task(site.poll(await site.session()))
        await until(lambda: sio.driver.polls)
        await site.joined()
        server.stop()
        await sio.shutdown()
        assert (await poll).text.endswith("1")
        await server.close_all_connections()


def test_a_server_lives_on_another_event_loop():
    sio = AsyncServer()
    handler = get_tornado_handler(sio)
    for _ in range(2):
        asyncio.run(live(handler, sio))

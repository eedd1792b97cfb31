"""One `ASGIApp` served again and again: by test clients, by several web servers, after a signal."""

import asyncio
import http.client
import signal
import socket
import threading

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from sio_asgi import ASGIApp, AsyncServer
from sio_asgi.uvicorn import CompressedWebSocketProtocol, WebSocketProtocol

HANG = 30.0
POLLING = "/socket.io/?EIO=4&transport=polling"
WEBSOCKET = "/socket.io/?EIO=4&transport=websocket"


def use(client):
    """One client of each transport, as an application's test would have them."""
    assert client.get(POLLING).status_code == 200
    with client.websocket_connect(WEBSOCKET) as websocket:
        assert websocket.receive_text()[0] == "0"
        websocket.send_text("40")
        assert websocket.receive_text()[:2] == "40"


@pytest.fixture
def sio():
    return AsyncServer()


def test_a_test_client_for_each_of_fifty_tests(sio):
    left = []
    sio.on("disconnect", lambda sid, reason: left.append(reason))
    app = ASGIApp(sio)
    for _ in range(50):
        with TestClient(app) as client:
            use(client)
    assert len(left) == 50
    assert not sio.eio.sockets


def test_a_test_client_without_a_lifespan(sio):
    app = ASGIApp(sio)
    for _ in range(3):
        use(TestClient(app))
        with TestClient(app) as client:
            use(client)


def test_a_mounted_application_that_ends_the_server_itself(sio):
    class Life:
        async def __aenter__(self):
            return None

        async def __aexit__(self, *error):
            await sio.shutdown()

    app = Starlette(routes=[Mount("/", ASGIApp(sio))], lifespan=lambda app: Life())
    for _ in range(5):
        with TestClient(app) as client:
            use(client)


async def test_httpx_without_a_lifespan(sio):
    app = ASGIApp(sio)
    for _ in range(3):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            assert (await http.get(POLLING)).status_code == 200
        await sio.shutdown(drain=0.01)


async def test_two_web_servers_one_after_the_other_and_at_the_same_time(serve, sio):
    app = ASGIApp(sio, drain=1.0)
    for _ in range(2):
        first = await serve(app, lifespan="on")
        second = await serve(app, protocol=CompressedWebSocketProtocol, lifespan="on")
        for running in (first, second):
            client = await running.open(WEBSOCKET)
            assert (await client.message())[0] == "0"
        for running in (first, second):
            running.server.should_exit = True
            async with asyncio.timeout(HANG):
                await asyncio.shield(running.task)


def run_in_a_thread(app, protocol):
    """A web server in a thread, and how to end it."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, ws=protocol, log_config=None, lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()

    def end():
        server.should_exit = True
        thread.join(HANG)
        assert not thread.is_alive()

    return listening.getsockname()[1], end


@pytest.mark.parametrize("protocol", [WebSocketProtocol, CompressedWebSocketProtocol])
def test_a_web_server_in_a_thread(sio, protocol):
    app = ASGIApp(sio)
    for _ in range(3):
        port, end = run_in_a_thread(app, protocol)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=HANG)
        connection.request("GET", POLLING)
        assert connection.getresponse().status == 200
        connection.close()
        end()


# Signals ------------------------------------------------------------------------------------


async def ask(app):
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        return (await http.get(POLLING)).status_code


async def until(condition):
    async with asyncio.timeout(HANG):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_signal_that_the_process_gets_over(sio):
    told = []
    signal.signal(signal.SIGTERM, lambda *_: told.append(True))
    app = ASGIApp(sio, drain=0.3)
    for _ in range(2):
        told.clear()
        assert await ask(app) == 200
        signal.raise_signal(signal.SIGTERM)
        await until(lambda: not sio.driver.engine.accepting)
        assert await ask(app) == 503, "nobody is let in who would be cut off in a moment"
        await until(lambda: told == [True])
        async with asyncio.timeout(HANG):
            while await ask(app) == 503:
                await asyncio.sleep(0.05)


def test_each_event_loop_hears_of_its_own_signals(sio):
    told = []
    signal.signal(signal.SIGTERM, lambda *_: told.append(True))
    app = ASGIApp(sio, drain=0.1)

    async def life():
        assert await ask(app) == 200
        signal.raise_signal(signal.SIGTERM)
        await until(lambda: not sio.driver.engine.accepting)
        sio.start()

    for _ in range(3):
        asyncio.run(life())
    assert told == [True] * 3


def test_signals_are_given_back_at_the_end_of_the_lifespan(sio):
    def mine(number, frame):
        pass

    signal.signal(signal.SIGTERM, mine)
    others = ASGIApp(AsyncServer())
    app = ASGIApp(sio)

    async def life():
        events = asyncio.Queue()
        for kind in ("startup", "shutdown"):
            events.put_nowait({"type": f"lifespan.{kind}"})
        await ask(others)
        await app({"type": "lifespan"}, events.get, asyncio.Queue().put)

    asyncio.run(life())
    assert signal.getsignal(signal.SIGTERM) is not mine, "that of the other application"
    asyncio.run(ask(others))
    signal.raise_signal(signal.SIGTERM)

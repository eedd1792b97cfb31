"""The same `attach` where an ASGI server runs the application."""

import asyncio
import socket
from importlib import metadata

import pytest
import uvicorn
from sanic import Request
from websockets.exceptions import InvalidStatus

from sio_asgi.uvicorn import WebSocketProtocol

from .conftest import HANG, POLLING, Running, joined


class UnderUvicorn(Running):
    """An application that uvicorn serves."""

    task: asyncio.Task[None]

    async def stop(self) -> None:
        self.server.should_exit = True
        async with asyncio.timeout(HANG):
            await self.task


@pytest.fixture(params=["auto", WebSocketProtocol], ids=["uvicorn's class", "own class"])
async def running(app, sio, request):
    @app.on_response
    async def add(_: Request, response):
        response.headers["x-added"] = "yes"

    @app.post("/chosen")
    async def chosen(asked: Request):
        return await sio.handle_request(asked)

    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, ws=request.param, log_config=None, lifespan="on")
    server = uvicorn.Server(config)
    found = UnderUvicorn(app, server, listening.getsockname()[1])
    found.task = asyncio.create_task(server.serve(sockets=[listening]))
    async with asyncio.timeout(HANG):
        while not server.started:
            await asyncio.sleep(0.01)
    yield found
    found.leave()
    await found.stop()


async def test_both_transports_and_middlewares(running, sio):
    environs = []
    sio.on("connect", lambda sid, environ: environs.append(environ))
    sio.on("ask", lambda sid, data: data)
    http = await running.http()
    opened = await http.ask(POLLING)
    assert opened.headers["x-added"] == "yes"
    poll = f"{POLLING}&sid={opened.sid}"
    assert (await http.ask(poll, "POST", b"40")).body == b"ok"
    assert (await http.ask(poll)).body.startswith(b"40")
    chosen = f"/chosen?EIO=4&transport=polling&sid={opened.sid}"
    assert (await http.ask(chosen, "POST", b'421["ask","x"]')).body == b"ok"
    assert (await http.ask(poll)).body == b'431["x"]'
    async with running.websocket() as websocket:
        await joined(websocket)
        await websocket.send('421["ask",1]')
        assert await websocket.recv() == "431[1]"
        assert len(sio.driver.own_sockets) == 0  # uvicorn's connections end with uvicorn
    assert (await http.ask(poll, "POST", b"1")).body == b"ok"  # so that nobody waits for it
    assert [environ["asgi.scope"]["type"] for environ in environs] == ["http", "websocket"]


async def test_a_refusal_and_a_path_of_nobody(running):
    with pytest.raises(InvalidStatus) as caught:
        await running.websocket("/socket.io/?EIO=4&transport=websocket&sid=forged")
    assert caught.value.response.status_code == 400
    answer = await running.ask(POLLING + "&sid=forged")
    assert (answer.status, answer.headers["x-added"]) == (400, "yes")


async def test_without_the_adapter_for_asgi_the_application_does_not_start(app, sio, monkeypatch):
    monkeypatch.setattr(metadata, "entry_points", lambda **_: ())
    app.asgi = True
    await app._startup()
    with pytest.raises(ValueError, match="no adapter for 'asgi': run pip install sio-asgi"):
        await app._server_event("init", "before", asyncio.get_running_loop())

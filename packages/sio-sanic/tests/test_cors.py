"""Cross-origin requests, by the server or by Sanic's extension: one of them answers."""

import pytest

from sio_sanic import AsyncServer

from .conftest import POLLING

PAGE = "https://page.example"
sanic_ext = pytest.importorskip("sanic_ext")


def attached(app, extension, allowed):
    sio = AsyncServer(cors_allowed_origins=allowed)
    sio.attach(app)
    if extension:
        app.config.CORS_ORIGINS = PAGE
        app.config.CORS_SUPPORTS_CREDENTIALS = True
        app.config.OAS = False
        sanic_ext.Extend(app)
    return sio


@pytest.mark.parametrize("extension", [False, True])
async def test_the_extension_alone_says_who_may_read_where_the_server_says_nothing(
    app, serve, extension
):
    sio = attached(app, extension, [])
    running = await serve(app)
    answer = await running.ask(POLLING, origin=PAGE)
    assert answer.status == 200
    assert answer.headers.get("access-control-allow-origin") == (PAGE if extension else None)
    names = [name for name in answer.headers if name.startswith("access-control")]
    assert len(names) == (2 if extension else 0), names
    preflight = await running.ask(
        f"{POLLING}&sid={answer.sid}",
        "OPTIONS",
        origin=PAGE,
        access_control_request_method="POST",
        access_control_request_headers="content-type",
    )
    assert preflight.status == 204
    assert preflight.headers.get("access-control-allow-origin") == (PAGE if extension else None)
    async with running.websocket(origin="https://other.example") as websocket:
        assert str(await websocket.recv())[0] == "0"
    assert len(sio.driver.engine.sessions) == 1


async def test_the_server_alone_says_so_without_the_extension(app, serve):
    attached(app, False, [PAGE])
    running = await serve(app)
    answer = await running.ask(POLLING, origin=PAGE)
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert (await running.ask(POLLING, origin="https://other.example")).status == 400

"""WebSockets on the transports of Sanic's web server: what Sanic keeps of them, and the end."""

import asyncio
import gc

import pytest
from sanic import Request, Websocket, text
from sanic.server.protocols.http_protocol import HttpProtocol
from websockets.exceptions import InvalidStatus

from sio_core.websocket import accept_key, request_headers

from .conftest import HANG, POLLING, WEBSOCKET, joined

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
OPENING = {name.replace("-", "_"): value for name, value in request_headers(KEY)}


def masked(text):
    return bytes((0x81, 0x80 | len(text), 0, 0, 0, 0)) + text


def tasks_of_the_server():
    """The tasks that run code of Sanic or of this project's server."""
    code = [getattr(task.get_coro(), "cr_code", None) for task in asyncio.all_tasks()]
    return [found.co_qualname for found in code if found and "/sanic/" in found.co_filename]


async def test_sanic_keeps_nothing_of_a_websocket_and_runs_no_task_for_it(app, sio, serve):
    running = await serve(app)
    clients = [await running.websocket() for _ in range(5)]
    for client in clients:
        await joined(client)
    assert len(sio.driver.own_sockets) == 5
    assert not tasks_of_the_server()
    assert not running.server.connections
    gc.collect()
    assert not [
        kept for kept in gc.get_objects() if isinstance(kept, HttpProtocol) and kept.app is app
    ]
    for client in clients:
        await client.close()


async def test_sanics_own_websockets_have_tasks_and_stay_in_its_list(app, serve):
    """Why the driver takes the socket: the same five WebSockets, as Sanic itself serves them."""

    @app.websocket("/own")
    async def own(request: Request, websocket: Websocket):
        async for message in websocket:
            await websocket.send(message)

    running = await serve(app)
    clients = [await running.websocket("/own") for _ in range(5)]
    assert len(tasks_of_the_server()) >= 3 * 5
    assert len(running.server.connections) == 5
    for client in clients:
        await client.close()


async def test_frames_may_come_with_the_request_and_more_of_them_than_sanic_reads_ahead(
    app, sio, serve
):
    http = await (await serve(app)).http()
    http.begin(WEBSOCKET, **OPENING)
    pong = b"\x8a\x80\0\0\0\0"
    http.writer.write(pong * 20_000 + masked(b"40"))
    answer = await http.answer()
    assert answer.status == 101
    assert answer.headers["sec-websocket-accept"] == accept_key(KEY)
    async with asyncio.timeout(HANG):
        await http.reader.readuntil(b'40{"sid":')


async def test_a_websocket_may_be_opened_behind_other_requests(app, sio, serve):
    http = await (await serve(app)).http()
    http.begin(POLLING)
    http.begin(POLLING)
    http.begin(WEBSOCKET, **OPENING)
    assert [(await http.answer()).status for _ in range(3)] == [200, 200, 101]
    async with asyncio.timeout(HANG):
        assert (await http.reader.readexactly(3))[2:] == b"0"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"version": "1.0"}, 400),
        ({"Sec_WebSocket_Key": "short"}, 400),
        ({"Sec_WebSocket_Version": "8"}, 426),
        ({"Connection": "keep-alive"}, 400),
        ({"method": "POST"}, 405),
    ],
)
async def test_a_bad_opening_is_answered_as_http_is(app, sio, serve, change, status):
    answer = await (await serve(app)).ask(WEBSOCKET, **{**OPENING, **change})
    assert answer.status == status
    assert not sio.driver.own_sockets


# Middlewares -------------------------------------------------------------------------------


async def test_middlewares_see_polls_and_openings_and_may_add_headers(app, sio, serve):
    seen = []

    @app.on_request
    async def note(request: Request):
        seen.append(request.args.get("transport"))

    @app.on_response
    async def add(request: Request, response):
        response.headers["x-added"] = "yes"
        response.add_cookie("user", "Ann", secure=False)

    running = await serve(app)
    assert (await running.ask(POLLING)).headers["x-added"] == "yes"
    async with running.websocket() as client:
        assert client.response.headers["x-added"] == "yes"
        assert client.response.headers["set-cookie"].startswith("user=Ann")
        await joined(client)
    assert seen == ["polling", "websocket"]


async def test_a_middleware_may_refuse_polls_and_websockets(app, sio, serve):
    @app.on_request
    async def refuse(request: Request):
        return text("not here", status=403)

    running = await serve(app)
    assert (await running.ask(POLLING)).status == 403
    with pytest.raises(InvalidStatus) as caught:
        await running.websocket()
    assert caught.value.response.status_code == 403
    assert not sio.driver.engine.sessions


async def test_a_middleware_may_answer_an_opening_in_another_way(app, sio, serve):
    @app.on_response
    async def other(request: Request, response):
        if response.status == 101:
            return text("rather not", status=503)

    running = await serve(app)
    with pytest.raises(InvalidStatus) as caught:
        await running.websocket()
    assert caught.value.response.status_code == 503
    assert not sio.driver.engine.sessions


async def test_a_client_may_go_while_middlewares_see_its_opening(app, sio, serve):
    going = asyncio.Event()

    @app.on_response
    async def slow(request: Request, response):
        going.set()
        await asyncio.sleep(HANG)

    http = await (await serve(app)).http()
    http.begin(WEBSOCKET, **OPENING)
    await going.wait()
    http.writer.transport.abort()
    async with asyncio.timeout(HANG):
        while sio.driver.engine.sessions:
            await asyncio.sleep(0.01)


# The end -----------------------------------------------------------------------------------


async def test_polls_and_websockets_end_before_the_server_stops_and_it_has_a_second_life(
    app, sio, serve
):
    reasons, sessions = [], []
    sio.on("disconnect", lambda sid, reason: reasons.append(str(reason)))

    @app.after_server_stop
    async def stopped(_):
        sessions.append(len(sio.driver.engine.sessions))

    for life in range(2):
        running = await serve(app)
        websocket, http = await running.websocket(), await running.http()
        await joined(websocket)
        answer = await http.ask(POLLING)
        poll = f"{POLLING}&sid={answer.sid}"
        await running.ask(poll, "POST", b"40")
        assert (await http.ask(poll)).body.startswith(b"40")
        http.begin(poll)
        while not sio.driver.polls:
            await asyncio.sleep(0)
        await running.stop()
        assert (await http.answer()).body in (b"1", b"41\x1e1")
        assert [message async for message in websocket] == []
        assert websocket.close_code == 1000
        assert reasons == ["server disconnect"] * 2 * (life + 1)
        assert sessions == [0] * (life + 1)


async def test_a_websocket_that_never_answers_is_closed_with_the_server(app, sio, serve):
    running = await serve(app)
    http = await running.http()
    http.begin(WEBSOCKET, **OPENING)
    assert (await http.answer()).status == 101
    await running.stop()
    assert not sio.driver.own_sockets or not running.server.connections
    assert (await http.rest())[-4:][:2] == b"\x88\x02"


async def test_the_access_log_has_a_line_for_an_opening(app, sio, serve, caplog):
    caplog.set_level("INFO", "sanic.access")
    running = await serve(app, access_log=True)
    async with running.websocket() as client:
        await joined(client)
    lines = [r for r in caplog.records if r.name == "sanic.access"]
    assert [(r.status, r.request.split("?")[0]) for r in lines] == [
        (101, f"GET http://127.0.0.1:{running.port}/socket.io/")
    ]

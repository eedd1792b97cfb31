"""The handler class: what it leaves of Tornado, and what it does not let Tornado do."""

import asyncio
import logging

import pytest
import tornado.websocket
from tornado.web import HTTPError, RequestHandler, StaticFileHandler
from websockets.exceptions import InvalidStatus

from sio_server import AsyncServer
from sio_tornado import get_tornado_handler

ENDPOINT = r"/socket.io/"


@pytest.fixture
def sio():
    found = AsyncServer()
    found.on("echo", lambda sid, data: data)
    found.left = []
    found.on("disconnect", lambda sid, reason: found.left.append(reason))
    return found


async def test_routes_files_and_websockets_go_on_beside_it(serve, sio, tmp_path):
    (tmp_path / "page.txt").write_text("a page")

    class Said(RequestHandler):
        async def post(self):
            await sio.emit("said", self.get_body_argument("text"))
            self.write("told")

    class Upper(tornado.websocket.WebSocketHandler):
        def on_message(self, message):
            self.write_message(message.upper())

    site = await serve(
        [
            (r"/said", Said),
            (r"/upper", Upper),
            (r"/files/(.*)", StaticFileHandler, {"path": str(tmp_path)}),
            (ENDPOINT, get_tornado_handler(sio)),
        ]
    )
    client = await site.joined()
    assert (await site.http.get("/files/page.txt")).text == "a page"
    other = await site.websocket("/upper")
    await other.send("loud")
    assert await site.next(other) == "LOUD"
    assert (await site.http.post("/said", data={"text": "hello"})).text == "told"
    assert await site.next(client) == '42["said","hello"]'


@pytest.mark.parametrize("method", ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_other_methods_come_to_the_server(serve, sio, method):
    site = await serve([(ENDPOINT, get_tornado_handler(sio))])
    answer = await site.poll(method=method, body="a body")
    assert answer.status_code == (204 if method == "OPTIONS" else 400)
    assert "TornadoServer" in answer.headers["server"]
    assert sio.driver.engine.sessions == {}


async def test_a_method_that_tornado_does_not_know_is_refused_by_it(serve, sio):
    site = await serve([(ENDPOINT, get_tornado_handler(sio))])
    assert (await site.poll(method="TRACE")).status_code == 405


# Tornado's protections, which are the server's own affair ----------------------------------------


async def test_a_post_needs_no_cookie_of_tornados(serve, sio):
    site = await serve(
        [(ENDPOINT, get_tornado_handler(sio))],
        xsrf_cookies=True,
        cookie_secret="secret",
        cross_origin_protection=True,
    )
    sid = await site.session()
    answer = await site.poll(sid, '421["echo",1]', origin=site.origin, sec_fetch_site="cross-site")
    assert answer.status_code == 200
    assert (await site.poll(sid)).text == "431[1]"


@pytest.mark.parametrize("own_class", [False, True])
async def test_the_server_alone_says_which_origins_may_connect(serve, own_class):
    sio = AsyncServer(cors_allowed_origins=["http://page.example"])

    class Handler(get_tornado_handler(sio)):
        def get_compression_options(self):
            return {} if own_class else None

    site = await serve([(ENDPOINT, Handler)])
    assert (await site.poll(origin="http://page.example")).status_code == 200
    await site.joined(origin="http://page.example")
    sessions = len(sio.driver.engine.sessions)
    assert (await site.poll(origin="http://other.example")).status_code == 400
    with pytest.raises(InvalidStatus) as caught:
        await site.websocket(origin="http://other.example")
    assert caught.value.response.status_code == 400
    assert len(sio.driver.engine.sessions) == sessions == 2


async def test_a_subclass_may_allow_fewer_origins(serve):
    class Handler(get_tornado_handler(AsyncServer(cors_allowed_origins="*"))):
        def check_origin(self, origin):
            return origin.endswith(".example")

    site = await serve([(ENDPOINT, Handler)])
    await site.joined(origin="http://page.example")
    await site.joined(origin=site.origin)
    with pytest.raises(InvalidStatus) as caught:
        await site.websocket(origin="http://page.test")
    assert caught.value.response.status_code == 403


async def test_no_answer_is_taken_for_one_that_the_client_has(serve, sio):
    site = await serve([(ENDPOINT, get_tornado_handler(sio))], compress_response=True)
    answer = await site.poll(if_none_match="*")
    assert answer.status_code == 200
    assert "etag" not in answer.headers


# Hooks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("own_class", [False, True])
async def test_prepare_and_default_headers_of_a_subclass(serve, sio, own_class):
    class Handler(get_tornado_handler(sio)):
        finished = 0

        def set_default_headers(self):
            self.set_header("X-Frame-Options", "DENY")
            self.set_header("Access-Control-Allow-Origin", "*")

        async def prepare(self):
            await asyncio.sleep(0)
            self.set_cookie("seen", "yes")
            if self.request.headers.get("X-User") == "nobody":
                raise HTTPError(401)

        def on_finish(self):
            Handler.finished += 1

        def get_compression_options(self):
            return {} if own_class else None

    site = await serve([(ENDPOINT, Handler)])
    refused = await site.poll(x_user="nobody")
    assert refused.status_code == 401
    with pytest.raises(InvalidStatus) as caught:
        await site.websocket(additional_headers={"X-User": "nobody"})
    assert caught.value.response.status_code == 401
    assert (await site.poll("none", "40", x_user="nobody")).status_code == 401
    sid = await site.session()
    client = await site.joined()
    for headers in ((await site.poll(sid, "421[]")).headers, client.response.headers):
        assert headers["x-frame-options"] == "DENY"
        assert headers["set-cookie"].startswith("seen=yes")
    assert Handler.finished == 8
    allowed = (await site.poll(sid, "421[]", origin=site.origin)).headers
    assert allowed.get_list("access-control-allow-origin") == [site.origin]


async def test_arguments_of_the_route_reach_a_subclass(serve, sio):
    class Handler(get_tornado_handler(sio)):
        def initialize(self, word):
            self.word = word

        async def get(self, name):
            self.set_header("X-Route", f"{name} {self.word}")
            await super().get(name)

    site = await serve([(r"/(\w+).io/", Handler, {"word": "given"})])
    assert (await site.poll()).headers["x-route"] == "socket given"


# What is logged ---------------------------------------------------------------------------------


@pytest.mark.parametrize("own_class", [False, True])
async def test_no_secret_id_is_logged(serve, sio, own_class, caplog):
    seen = []

    class Handler(get_tornado_handler(sio)):
        def get_compression_options(self):
            return {} if own_class else None

        def prepare(self):
            seen.append(self.request.uri)
            if self.get_query_argument("fail", ""):
                raise RuntimeError

    caplog.set_level(logging.DEBUG, "tornado")
    site = await serve([(ENDPOINT, Handler)])
    sid = await site.session()
    await site.joined()
    assert (await site.poll("forged")).status_code == 400
    failed = await site.http.get(f"/socket.io/?sid={sid}&fail=yes")
    assert failed.status_code == 500
    assert f"sid={sid}" in seen[1], "hooks see the request as it is"
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("tornado")]
    statuses = [line[:3] for line in lines if "/socket.io/ " in line]
    assert {"200", "101", "400", "500"} <= set(statuses)
    assert not [line for line in lines if "sid" in line or "forged" in line or "EIO" in line]


async def test_a_log_function_is_given_no_secret_id(serve, sio):
    logged = []
    site = await serve(
        [(ENDPOINT, get_tornado_handler(sio))],
        log_function=lambda handler: logged.append((handler.get_status(), handler.request.uri)),
    )
    await site.session()
    await site.joined()
    assert logged == [*[(200, "/socket.io/")] * 3, (101, "/socket.io/")]

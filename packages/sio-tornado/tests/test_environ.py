"""The environment that a connect handler is given."""

import pytest

from sio_server import AsyncServer
from sio_tornado import SocketIOHandler, get_tornado_handler

from .conftest import QUERY


@pytest.fixture
def given():
    return {}


def make(given, **options):
    sio = AsyncServer(**options)
    sio.on("connect", lambda sid, environ: given.update(environ))
    return sio


@pytest.mark.parametrize("websocket", [False, True])
async def test_the_handler_is_in_it_and_knows_cookies(serve, given, websocket):
    site = await serve(
        [(r"/a/b%20c/socket.io/", get_tornado_handler(make(given)))], cookie_secret="secret"
    )
    path = f"/a/b%20c/socket.io/?{QUERY}"
    if websocket:
        headers = {"Cookie": "user=me"}
        client = await site.websocket(path + "websocket", additional_headers=headers)
        await client.send("40")
        await site.next(client)
        await site.next(client)
    else:
        opened = (await site.http.get(path + "polling", headers={"cookie": "user=me"})).text
        sid = opened.split('"sid":"')[1].split('"')[0]
        await site.http.post(path + f"polling&sid={sid}", content="40")
    handler = given["tornado.handler"]
    assert isinstance(handler, SocketIOHandler)
    assert handler.get_cookie("user") == "me"
    assert given["HTTP_COOKIE"] == "user=me"
    assert given["PATH_INFO"] == "/a/b c/socket.io/"
    assert given["RAW_URI"].startswith("/a/b%20c/socket.io/?EIO=4")
    assert given["REMOTE_ADDR"] == "127.0.0.1"
    assert int(given["REMOTE_PORT"]) > 0
    assert given["SERVER_PORT"] == str(site.port)


FORWARDED = {
    "x_forwarded_for": "203.0.113.9, 198.51.100.7",
    "x_forwarded_proto": "https",
    "x_forwarded_host": "app.example",
    "x_forwarded_port": "443",
}


@pytest.mark.parametrize(
    ("http", "options", "address", "scheme"),
    [
        ({}, {}, "127.0.0.1", "http"),
        ({"xheaders": True}, {}, "198.51.100.7", "https"),
        ({"xheaders": True, "trusted_downstream": ["198.51.100.7"]}, {}, "203.0.113.9", "https"),
        ({}, {"trusted_proxies": ["127.0.0.1"]}, "198.51.100.7", "https"),
        # What Tornado has made of the headers is no proxy: they count once.
        (
            {"xheaders": True},
            {"trusted_proxies": ["127.0.0.1"]},
            "198.51.100.7",
            "https",
        ),
    ],
)
async def test_proxies_of_tornado_and_of_the_server(serve, given, http, options, address, scheme):
    site = await serve([(r"/socket.io/", get_tornado_handler(make(given, **options)))], http=http)
    opened = (await site.poll(**FORWARDED)).text
    sid = opened.split('"sid":"')[1].split('"')[0]
    await site.poll(sid, "40")
    assert (given["REMOTE_ADDR"], given["wsgi.url_scheme"]) == (address, scheme)

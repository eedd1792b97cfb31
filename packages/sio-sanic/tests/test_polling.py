"""Polls and their bodies beside the limits of Sanic, and the addresses of clients."""

import asyncio
import tempfile

import pytest
from sanic import Request, text

from sio_sanic import AsyncServer

from .conftest import HANG, HTTP, POLLING


async def opened(http):
    answer = await http.ask(POLLING)
    assert answer.status == 200
    return f"{POLLING}&sid={answer.sid}"


async def until(condition):
    async with asyncio.timeout(HANG):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_poll_waits_for_longer_than_sanic_lets_a_response_wait(app, serve):
    sio = AsyncServer(ping_interval=1.0)
    sio.attach(app)
    app.config.RESPONSE_TIMEOUT = 0.3

    @app.get("/limit")
    async def limit(request: Request):
        return text(str(request.protocol.response_timeout))

    http = await (await serve(app)).http()
    poll = await opened(http)
    began = asyncio.get_running_loop().time()
    assert (await http.ask(poll)).body == b"2"
    assert asyncio.get_running_loop().time() - began > 0.9
    # For other requests on the same connection there is a limit again, longer by that one poll.
    assert 0.3 + 0.9 < float((await http.ask("/limit")).body) < HANG


async def test_a_client_that_hangs_up_ends_its_poll_at_once(app, sio, serve):
    http = await (await serve(app)).http()
    poll = await opened(http)
    http.begin(poll)
    await until(lambda: sio.driver.polls)
    http.writer.transport.abort()
    await until(lambda: not sio.driver.polls)


async def test_nothing_is_lost_in_an_answer_to_a_client_that_has_just_hung_up(app, sio, serve):
    running = await serve(app)
    http = await running.http()
    poll = await opened(http)
    await http.ask(poll, "POST", b"40")
    await http.ask(poll)
    http.begin(poll)
    await until(lambda: sio.driver.polls)
    (connection,) = running.server.connections
    await sio.emit("news")
    connection.transport.close()  # in the turn of the event loop in which the poll is answered
    # The connection is over: it does not go on without what it was sent.
    assert (await running.ask(poll)).status == 400


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_is_read_up_to_the_limit_of_the_server(app, serve, chunked):
    sio = AsyncServer(max_http_buffer_size=2000)
    sio.attach(app)
    app.config.REQUEST_MAX_SIZE = 1000
    running = await serve(app)

    async def post(size):
        http = await running.http()
        poll = await opened(http)
        body = b"4" * size
        if chunked:
            body = b"%x\r\n%b\r\n0\r\n\r\n" % (size, body)
            return await http.ask(poll, "POST", body, transfer_encoding="chunked"), http
        return await http.ask(poll, "POST", body), http

    answer, _ = await post(1500)
    assert (answer.status, answer.body) == (200, b"ok")
    answer, http = await post(3000)
    assert answer.status == 413
    if chunked:
        assert (await http.ask(POLLING)).status == 200
    else:  # Sanic does not read the rest of what is longer than its own limit
        assert await http.rest() == b""


async def test_a_chunked_body_that_is_none_is_answered_with_400(app, sio, serve):
    http = await (await serve(app)).http()
    poll = await opened(http)
    answer = await http.ask(poll, "POST", b"xyz\r\n", transfer_encoding="chunked")
    assert answer.status == 400
    await http.rest()


async def test_a_body_that_nobody_wants_ends_the_connection(app, sio, serve):
    http = await (await serve(app)).http()
    answer = await http.ask(POLLING, "GET", b"body", content_length="100")
    assert (answer.status, answer.headers["connection"]) == (200, "close")
    assert await http.rest() == b""


async def test_a_client_may_wait_for_leave_to_send_its_body(app, sio, serve):
    http = await (await serve(app)).http()
    poll = await opened(http)
    http.begin(poll, "POST", expect="100-continue", content_length="2")
    async with asyncio.timeout(HANG):
        assert await http.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    http.writer.write(b"40")
    assert (await http.answer()).body == b"ok"


async def test_headers_are_what_their_bytes_say(app, sio, serve):
    environs = []
    sio.on("connect", lambda sid, environ: environs.append(environ))
    http = await (await serve(app)).http()
    answer = await http.ask(POLLING, x_name="caf\xe9 ", x_list="1", X_List="2")
    await http.ask(f"{POLLING}&sid={answer.sid}", "POST", b"40")
    assert environs[0]["HTTP_X_NAME"] == "caf\xe9"
    assert environs[0]["HTTP_X_LIST"] == "1,2"


# Addresses ---------------------------------------------------------------------------------

FORWARDED = {
    "x_forwarded_for": "203.0.113.9, 198.51.100.7",
    "x_forwarded_proto": "https",
    "x_forwarded_host": "app.example",
}


@pytest.mark.parametrize(
    ("config", "options", "address", "scheme"),
    [
        ({}, {}, "127.0.0.1", "http"),
        ({}, {"trusted_proxies": ["127.0.0.1"]}, "198.51.100.7", "https"),
        ({"PROXIES_COUNT": 1}, {}, "198.51.100.7", "https"),
        ({"PROXIES_COUNT": 2}, {}, "203.0.113.9", "https"),
        ({"REAL_IP_HEADER": "x-real-ip"}, {}, "2001:db8::1", "https"),
        ({"FORWARDED_SECRET": "words"}, {}, "192.0.2.1", "http"),
        ({"FORWARDED_SECRET": "other"}, {}, "127.0.0.1", "http"),
    ],
)
async def test_the_settings_of_sanic_and_of_the_server_say_which_proxies_count(
    app, serve, config, options, address, scheme
):
    environs = []
    sio = AsyncServer(**options)
    sio.attach(app)
    sio.on("connect", lambda sid, environ: environs.append(environ))
    app.config.update(config)
    http = await (await serve(app)).http()
    headers = {
        **FORWARDED,
        "x_real_ip": "2001:db8::1",
        "forwarded": "for=192.0.2.1;secret=words;host=app.example",
    }
    own = "https://app.example" if scheme == "https" else "http://testserver"
    if config == {"FORWARDED_SECRET": "words"}:
        own = "http://app.example"
    assert (await http.ask(POLLING, origin="https://other.example", **headers)).status == 400
    answer = await http.ask(POLLING, origin=own, **headers)
    assert answer.status == 200
    await http.ask(f"{POLLING}&sid={answer.sid}", "POST", b"40")
    (environ,) = environs
    assert (environ["REMOTE_ADDR"], environ["wsgi.url_scheme"]) == (address, scheme)
    assert environ["HTTP_HOST"] == "testserver"


@pytest.mark.parametrize("proxies", ["of Sanic", "of the server"])
async def test_the_connections_of_an_address_behind_a_proxy_are_bounded(app, serve, proxies):
    trusted = ["127.0.0.1"] if proxies == "of the server" else ()
    AsyncServer(max_sessions_per_address=1, trusted_proxies=trusted).attach(app)
    app.config.PROXIES_COUNT = 1 if proxies == "of Sanic" else None
    running = await serve(app)
    clients = ["203.0.113.1", "203.0.113.1", "203.0.113.2"]
    answers = [await running.ask(POLLING, x_forwarded_for=address) for address in clients]
    assert [answer.status for answer in answers] == [200, 429, 200]


async def test_a_unix_socket(app, sio):
    environs = []
    sio.on("connect", lambda sid, environ: environs.append(environ))
    folder = tempfile.TemporaryDirectory()  # the path of a socket must be short
    path = f"{folder.name}/socket"
    app.config.TOUCHUP = False
    server = await app.create_server(unix=path)
    await server.startup()
    await server.before_start()
    reader, writer = await asyncio.open_unix_connection(path)
    http = HTTP(reader, writer)
    answer = await http.ask(POLLING)
    await http.ask(f"{POLLING}&sid={answer.sid}", "POST", b"40")
    assert (environs[0]["REMOTE_ADDR"], environs[0]["SERVER_NAME"]) == ("", "localhost")
    writer.transport.abort()
    await server.before_stop()
    server.server.close()
    folder.cleanup()

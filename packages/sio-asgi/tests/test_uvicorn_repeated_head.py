"""Requests that are like an earlier one of their connection: the parser is not asked again."""

import asyncio
import json
import logging
import random

import httptools
import pytest

from sio_asgi import ASGIApp, AsyncServer
from sio_asgi.uvicorn import HTTPProtocol
from sio_asgi.uvicorn.http.repeated_head import RepeatedHead
from sio_core import Request

HANG = 20.0
PATH = b"/socket.io/"
GET = b"GET /socket.io/?EIO=4&sid=a HTTP/1.1\r\nHost: here\r\nCookie: a=b\r\nX-It: \r\n\r\n"
POST = (
    b"POST /socket.io/?EIO=4&sid=a HTTP/1.1\r\nHost: here\r\n"
    b"Content-Length: 5\r\nContent-Type: text/plain\r\n\r\n42[1]"
)


class Parsed:
    """What the parser of the web server makes of bytes: the requests in them, if they are whole."""

    def __init__(self, data):
        self.requests = []
        self.between = True
        self.parser = httptools.HttpRequestParser(self)
        try:
            self.parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.requests, self.between = [], False

    def on_message_begin(self):
        self.between = False
        self.url, self.headers, self.content = b"", [], b""

    def on_url(self, url):
        self.url += url

    def on_header(self, name, value):
        self.headers.append((name.lower(), value))

    def on_body(self, body):
        self.content += body

    def on_message_complete(self):
        self.between = True
        assert self.parser.get_http_version() == "1.1"
        request = self.parser.get_method(), self.url, self.headers, self.content
        self.requests.append((*request, self.parser.should_keep_alive()))

    @property
    def one(self):
        return self.requests[0] if self.between and len(self.requests) == 1 else None


def recognise(data):
    parsed = Parsed(data).one
    assert parsed is not None
    method, url, headers, _, _ = parsed
    text = tuple((name.decode(), value.decode("latin-1")) for name, value in headers)
    query = url.partition(b"?")[2].decode()
    request = Request(method.decode(), query, text, host="here", address="192.0.2.1")
    scope = {"type": "http", "headers": headers, "state": {"own": 1}, "query_string": b""}
    return RepeatedHead.recognise(data, PATH, request, scope)


# What is taken for the same -----------------------------------------------------


def test_another_query_and_another_length():
    head = recognise(POST)
    assert head.read(POST) == b"42[1]"
    first = head.request
    assert head.read(POST) == b"42[1]"
    assert head.request is first
    other = (
        POST.replace(b"sid=a", b"sid=b&t=x-_.~%20")
        .replace(b"5", b"012")
        .replace(b"[1]", b"[1]" * 4)
    )
    other = other[: -len(b"[1]")] + b"]"
    assert head.read(other) == other.rpartition(b"\r\n")[2]
    assert (first.query, first.header("content-length")) == ("EIO=4&sid=a", "5")
    request = head.request
    assert request.query == "EIO=4&sid=b&t=x-_.~%20"
    assert request.header("content-length") == "012" == head.named["content-length"]
    assert (request.host, request.address) == ("here", "192.0.2.1")
    assert head.parameters == {"EIO": "4", "sid": "b", "t": "x-_.~ "}
    scope = head.scope_of(request)
    assert scope["query_string"] == request.query.encode()
    assert (b"content-length", b"012") in scope["headers"]
    assert (b"content-length", b"5") in head.scope_of(first)["headers"]
    scope["state"]["own"] = 2
    assert head.scope_of(request)["state"] == {"own": 1}


def mutations(data):
    """The bytes with a few of them changed, doubled, or left out."""
    dice = random.Random(7)
    pieces = [b"\r\n", b" ", b"?", b"#", b"&", b"\n", b"\r", b"0", b"1", b":", b"\xff", b"\0"]
    pieces += [b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"x", b"+5", GET, POST]
    for _ in range(4000):
        changed = data
        for _ in range(dice.choice([1, 1, 2, 3])):
            at = dice.randrange(len(changed) + 1)
            size = dice.choice([0, 0, 1, 2, 8])
            changed = changed[:at] + dice.choice([b"", *pieces]) + changed[at + size :]
        yield changed


@pytest.mark.parametrize("data", [GET, POST], ids=["GET", "POST"])
def test_what_is_taken_for_the_same_is_the_same_to_the_parser(data):
    taken = 0
    for changed in mutations(data):
        head = recognise(data)
        body = head.read(changed)
        if body is None:
            continue
        taken += changed != data
        method, url, headers, content, keeps = Parsed(changed).one
        assert keeps
        assert head.request.method.encode() == method
        assert PATH + b"?" + head.request.query.encode() == url
        assert [(n.encode(), v.encode("latin-1")) for n, v in head.request.headers] == headers
        assert head.scope_of(head.request)["headers"] == headers
        assert body == content
    assert taken > 20


@pytest.mark.parametrize("data", [GET, POST], ids=["GET", "POST"])
def test_what_is_recognised_is_the_same_to_the_parser(data):
    known = 0
    for changed in mutations(data):
        if Parsed(changed).one is None:
            continue
        head = recognise(changed)
        if head is not None:
            known += 1
            assert head.read(changed) == Parsed(changed).one[3]
    assert known > 20


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n" + GET,
        GET.replace(b"?", b"?x#"),
        GET.replace(b"?EIO=4&sid=a", b""),
        GET.replace(b"/socket", b"//socket"),
        GET.replace(b"X-It: ", b"X-It: " + b"x" * 5000),
        GET.replace(b"X-It: \r\n", b"Content-Length: 0\r\n"),
        GET.replace(b"GET", b"DELETE"),
        POST.replace(b"5", b"00000000005"),
        POST.replace(b"Content-Length: 5", b"Transfer-Encoding: chunked").replace(
            b"42[1]", b"0\r\n\r\n"
        ),
    ],
    ids=repr,
)
def test_what_is_for_the_parser_alone(data):
    if data.startswith(b"GET /socket.io/?x#"):
        assert recognise(GET).read(data) is None
    else:
        assert recognise(data) is None


# On a connection ------------------------------------------------------------------


@pytest.fixture
def parsed(monkeypatch):
    """How many requests were parsed."""
    begun = []
    begin = HTTPProtocol.on_message_begin

    def counted(self):
        begun.append(self)
        begin(self)

    monkeypatch.setattr(HTTPProtocol, "on_message_begin", counted)
    return begun


@pytest.fixture
def sio():
    return AsyncServer()


def get(query, *more):
    lines = ["GET /socket.io/?EIO=4&transport=polling" + query + " HTTP/1.1", "Host: here", *more]
    return "\r\n".join([*lines, "", ""]).encode()


def post(query, body, *more):
    return get(query, *more, f"Content-Length: {len(body)}").replace(b"GET", b"POST", 1) + body


async def answer(client):
    status, headers = await client.head()
    async with asyncio.timeout(HANG):
        return status, await client.reader.readexactly(int(headers["content-length"]))


async def ask(client, data):
    client.write(data)
    return await answer(client)


async def join(serve, sio, **options):
    running = await serve(ASGIApp(sio), http=HTTPProtocol, **{"access_log": False, **options})
    polling, posting = await running.connect(), await running.connect()
    sid = json.loads((await ask(polling, get("")))[1][1:])["sid"]
    query = f"&sid={sid}"
    assert await ask(posting, post(query, b"40")) == (200, b"ok")
    assert (await ask(polling, get(query)))[1].startswith(b"40{")
    return query, polling, posting


async def test_polls_are_parsed_once(serve, sio, parsed):
    @sio.on("ask")
    async def ask_(sid, *args):
        return args

    query, polling, posting = await join(serve, sio)
    for number in range(20):
        polling.write(get(f"&t={number:x}{query}"))
        body = b'42%d["ask","%s"]' % (number, b"x" * number)
        assert await ask(posting, post(query, body)) == (200, b"ok")
        assert await answer(polling) == (200, b'43%d["%s"]' % (number, b"x" * number))
    assert len(parsed) == 2


async def test_other_headers_are_parsed(serve, sio, parsed):
    query, _polling, posting = await join(serve, sio)
    assert len(parsed) == 2
    for number in range(20):
        body = await ask(posting, post(query, b"3", f"Cookie: a={number}"))
        assert body == (200, b"ok")
    assert len(parsed) == 22
    assert await ask(posting, post(query, b"3", "Origin: http://elsewhere.test")) == (
        400,
        b'{"code": 3, "message": "Bad request"}',
    )


async def test_a_request_in_pieces_is_parsed(serve, sio, parsed):
    query, _polling, posting = await join(serve, sio)
    whole = post(query, b"3")
    for at in (1, 30, len(whole) - 1):
        posting.write(whole[:at])
        count = len(parsed)
        async with asyncio.timeout(HANG):
            while len(parsed) == count:
                await asyncio.sleep(0.001)
        posting.write(whole[at:])
        assert await answer(posting) == (200, b"ok")
    assert await ask(posting, whole) == (200, b"ok")
    assert len(parsed) == 5


async def test_requests_that_come_together_are_parsed(serve, sio, parsed):
    query, _polling, posting = await join(serve, sio)
    posting.write(post(query, b"3") + post(query, b"3"))
    assert await answer(posting) == (200, b"ok")
    assert await answer(posting) == (200, b"ok")
    assert len(parsed) == 4


async def test_a_request_behind_a_poll_that_waits_is_parsed(serve, sio, parsed):
    query, polling, _posting = await join(serve, sio)
    polling.write(get(query))
    async with asyncio.timeout(HANG):
        while all(session.poll is None for session in sio.driver.engine.sessions.values()):
            await asyncio.sleep(0.001)
    polling.write(get("&sid=nobody"))
    async with asyncio.timeout(HANG):
        while len(parsed) == 2:
            await asyncio.sleep(0.001)
    await sio.emit("said")
    assert await answer(polling) == (200, b'42["said"]')
    assert (await answer(polling))[0] == 400


async def test_the_environment_of_a_request_that_was_not_parsed(serve, sio, parsed):
    asked = []

    async def allow(environ):
        asked.append(environ)
        return True

    sio = AsyncServer(allow_request=allow, namespaces="*")
    running = await serve(ASGIApp(sio), http=HTTPProtocol, root_path="/below")
    client = await running.connect()
    for query in ("&n=1", "&n=2"):
        assert (await ask(client, get(query, "X-Who: me")))[0] == 200
    assert len(parsed) == 1
    first, second = asked
    assert first["QUERY_STRING"].endswith("&n=1")
    assert second["QUERY_STRING"].endswith("&n=2")
    assert second["asgi.scope"]["query_string"].endswith(b"&n=2")
    assert second["asgi.scope"] is not first["asgi.scope"]
    own = ("QUERY_STRING", "RAW_URI")
    for environ in asked:
        for name in list(environ):
            if name in own or name.startswith(("asgi.", "wsgi.")):
                del environ[name]
    assert first == second
    assert first["HTTP_X_WHO"] == "me"
    assert first["PATH_INFO"] == "/socket.io/"
    assert first["SCRIPT_NAME"] == "/below"


async def test_the_body_limit_holds(serve, parsed):
    sio = AsyncServer(max_http_buffer_size=100)
    query, _polling, posting = await join(serve, sio)
    assert (await ask(posting, post(query, b"4" * 101)))[0] == 413
    assert len(parsed) == 2
    assert not sio.eio.sockets


async def test_a_long_body_is_read_in_a_task(serve, sio, parsed):
    heard = asyncio.Queue()
    sio.on("say", lambda sid, word: heard.put_nowait(word))
    query, _polling, posting = await join(serve, sio)
    body = json.dumps(["say", "x" * 70_000]).encode()
    assert await ask(posting, post(query, b"42" + body)) == (200, b"ok")
    async with asyncio.timeout(HANG):
        assert len(await heard.get()) == 70_000


async def test_access_is_logged(serve, sio, parsed, caplog):
    caplog.set_level(logging.INFO, "uvicorn.access")
    query, _polling, posting = await join(serve, sio, access_log=True)
    assert await ask(posting, post(query + "&n=7", b"3")) == (200, b"ok")
    lines = [record.getMessage() for record in caplog.records if record.name == "uvicorn.access"]
    assert len(lines) == 4
    assert f'"POST /socket.io/?EIO=4&transport=polling{query}&n=7 HTTP/1.1" 200' in lines[-1]


async def test_a_proxy_that_is_trusted(serve, sio, parsed):
    running = await serve(ASGIApp(sio), http=HTTPProtocol, forwarded_allow_ips="127.0.0.1")
    client = await running.connect()
    for _ in range(2):
        _, body = await ask(client, get("", "X-Forwarded-For: 192.0.2.7"))
        assert sio.environ[json.loads(body[1:])["sid"]]["REMOTE_ADDR"] == "192.0.2.7"
    assert len(parsed) == 1


async def test_a_patched_handler_sees_requests_that_came_before(serve, sio, parsed):
    query, _polling, posting = await join(serve, sio)
    seen = []
    handle = sio.handle_request

    async def patched(*args):
        seen.append(args)
        return await handle(*args)

    sio.handle_request = patched
    assert await ask(posting, post(query, b"3")) == (200, b"ok")
    assert len(seen) == 1
    del sio.handle_request
    for _ in range(3):
        assert await ask(posting, post(query, b"3")) == (200, b"ok")
    assert len(seen) == 1

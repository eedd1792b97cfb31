"""What servers and clients read of a stranger takes time in proportion to its size.

The functions outside of the core; those of the core are in its own `test_time_by_size.py`.
"""

import gzip
from collections.abc import Callable
from contextlib import suppress
from http.cookiejar import CookieJar
from time import thread_time
from typing import Any

import pytest

from sio_asgi.endpoint import make_environ, make_request
from sio_asgi.scopes import route_path
from sio_asgi.uvicorn.handshakes.handshake import Handshake
from sio_asgi.uvicorn.handshakes.plain_handshake import PlainHandshake
from sio_client.user_agent.errors import BadAnswer, BadRedirect
from sio_client.user_agent.http.content_coding import decoded
from sio_client.user_agent.http.cookies import cookie_header, keep_cookies, new_jar
from sio_client.user_agent.http.http1 import Head, HTTP1Exchange
from sio_client.user_agent.routes.endpoint import Endpoint
from sio_client.user_agent.websocket import WebSocketCodec
from sio_core import Request
from sio_core.testing import check_growth
from sio_core.websocket import (
    check_answer,
    check_opening,
    frame_binary,
    frame_ping,
    frame_text,
    make_key,
    wants_websocket,
)
from sio_server.serving.proxies import SeenRequest, TrustedProxies
from sio_server.serving.static_files import StaticFiles
from sio_wsgi import environs

HEADER = 65_536
"""Bytes of the head of a request or an answer that web servers and clients take."""
BODY = 1_000_000
Make = Callable[[int], Any]
URL = "http://example.com/socket.io/"


def times(piece: Any, before: Any = "", after: Any = "") -> Make:
    """Inputs that repeat `piece` up to their size."""
    empty = piece[:0]
    before, after = before or empty, after or empty
    return lambda size: before + piece * (size // len(piece)) + after


PATHS: dict[str, Make] = {
    "slashes": times("/"),
    "parents": times("/.."),
    "names": times("/a"),
    "backslashes": times("\\", "/files/"),
    "one name": times("a", "/files/"),
    "a byte that no file has": times("\0", "/files/"),
}
LISTS: dict[str, Make] = {
    "commas": times(","),
    "addresses": times("127.0.0.1,"),
    "long addresses": times("0:0:0:0:0:0:0:1,"),
    "one long name": times("a"),
    "digits": times("1"),
    "dots": times("."),
    "colons": times(":"),
    "blanks": times(" ", "a", "a"),
    "tokens": times("upgrade,"),
}
COOKIES: dict[str, Make] = {
    "semicolons": times(";", "a=b"),
    "blanks": times(" ", "a=b;", "x"),
    "attributes": times("a=b;", "a=b;"),
    "equal signs": times("=", "a"),
    "quotes": times('"', "a="),
    "domains": times(";domain=.example.com", "a=b"),
    "a path": times("/", "a=b;path="),
    "a date": times("1", "a=b;expires=", " Jan 2030"),
    "a date of blanks": times(" ", "a=b;expires=1", "Jan 2030"),
    "a date of hyphens": times("-", "a=b;expires=01"),
    "a date of colons": times("0:", "a=b;expires=01 Jan 2030 "),
    "an age": times("9", "a=b;max-age="),
    "commas": times(",", "a=b"),
}
LOCATIONS: dict[str, Make] = {
    "slashes": times("/"),
    "parents": times("../"),
    "here": times("./"),
    "percent signs": times("%"),
    "escapes": times("%2e/"),
    "brackets": times("[", "http://"),
    "colons": times(":", "http://a"),
    "at signs": times("@", "http://"),
    "a host": times("a", "http://"),
    "a host of dots": times("a.", "http://"),
    "a host beyond ASCII": times("é", "http://"),
    "a port": times("1", "http://a:"),
    "question marks": times("?"),
    "hashes": times("#"),
    "letters beyond ASCII": times("é", "/"),
    "a scheme": times("a", "", ":"),
}


def find(url: str) -> None:
    files = StaticFiles({"/files": "tests", "/": "tests", "/files/a/b": "tests"})
    files.find(url)
    files.concerns(url)


def resolve(text: str) -> None:
    direct = SeenRequest("http", "a", "127.0.0.1")
    names = ("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host")
    for trusted in (("127.0.0.0/8", "::1"), ("*",)):
        TrustedProxies(trusted).resolve(direct, tuple((name, text) for name in names))


def set_cookie(text: str) -> None:
    jar: CookieJar = new_jar()
    keep_cookies(jar, URL, [("set-cookie", text)])
    cookie_header(jar, URL)


def set_cookies(count: int) -> Make:
    return lambda size: [("set-cookie", f"a{n}=b;path=/{n}") for n in range(size // count)]


def many_cookies(headers: list[tuple[str, str]]) -> None:
    jar: CookieJar = new_jar()
    keep_cookies(jar, URL, headers)
    cookie_header(jar, URL)


def redirect(location: str) -> None:
    with suppress(ValueError):
        Endpoint.parse(location)
    Endpoint.parse(URL).moved(location)


def scope_of(headers: list[tuple[bytes, bytes]], path: str = "/", query: bytes = b"") -> Any:
    return {
        "type": "http",
        "path": path,
        "root_path": "/a",
        "query_string": query,
        "headers": headers,
        "client": ("127.0.0.1", 1),
    }


def of_scope(make: Make) -> Make:
    """Scopes with the headers that `make` returns."""
    return lambda size: scope_of(make(size))


async def nothing(*_: Any) -> Any:
    return {}


def read_scope(scope: Any) -> None:
    route_path(scope)
    proxies = TrustedProxies(("127.0.0.1",))
    make_request(scope, proxies)
    make_environ(make_request(scope, proxies), scope, nothing, nothing)


def headers_of(*names: str) -> Make:
    """Many header fields: of ever new names, or of the names that are given."""

    def make(size: int) -> list[tuple[bytes, bytes]]:
        count = size // 10
        if not names:
            return [(f"x-{n:06}".encode(), b"a") for n in range(count)]
        return [(names[n % len(names)].encode(), b"1") for n in range(count)]

    return make


def read_environ(environ: dict[str, Any]) -> None:
    environs.make_request(environ, TrustedProxies(("127.0.0.1",)))
    environs.make_environ(environ, TrustedProxies(("127.0.0.1",)))


def environ_of(size: int) -> dict[str, Any]:
    fields = {f"HTTP_X_{n:06}": "a" for n in range(size // 10)}
    return {"wsgi.url_scheme": "http", "REMOTE_ADDR": "127.0.0.1", **fields}


def open_websocket(text: str) -> None:
    for name in ("connection", "upgrade", "sec-websocket-extensions", "sec-websocket-protocol"):
        fields = {
            "host": "a",
            "upgrade": "websocket",
            "connection": "upgrade",
            "sec-websocket-version": "13",
            "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
        }
        fields[name] = text
        request = Request("GET", headers=tuple(fields.items()))
        wants_websocket(request)
        check_opening(request)


def handshake(reads: list[bytes]) -> None:
    for opening in (Handshake(BODY), PlainHandshake()):
        for data in reads:
            if opening.receive(data) is not None or opening.complete:
                break


def head_of(make: Make, *, bytewise: bool) -> Make:
    start = b"GET / HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\nconnection: upgrade\r\n"

    def reads(size: int) -> list[bytes]:
        data = start + make(size // 16 if bytewise else size)
        return [data[at : at + 1] for at in range(len(data))] if bytewise else [data]

    return reads


HEADS: dict[str, Make] = {
    "a header without an end": times(b"a", b"x: "),
    "headers": times(b"x: a\r\n", b"", b"\r\n"),
    "header lines that go on": times(b" a\r\n", b"x: a\r\n", b"\r\n"),
    "extensions": times(
        b"permessage-deflate; server_max_window_bits=8,",
        b"sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        b"sec-websocket-extensions: ",
        b"\r\n\r\n",
    ),
    "blanks": times(b" ", b"x:", b"\r\n\r\n"),
    "carriage returns": times(b"\r"),
    "line feeds": times(b"\n"),
}


def read_answer(reads: list[bytes]) -> None:
    pipe = HTTP1Exchange(BODY)
    pipe.send("GET", "/", [(b"host", b"a")], b"")
    for data in reads:
        pipe.receive(data)


def answer_of(start: bytes, piece: bytes, *, bytewise: bool = False) -> Make:
    def reads(size: int) -> list[bytes]:
        data = b"HTTP/1.1 " + start + piece * ((size // 16 if bytewise else size) // len(piece))
        return [data[at : at + 1] for at in range(len(data))] if bytewise else [data]

    return reads


CHUNKED = b"200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
ANSWERS: dict[str, Make] = {
    "one body": answer_of(b"200 OK\r\ncontent-length: 900000\r\n\r\n", b"a"),
    "one body, a byte a read": answer_of(
        b"200 OK\r\ncontent-length: 900000\r\n\r\n", b"a", bytewise=True
    ),
    "chunks of a byte": answer_of(CHUNKED, b"1\r\na\r\n"),
    "chunks with extensions": answer_of(CHUNKED, b"1;" + b"a" * 15 + b"\r\na\r\n"),
    "chunks, a byte a read": answer_of(CHUNKED, b"1\r\na\r\n", bytewise=True),
    "answers before the answer": answer_of(b"100 Go on\r\n\r\n", b"HTTP/1.1 100 Go on\r\n\r\n"),
    "a head, a byte a read": answer_of(b"200 OK\r\n", b"x: a\r\n", bytewise=True),
}


def read_frames(data: bytes) -> None:
    pipe = WebSocketCodec(1, BODY, bytes, lambda payload, key: payload)
    pipe.receive(data)


def accepted(text: str) -> None:
    for name in (b"upgrade", b"connection", b"sec-websocket-accept", b"sec-websocket-protocol"):
        fields = [(name, part.encode()) for part in text.split(",")]
        head = Head(101, [(b"upgrade", b"websocket"), *fields])
        check_answer(head.values, make_key(bytes(16)))


TABLE: list[tuple[str, Callable[[Any], object], dict[str, Make], int]] = [
    ("StaticFiles", find, PATHS, HEADER),
    ("TrustedProxies", resolve, LISTS, HEADER),
    (
        "ASGI scope",
        read_scope,
        {
            "ever new headers": of_scope(headers_of()),
            "one header": of_scope(headers_of("x-one")),
            "hosts": of_scope(headers_of("host")),
            "forwarded": of_scope(
                headers_of("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto")
            ),
            "a path": lambda size: scope_of([], "/a/" + "/é" * (size // 3)),
            "a query": lambda size: scope_of([], "/", b"&" * size),
        },
        HEADER,
    ),
    ("WSGI environment", read_environ, {"ever new headers": environ_of}, HEADER),
    ("opening under WSGI", open_websocket, LISTS, HEADER),
    (
        "opening with uvicorn",
        handshake,
        {
            **{name: head_of(make, bytewise=False) for name, make in HEADS.items()},
            **{
                f"{name}, a byte a read": head_of(make, bytewise=True)
                for name, make in HEADS.items()
            },
        },
        HEADER,
    ),
    ("cookies", set_cookie, COOKIES, HEADER),
    ("cookies in number", many_cookies, {"all new": set_cookies(16)}, HEADER),
    ("redirect", redirect, LOCATIONS, HEADER),
    ("opening of a client", accepted, LISTS, HEADER),
    ("answer", read_answer, ANSWERS, BODY // 4),
    (
        "content coding",
        lambda body: decoded(body, "gzip", 10 * BODY),
        {
            "one byte": lambda size: gzip.compress(b"a" * size),
            "no compression": lambda size: gzip.compress(bytes(range(256)) * (size // 256), 0),
            "not compressed": times(b"\x1f\x8b"),
            "members": times(gzip.compress(b"")),
        },
        BODY,
    ),
    (
        "list of content codings",
        lambda text: decoded(b"a", text, BODY),
        {**LISTS, "codings": times("gzip,")},
        HEADER,
    ),
    (
        "frames of a server",
        read_frames,
        {
            "pings": times(frame_ping(b"")),
            "texts": times(frame_text("a")),
            "bytes": times(frame_binary(b"a")),
            "fragments": lambda size: b"\x01\x00" + b"\x00\x01a" * (size // 3),
        },
        BODY // 4,
    ),
]


@pytest.mark.filterwarnings("ignore:http.cookiejar bug")
@pytest.mark.parametrize(
    ("function", "make", "largest"),
    [
        pytest.param(function, make, largest, id=f"{name}-{title}")
        for name, function, makers, largest in TABLE
        for title, make in makers.items()
    ],
)
def test_time_by_size(function: Callable[[Any], object], make: Make, largest: int) -> None:
    def attempt(given: Any) -> None:
        with suppress(BadAnswer, BadRedirect):
            function(given)

    check_growth(attempt, make, largest, clock=thread_time)

"""`WSGIApp` without a web server: routing, static files, bodies, and servers without sockets."""

import io
import signal
import time
from dataclasses import replace
from typing import Any

import pytest

from sio_wsgi import Middleware, Server, WSGIApp


@pytest.fixture
def sio():
    server = Server(async_mode="threading")
    yield server
    server.driver.stop()


def other(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [])
    return [b"other"]


def ask(app: Any, path: str, query: str = "", body: bytes = b"", **extra: Any):
    """Send one request. Returns the status, the headers and the body."""
    answer: list[Any] = []
    environ = {
        "REQUEST_METHOD": "POST" if body else "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(body)) if body else "",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "HTTP_HOST": "testserver",
        **extra,
    }
    chunks = app(environ, lambda status, headers: answer.extend((status, dict(headers))))
    return answer[0], answer[1], b"".join(chunks)


HANDSHAKE = "EIO=4&transport=polling"


def test_requests_go_where_they_belong(sio, tmp_path):
    (tmp_path / "page.html").write_text("a page")
    app = WSGIApp(sio, other, static_files={"/page": str(tmp_path / "page.html")})
    assert ask(app, "/socket.io/", HANDSHAKE)[2].startswith(b"0{")
    assert ask(app, "/page")[1:] == (
        {
            "content-type": "text/html; charset=utf-8",
            "content-length": "6",
            "x-content-type-options": "nosniff",
        },
        b"a page",
    )
    assert ask(app, "/elsewhere")[2] == b"other"
    assert ask(app, "/socket.iox/")[2] == b"other"
    assert ask(WSGIApp(sio), "/elsewhere")[0] == "404 Not Found"


@pytest.mark.parametrize("path", ["my/io", "/my/io/", "my/io/"])
def test_the_path_may_be_another(sio, path):
    assert ask(WSGIApp(sio, socketio_path=path), "/my/io/", HANDSHAKE)[0] == "200 OK"


@pytest.mark.parametrize("path", ["", None])
def test_the_path_may_be_any(sio, path):
    assert ask(WSGIApp(sio, socketio_path=path), "/any", HANDSHAKE)[0] == "200 OK"


def test_the_server_serves_requests_itself(sio):
    assert ask(sio.handle_request, "/any", HANDSHAKE)[0] == "200 OK"


def test_middleware_is_the_old_name(sio):
    with pytest.warns(DeprecationWarning, match="WSGIApp"):
        app = Middleware(sio, other, "my/io")
    assert ask(app, "/my/io/", HANDSHAKE)[0] == "200 OK"
    assert ask(app, "/")[2] == b"other"


def test_without_sockets_no_upgrade_is_offered_and_that_is_said_once(sio, caplog):
    app = WSGIApp(sio)
    for _ in range(2):
        assert b'"upgrades":[]' in ask(app, "/socket.io/", HANDSHAKE)[2]
    # Not what asyncio says of tasks that other tests left.
    assert [record.message for record in caplog.records if record.name != "asyncio"] == [
        "this web server does not give its sockets to applications: clients stay on long-polling"
    ]


def test_bodies_are_read_as_they_were_announced(sio):
    app = WSGIApp(sio)

    def opened():
        sid = ask(app, "/socket.io/", HANDSHAKE)[2].split(b'"')[3].decode()
        return f"{HANDSHAKE}&sid={sid}"

    query = opened()
    assert ask(app, "/socket.io/", query, b"3")[2] == b"ok"
    chunked = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
    assert ask(app, "/socket.io/", query, b"3", **chunked)[2] == b"ok"
    assert ask(app, "/socket.io/", query, b"3" * 1_000_001)[0].startswith("413")
    assert not sio.eio.sockets, "the session ends with it"
    assert ask(app, "/socket.io/", opened(), b"3" * 1_000_001, **chunked)[0].startswith("413")
    # The client hung up in the middle: its session ends with it.
    ask(app, "/socket.io/", opened(), b"3", CONTENT_LENGTH="5")
    assert not sio.eio.sockets


class Dripping:
    """A body that comes in chunks of one byte."""

    def read(self, size: int) -> bytes:
        return b"3"


def test_a_body_may_come_in_so_many_chunks(sio):
    app = WSGIApp(sio)
    sid = ask(app, "/socket.io/", HANDSHAKE)[2].split(b'"')[3].decode()
    dripping = {
        "REQUEST_METHOD": "POST",
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input": Dripping(),
    }
    status, _, _ = ask(app, "/socket.io/", f"{HANDSHAKE}&sid={sid}", **dripping)
    assert status.startswith("413")
    assert not sio.eio.sockets


@pytest.mark.parametrize("length", ["1_0", "-5", "+5", "0x5", " 5", "5.0", "five", "\u0665"])
def test_a_length_that_is_no_number_is_refused(sio, length):
    app = WSGIApp(sio)
    sid = ask(app, "/socket.io/", HANDSHAKE)[2].split(b'"')[3].decode()
    query = f"{HANDSHAKE}&sid={sid}"
    status, _, text = ask(app, "/socket.io/", query, b"3", CONTENT_LENGTH=length)
    assert (status, text) == ("400 Bad Request", b"Invalid Content-Length")
    assert ask(app, "/socket.io/", query, b"3")[2] == b"ok"


# The end -------------------------------------------------------------------------------------


def test_signals_that_the_process_gets_over(sio):
    told: list[bool] = []
    signal.signal(signal.SIGTERM, lambda *_: told.append(True))
    app = WSGIApp(sio, drain=0.3)
    for _ in range(2):
        assert ask(app, "/socket.io/", HANDSHAKE)[0] == "200 OK"
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        assert ask(app, "/socket.io/", HANDSHAKE)[0].startswith("503"), "nobody is let in now"
        deadline = time.monotonic() + 30
        while not ask(app, "/socket.io/", HANDSHAKE)[0].startswith("200"):
            assert time.monotonic() < deadline
            time.sleep(0.02)
    assert len(told) == 4


def test_the_signal_is_passed_on_where_no_thread_can_be_started(sio, caplog):
    told: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: told.append(number))
    WSGIApp(sio)

    def spawn(*args: Any) -> None:
        raise RuntimeError("can't start new thread")

    sio.driver.concurrency = replace(sio.driver.concurrency, spawn=spawn)
    signal.raise_signal(signal.SIGTERM)
    assert told == [signal.SIGTERM]
    assert "no thread can be started that disconnects clients" in caplog.text


def test_shutdown_waits_until_an_answer_is_sent(sio):
    asked = {"REQUEST_METHOD": "GET", "QUERY_STRING": "", "wsgi.url_scheme": "http"}
    body = WSGIApp(sio)({**asked, "PATH_INFO": "/socket.io/"}, lambda status, headers: None)
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        body.close()
        body.close()  # only the first counts

    sio.driver.concurrency = replace(sio.driver.concurrency, sleep=sleep)
    sio.shutdown(drain=60)
    assert len(waits) == 1
    assert sio.driver.requests == 0


def test_shutdown_does_not_wait_for_a_request_that_failed(sio):
    def start_response(status: str, headers: Any) -> None:
        raise OSError("the client hung up")

    asked = {"REQUEST_METHOD": "GET", "QUERY_STRING": "", "wsgi.url_scheme": "http"}
    with pytest.raises(OSError, match="hung up"):
        WSGIApp(sio)({**asked, "PATH_INFO": "/socket.io/"}, start_response)
    assert sio.driver.requests == 0

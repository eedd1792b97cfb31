"""The head and the body of an answer leave together, and wait for no acknowledgement of TCP.

gunicorn and pywsgi write them one by one. A segment more costs each poll some 3 %, and where the
second one waits until the client acknowledges the first, 40 ms.
"""

import contextlib
import io
import socket

import pytest

from sio_server import Server
from sio_wsgi import WSGIApp

CORK = getattr(socket, "TCP_CORK", None)

pytestmark = pytest.mark.skipif(CORK is None, reason="this system holds no segments back")


class GreenSocket(socket.socket):
    """A socket of gevent, by the module of its class."""

    __module__ = "gevent.socket"


class Input(io.BytesIO):
    """What pywsgi gives to read from, with its socket."""

    def __init__(self, sock):
        super().__init__()
        self.raw = self
        self._sock = sock


def of_pywsgi(sock):
    return {"wsgi.input": Input(sock)}


def of_gunicorn(sock):
    return {"wsgi.input": io.BytesIO(), "gunicorn.socket": sock}


class Bytes(io.BytesIO):
    """A body that can have attributes."""


@pytest.fixture
def connection():
    """Both ends of a TCP connection: the server's and the client's."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        client = stack.enter_context(socket.create_connection(listener.getsockname()))
        accepted, _ = listener.accept()
        server = stack.enter_context(GreenSocket(fileno=accepted.detach()))
        yield server, client


@pytest.fixture
def app():
    sio = Server(async_mode="threading")
    yield WSGIApp(sio)
    sio.shutdown(drain=0)


def request(app, environ, query="EIO=4&transport=polling", **more):
    """Call the application. Returns the status, and the body as the web server gets it."""
    said = []
    environ |= {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/socket.io/",
        "QUERY_STRING": query,
        "wsgi.url_scheme": "http",
        **more,
    }
    body = app(environ, lambda status, headers: said.append(status))
    return said[0], body


def corked(sock):
    return bool(sock.getsockopt(socket.IPPROTO_TCP, CORK))


def at_once(sock):
    return bool(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))


@pytest.mark.parametrize("of_server", [of_pywsgi, of_gunicorn])
def test_what_is_written_of_an_answer_leaves_once_it_is_whole(app, connection, of_server):
    server, client = connection
    status, body = request(app, of_server(server))
    assert status == "200 OK"
    assert corked(server), "the head is held back until the body is there"
    server.sendall(b"head")
    for piece in body:
        server.sendall(piece)
        assert corked(server)
    assert not corked(server), "a middleware may go through it, and never close it"
    body.close()
    answer = client.recv(65536)
    assert answer.startswith(b'head0{"sid":'), "one segment"
    assert answer.endswith(b"}")


def test_under_pywsgi_nothing_waits_for_an_acknowledgement(app, connection):
    server, _ = connection
    _, body = request(app, of_pywsgi(server))
    body.close()
    assert at_once(server)


@pytest.mark.parametrize(
    ("query", "more"),
    [
        ("EIO=4&transport=polling&sid=stranger", {}),
        (
            "EIO=4&transport=websocket",
            {
                "HTTP_CONNECTION": "Upgrade",
                "HTTP_UPGRADE": "websocket",
                "HTTP_SEC_WEBSOCKET_VERSION": "13",
                "HTTP_SEC_WEBSOCKET_KEY": "short",
            },
        ),
    ],
    ids=["a poll", "a WebSocket"],
)
def test_what_is_refused_is_answered_in_the_same_way(app, connection, query, more):
    server, _ = connection
    status, body = request(app, of_pywsgi(server), query, **more)
    assert status == "400 Bad Request"
    assert corked(server)
    body.close()
    assert not corked(server)


def test_a_client_that_hung_up_meanwhile_disturbs_nothing(app, connection):
    server, client = connection
    _, body = request(app, of_gunicorn(server))
    client.close()
    server.close()
    body.close()
    body.close()


@pytest.mark.parametrize("server", ["eventlet", "werkzeug"])
def test_nothing_is_held_back_where_the_web_server_closes_an_answer_late(app, connection, server):
    sock, _ = connection
    stream = Bytes()
    stream.get_socket = lambda: sock
    own = {"eventlet": {"eventlet.input": stream}, "werkzeug": {"werkzeug.socket": sock}}
    _, body = request(app, {"wsgi.input": stream, **own[server]})
    assert not corked(sock)
    body.close()


def test_a_socket_that_is_not_of_tcp_is_left_alone(app):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        status, body = request(app, of_gunicorn(ours))
        assert status == "200 OK"
        body.close()

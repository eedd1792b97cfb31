"""One `WSGIApp` served again and again, by web servers in threads."""

import http.client
import threading

import pytest

from sio_wsgi import Server, WSGIApp

HANG = 30.0
"""Seconds after which a wait is a failure: a guard, no test takes long."""

POLLING = "/socket.io/?EIO=4&transport=polling"


@pytest.fixture
def run():
    """`run(app)`: a web server in a thread; its port, and how to end it."""
    serving = pytest.importorskip("werkzeug.serving")

    def run(app):
        server = serving.make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()

        def end():
            server.shutdown()
            thread.join(HANG)
            server.server_close()
            assert not thread.is_alive()

        return server.server_port, end

    return run


def status(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=HANG)
    connection.request("GET", POLLING)
    try:
        return connection.getresponse().status
    finally:
        connection.close()


def test_one_web_server_after_the_other(run):
    sio = Server(async_mode="threading")
    app = WSGIApp(sio)
    for _ in range(5):
        port, end = run(app)
        assert [status(port), status(port)] == [200, 200]
        sio.shutdown(drain=0)
        assert not sio.eio.sockets
        end()


def test_two_web_servers_at_the_same_time(run):
    sio = Server(async_mode="threading")
    app = WSGIApp(sio)
    ports = [run(app) for _ in range(2)]
    assert [status(port) for port, _ in ports] == [200, 200]
    sio.shutdown(drain=0)
    assert [status(port) for port, _ in ports] == [200, 200]
    for _, end in ports:
        end()
    sio.shutdown(drain=0)

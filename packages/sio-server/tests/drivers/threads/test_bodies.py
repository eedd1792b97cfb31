"""Bodies of requests that do not come, in threads: who waits for them, and how long."""

import threading

import pytest

from sio_core import Request
from sio_server import Server

HANG = 20.0
"""Seconds after which a wait is a failure: a guard, no test takes long."""
POLLING = "EIO=4&transport=polling"


class HTTP:
    """A request with a whole body."""

    def __init__(self, body=b""):
        self._body = body

    def environ(self):
        return {}

    def body(self, limit, max_chunks):
        return self._body

    def stop(self):
        pytest.fail("nobody is in body()")

    def gone(self):
        return False


class HalfSent(HTTP):
    """A request whose body does not come."""

    def __init__(self):
        super().__init__()
        self.reading, self.stopped = threading.Event(), threading.Event()
        self.limits = ()

    def body(self, *limits):
        self.limits = limits
        self.reading.set()
        assert self.stopped.wait(HANG)
        raise ConnectionError("the body did not come")

    def stop(self):
        self.stopped.set()


class InChunks(HTTP):
    """A request whose body came in too many chunks."""

    def body(self, limit, max_chunks):
        return None


def connect(server):
    """A client on polling. Returns the query of its requests."""
    body = server.driver.http(Request("GET", POLLING, host="testserver"), HTTP()).body
    sid = body.split(b'"')[3].decode()
    query = f"{POLLING}&sid={sid}"
    post(server, query, HTTP(b"40"))
    return query


def post(server, query, http):
    return server.driver.http(Request("POST", query, host="testserver"), http)


class Posting:
    """A POST in a thread of its own, half sent when this has been made."""

    def __init__(self, server, query):
        self.http = HalfSent()
        self.statuses: list[int] = []
        self._thread = threading.Thread(target=self._run, args=(server, query), daemon=True)
        self._thread.start()
        assert self.http.reading.wait(HANG)

    def _run(self, server, query):
        self.statuses.append(post(server, query, self.http).status)

    def status(self):
        self._thread.join(HANG)
        return self.statuses[0]


@pytest.fixture
def make():
    made = []

    def start(**options):
        made.append(Server(async_mode="threading", **options))
        return made[0]

    yield start
    made[0].driver.stop()


@pytest.fixture
def reasons():
    return []


def watch(server, reasons):
    left = threading.Event()

    @server.event
    def disconnect(sid, reason):
        reasons.append((str(reason), reason.detail))
        left.set()

    return left


def test_a_body_that_does_not_come_is_given_up(make, reasons, caplog):
    server = make(body_timeout=0.05)
    left = watch(server, reasons)
    posting = Posting(server, connect(server))
    assert posting.status() == 408
    assert left.wait(HANG)
    assert reasons == [("transport error", "request body took too long")]
    assert "request refused: request body took too long (see body_timeout)" in caplog.text


def test_a_body_does_not_outlive_its_session(make):
    server = make()
    query = connect(server)
    posting = Posting(server, query)
    assert post(server, query, HTTP(b"3")).status == 400  # overlaps, which ends the session
    assert posting.status() == 400


def test_a_shutdown_does_not_wait_for_a_body(make, reasons):
    server = make()
    watch(server, reasons)
    posting = Posting(server, connect(server))
    server.shutdown(drain=0.05)
    assert posting.status() in (400, 408)
    assert reasons == [("server disconnect", "server shutting down")]


def test_a_body_in_too_many_chunks_is_refused(make, reasons):
    server = make(max_body_chunks=7)
    left = watch(server, reasons)
    query = connect(server)
    assert post(server, query, InChunks()).status == 413
    assert left.wait(HANG)


def test_the_limits_are_those_of_the_options(make):
    server = make(max_body_chunks=7, max_http_buffer_size=1000)
    query = connect(server)
    posting = Posting(server, query)
    assert posting.http.limits == (1000, 7)
    posting.http.stop()  # the client hangs up
    assert posting.status() == 400
    assert not server.eio.sockets

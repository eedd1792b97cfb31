"""`endpoint.py`: others have their turn while one client sends ever more."""

import contextlib

import pytest

from sio_core.websocket import PING, TEXT, FrameReader, frame_masked
from sio_server.serving.proxies import TrustedProxies
from sio_wsgi.endpoint import CHUNKED_READ, MUCH, WSGIRequest, _read

KEY = b"\1\2\3\4"


class Connection:
    """Counts turns of others, and what comes between two of them."""

    def __init__(self):
        self.turns = 0
        self.codes = []

    def receive(self, frame):
        pass

    def pong(self, payload):
        pass

    def end(self, code, reason=""):
        self.codes.append(code)

    def let_others_run(self):
        self.turns += 1


def frame(first, payload=b""):
    return frame_masked(first, payload, KEY)


@pytest.mark.parametrize(
    ("piece", "codes"),
    [
        (frame(0, b"x"), []),
        (frame(PING), []),
        (b"\xff" * 6, [1002]),
    ],
    ids=["fragments", "pings", "noise"],
)
def test_others_have_their_turn_behind_each_read_that_brings_much(piece, codes):
    connection = Connection()
    much = piece * (MUCH // len(piece) + 1)
    reads = [frame(TEXT & 0x7F, b"4"), much, much, much, piece, b""]
    _read(connection, lambda: reads.pop(0), FrameReader(1_000_000))
    assert connection.turns >= 3
    assert connection.codes == codes


class Stream:
    """The body of a request, of which each read brings at most `most` bytes."""

    def __init__(self, size, most):
        self.left = size
        self.most = most

    def read(self, size):
        size = min(size, self.left, self.most)
        self.left -= size
        return bytes(size)


def chunked(stream, driver):
    environ = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": stream}
    return WSGIRequest(environ, TrustedProxies(()), driver)


def test_a_body_in_chunks_is_read_in_turns():
    driver = Connection()
    size = 10 * CHUNKED_READ
    request = chunked(Stream(size, size), driver)
    assert request.body(size, max_chunks=1) == bytes(size), "full reads are no chunks"
    assert driver.turns == 10


class RestRead:
    """A socket of a web server that reads what is left of a body."""

    reads_rest = True

    def answered(self):
        pass


class Counting(Connection):
    def __init__(self):
        super().__init__()
        self.requests = 1

    def count_request(self, change):
        self.requests += change


def test_what_nobody_wanted_of_a_body_in_chunks_is_read_in_turns_once_the_answer_is_sent():
    driver = Counting()
    stream = Stream(10 * CHUNKED_READ, CHUNKED_READ)
    request = chunked(stream, driver)
    request.end()
    assert (driver.requests, driver.turns, stream.left) == (0, 0, 10 * CHUNKED_READ)
    request.socket = RestRead()
    request.end()
    assert (driver.turns, stream.left) == (10, 0)


@pytest.mark.parametrize(("module", "raises"), [("gevent.pywsgi", True), ("builtins", False)])
def test_the_web_server_hears_what_is_wrong_with_the_rest(module, raises):
    class Invalid(OSError):
        __module__ = module

    class Broken:
        def read(self, size):
            raise Invalid

    request = chunked(Broken(), Counting())
    request.socket = RestRead()
    with pytest.raises(Invalid) if raises else contextlib.nullcontext():
        request.end()


def test_the_chunks_of_a_body_are_counted_where_the_web_server_shows_them():
    assert chunked(Stream(10, 1), Connection()).body(100, max_chunks=10) == bytes(10)
    assert chunked(Stream(11, 1), Connection()).body(100, max_chunks=10) is None
    assert chunked(Stream(101, 1000), Connection()).body(100, max_chunks=10) is None

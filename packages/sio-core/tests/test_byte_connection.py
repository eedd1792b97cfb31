"""`byte_connection.py`: what a socket is given, and when a client has had its time."""

from collections.abc import Callable
from typing import Any

import pytest

from sio_core import ByteConnection, Entrance, Request, engineio
from sio_core.websocket import TEXT, frame_masked

KEY = (b"Sec-WebSocket-Key", b"dGhlIHNhbXBsZSBub25jZQ==")
OPENING = (
    *((b"Host", b"a"), (b"Upgrade", b"websocket"), (b"Connection", b"Upgrade")),
    *((b"Sec-WebSocket-Version", b"13"), KEY),
)


class Timer:
    """A timer of the driver."""

    def __init__(self, when: float, function: Callable[[], object]) -> None:
        self.when, self.function = when, function
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Socket:
    """A socket that keeps what it is given."""

    def __init__(self, *, gone: bool = False) -> None:
        self.data, self.ended, self.aborted, self.gone = b"", False, False, gone

    def write(self, data: bytes) -> None:
        assert not self.ended
        self.data += data

    def write_eof(self) -> None:
        self.ended = True
        if self.gone:
            raise OSError("not connected")

    def abort(self) -> None:
        self.aborted = True


class Driver:
    """A server whose clock stands still, and whose application answers each message."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[Timer] = []
        self.events: list[Any] = []
        self.engine = engineio.Server(new_sid=lambda: "sid")
        self.entrance = Entrance(
            self.engine, self.handle, clock=lambda: self.now, call_at=self.call_at
        )

    def call_at(self, when: float, function: Callable[[], object]) -> Timer:
        self.timers.append(Timer(when, function))
        return self.timers[-1]

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        for timer in [timer for timer in self.timers if not timer.cancelled]:
            if timer.when <= self.now:
                timer.cancelled = True
                timer.function()

    def handle(self, event: engineio.Event) -> None:
        self.events.append(event)
        if isinstance(event, engineio.Message):
            event.session.send(engineio.message("heard"))
            self.entrance.settle()

    def connect(self, socket: Socket, **more: Any) -> ByteConnection:
        return ByteConnection(self.entrance, self.engine, socket, **more)

    def request(self, query: str, method: bytes = b"GET", headers: Any = ()) -> tuple[Any, Socket]:
        """A connection whose client has sent the head of a request."""
        socket = Socket()
        connection = self.connect(socket)
        target = b"/socket.io/?EIO=4&transport=" + query.encode()
        connection.start(Request.from_bytes(method, target, headers, "1.2.3.4"))
        return connection, socket


def test_a_request_is_answered_and_this_side_ended() -> None:
    driver = Driver()
    connection, socket = driver.request("polling")
    assert socket.data.startswith(b"HTTP/1.1 200 OK\r\n")
    assert (socket.ended, socket.aborted) == (True, False)
    assert isinstance(driver.events[0], engineio.Opened)
    connection.end_body()
    connection.receive(b"and another request")
    connection.lost()
    driver.pass_time(25)
    assert (socket.data.count(b"HTTP/1.1"), socket.aborted) == (1, False)


def test_a_poll_waits_until_the_core_has_something() -> None:
    driver = Driver()
    driver.request("polling")
    poll, waiting = driver.request("polling&sid=sid")
    poll.end_body()
    assert waiting.data == b""
    post, sent = driver.request("polling&sid=sid", b"POST")
    for piece in (b"4he", b"", b"llo"):
        post.receive(piece)
    post.end_body()
    assert [event.data for event in driver.events[1:]] == ["hello"]
    assert sent.data.endswith(b"\r\n\r\nok")
    assert waiting.data.endswith(b"\r\n\r\n4heard")
    assert waiting.ended


def test_a_request_may_become_a_websocket() -> None:
    driver = Driver()
    connection, socket = driver.request("websocket", headers=OPENING)
    assert socket.data.startswith(b"HTTP/1.1 101 ")
    hello = frame_masked(TEXT, b"4hello", b"\1\2\3\4")
    connection.receive(hello)
    assert socket.data.endswith(b"\x81\x064heard")
    written = len(socket.data)
    connection.block(True)
    connection.receive(hello)
    assert len(socket.data) == written
    connection.block(False)
    assert socket.data[written:] == b"\x81\x064heard"
    assert not socket.ended
    connection.lost()
    assert isinstance(driver.events[-1], engineio.Closed)


@pytest.mark.parametrize("gone", [False, True])
def test_what_is_no_request_is_refused(gone: bool) -> None:
    driver = Driver()
    socket = Socket(gone=gone)
    connection = driver.connect(socket)
    connection.fail()
    assert socket.data.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert socket.ended
    connection.receive(b"more")
    connection.end_body()
    connection.block(True)
    connection.wake()
    driver.pass_time(24.9)
    assert not socket.aborted
    driver.pass_time(0.1)
    assert socket.aborted
    connection.lost()


def test_a_body_that_is_none_ends_the_connection_at_once() -> None:
    driver = Driver()
    driver.request("polling")
    connection, socket = driver.request("polling&sid=sid", b"POST")
    connection.fail()
    assert (socket.data, socket.aborted) == (b"", True)
    connection.lost()
    assert isinstance(driver.events[-1], engineio.Closed)


def test_a_client_has_a_time_for_its_head() -> None:
    driver = Driver()
    slow, told, quick = Socket(), Socket(), Socket()
    driver.connect(slow)
    driver.connect(told, patience=5)
    driver.connect(quick).lost()
    driver.pass_time(5)
    assert [socket.aborted for socket in (slow, told, quick)] == [False, True, False]
    driver.pass_time(20)
    assert [socket.aborted for socket in (slow, told, quick)] == [True, True, False]


def test_what_is_left_at_the_end_is_aborted() -> None:
    driver = Driver()
    waiting, gone = Socket(), Socket()
    driver.connect(waiting)
    driver.connect(gone).lost()
    driver.entrance.stop()
    assert (waiting.aborted, gone.aborted) == (True, False)

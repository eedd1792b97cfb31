"""`byte_exchange.py`: a request, its body, its response or WebSocket, as bytes of a connection."""

from typing import Any

import pytest

from sio_core import Request
from sio_core.engineio import (
    Abandoned,
    Authorize,
    ByteExchange,
    Message,
    Opened,
    Session,
    Suspend,
    message,
)
from sio_core.values import Headers
from sio_core.websocket import TEXT, Close, FrameReader, frame_masked

from .support import POLLING, WEBSOCKET, World

OPENING: Headers = (
    ("host", "a"),
    ("upgrade", "websocket"),
    ("connection", "Upgrade"),
    ("sec-websocket-version", "13"),
    # The example of RFC 6455, section 1.3.
    ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
)
ACCEPTED = b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"


def begin(
    world: World, query: str = POLLING, method: str = "GET", headers: Headers = ()
) -> ByteExchange:
    """A request, up to the end of its head; it is its own driver's sink."""
    exchange = ByteExchange(world.server, Request(method, query, headers), "driver")
    world.exchanges.append(exchange.exchange)
    world.note(exchange.start(world.now))
    return exchange


def whole(world: World, *arguments: Any) -> bytes:
    """A request without a body. Returns its response."""
    exchange = begin(world, *arguments)
    world.note(exchange.end_body(world.now))
    return exchange.take()


def post(world: World, session: Session) -> ByteExchange:
    return begin(world, f"{POLLING}&sid={session.sid}", "POST")


def status(data: bytes) -> int:
    return int(data.split(b" ")[1])


def test_a_handshake_is_answered_once() -> None:
    world = World()
    exchange = begin(world)
    [event] = world.events
    assert isinstance(event, Opened)
    world.note(exchange.end_body(world.now))
    assert not exchange.over
    data = exchange.take()
    assert (status(data), b'\r\n\r\n0{"sid":"sid1"' in data) == (200, True)
    assert (exchange.over, exchange.upgraded) == (True, False)
    assert exchange.take() == b""
    assert exchange.lost(world.now) == []


def test_the_host_is_read_from_the_headers() -> None:
    headers: Headers = (("origin", "http://a.example"), ("host", "a.example"))
    assert status(whole(World(), POLLING, "GET", headers)) == 200
    assert status(whole(World(), POLLING, "GET", headers[:1])) == 400


def test_the_answer_to_head_has_no_body() -> None:
    data = whole(World(), POLLING, "HEAD")
    assert status(data) == 400
    assert data.endswith(b"\r\n\r\n")


# Bodies -------------------------------------------------------------------------


def test_a_body_may_come_in_pieces() -> None:
    world = World()
    exchange = post(world, world.poller())
    for byte in "4ä\x1e4b".encode():
        assert world.note(exchange.receive(bytes([byte]), world.now)) == []
    assert exchange.take() == b""
    events = world.note(exchange.end_body(world.now))
    assert [event.data for event in events if isinstance(event, Message)] == ["ä", "b"]
    assert exchange.take().endswith(b"\r\n\r\nok")


@pytest.mark.parametrize(
    ("limit", "pieces"),
    [
        ({"max_payload": 10}, [b"4234567890", b"1"]),
        ({"max_payload": 10}, [b"42345678901"]),
        ({"max_body_chunks": 3}, [b"4", b"", b"", b""]),
    ],
)
def test_a_body_that_is_too_large_ends_its_session(
    limit: dict[str, int], pieces: list[bytes]
) -> None:
    world = World(**limit)
    exchange = post(world, world.poller())
    for piece in pieces:
        assert world.reasons == []
        world.note(exchange.receive(piece, world.now))
    assert world.reasons == ["transport error (payload too large)"]
    assert status(exchange.take()) == 413
    assert world.note(exchange.receive(b"more", world.now)) == []
    assert world.note(exchange.end_body(world.now)) == []
    assert exchange.take() == b""


def test_a_body_at_the_limit_is_taken() -> None:
    world = World(max_payload=10, max_body_chunks=2)
    exchange = post(world, world.poller())
    for piece in (b"42345", b"67890"):
        world.note(exchange.receive(piece, world.now))
    world.note(exchange.end_body(world.now))
    assert world.messages == ["234567890"]


def test_a_body_that_nobody_asked_for_is_dropped() -> None:
    world = World()
    exchange = begin(world)
    assert world.note(exchange.receive(b"4", world.now)) == []
    assert world.note(exchange.end_body(world.now)) == []
    assert status(exchange.take()) == 200


def test_a_body_that_is_late_is_refused() -> None:
    world = World(body_timeout=1)
    exchange = post(world, world.poller())
    world.note(world.server.handle_timeout(1.0))
    assert exchange.exchange in world.server.take_ready()
    world.note(exchange.resume(1.0))
    assert status(exchange.take()) == 408


def test_half_a_body_ends_its_session() -> None:
    world = World()
    exchange = post(world, world.poller())
    world.note(exchange.receive(b"4", world.now))
    world.note(exchange.lost(world.now))
    assert len(world.reasons) == 1
    assert (exchange.over, exchange.take()) == (True, b"")


# Polls --------------------------------------------------------------------------


def test_a_poll_waits_for_its_sink() -> None:
    world = World()
    session = world.poller()
    exchange = begin(world, f"{POLLING}&sid={session.sid}")
    world.note(exchange.end_body(world.now))
    assert isinstance(exchange.exchange.step, Suspend)
    assert (exchange.take(), exchange.over) == (b"", False)
    exchange.block(True)
    session.send(message("hello"))
    [sink] = world.server.take_ready()
    assert sink.driver == "driver"
    world.note(exchange.resume(world.now))
    assert exchange.take().endswith(b"\r\n\r\n4hello")
    assert exchange.over


def test_a_poll_whose_client_is_gone_ends_its_session() -> None:
    world = World()
    session = world.poller()
    exchange = begin(world, f"{POLLING}&sid={session.sid}")
    world.note(exchange.lost(world.now))
    assert len(world.reasons) == 1


# WebSockets -----------------------------------------------------------------------


def read(data: bytes) -> list[Any]:
    return FrameReader(10_000, masked=False).feed(data)


def test_a_request_becomes_a_websocket() -> None:
    world = World()
    exchange = begin(world, WEBSOCKET, "GET", OPENING)
    assert exchange.upgraded
    world.note(exchange.end_body(world.now))
    [sink] = world.server.take_ready()
    assert sink.driver == "driver"
    head, _, frames = exchange.take().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 ")
    assert ACCEPTED in head + b"\r\n"
    assert len(read(frames)) == 1
    world.note(exchange.receive(frame_masked(TEXT, b"4hello", b"abcd"), world.now))
    assert world.messages == ["hello"]
    world.note(exchange.resume(world.now))
    assert (exchange.take(), exchange.over) == (b"", False)
    [session] = world.sessions
    session.send(message("a"))
    exchange.block(True)
    assert exchange.take() == b""
    exchange.block(False)
    assert read(exchange.take()) == ["4a"]
    world.note(world.server.close(session, world.now))
    assert read(exchange.take()) == [Close(1000, "")]
    assert exchange.over
    world.note(exchange.lost(world.now))
    assert world.server.sessions == {}


def test_a_websocket_that_is_lost_ends_its_session() -> None:
    world = World()
    exchange = begin(world, WEBSOCKET, "GET", OPENING)
    exchange.take()
    world.note(exchange.lost(world.now))
    assert world.reasons == ["transport close"]
    assert exchange.take() == b""


def test_a_wrong_opening_handshake_is_refused_and_leaves_nothing() -> None:
    world = World()
    session = world.poller()
    query = f"{WEBSOCKET}&sid={session.sid}"
    exchange = begin(world, query, "GET", OPENING[:4])
    assert (exchange.upgraded, session.probe) == (False, None)
    world.note(exchange.resume(world.now))
    assert status(exchange.take()) == 400
    assert exchange.over
    world.note(exchange.lost(world.now))
    assert world.reasons == []


def test_a_websocket_that_the_core_refuses_is_an_ordinary_response() -> None:
    data = whole(World(), WEBSOCKET + "&sid=unknown", "GET", OPENING)
    assert status(data) == 400


def test_the_application_may_be_asked_first() -> None:
    world = World(authorize=True)
    exchange = begin(world, WEBSOCKET, "GET", OPENING)
    assert isinstance(exchange.exchange.step, Authorize)
    assert exchange.take() == b""
    world.note(exchange.exchange.allow(world.now))
    world.note(exchange.resume(world.now))
    assert exchange.upgraded
    assert exchange.take().startswith(b"HTTP/1.1 101 ")


def test_a_client_may_be_gone_before_its_websocket_is_made() -> None:
    world = World(authorize=True)
    exchange = begin(world, WEBSOCKET, "GET", OPENING)
    world.note(exchange.exchange.allow(world.now))
    assert [type(event) for event in world.note(exchange.lost(world.now))] == [Abandoned]
    assert world.server.sessions == {}

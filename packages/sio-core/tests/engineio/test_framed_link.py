"""`framed_link.py`: a WebSocket as the bytes of its socket."""

from sio_core.engineio import Closed, Config, FramedLink, Message, message
from sio_core.websocket import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    Close,
    FrameReader,
    Received,
    close_payload,
    frame_masked,
    unmask,
)

from .support import WEBSOCKET, World, handshake_link

KEY = b"\x01\x02\x03\x04"


def masked(first: int, payload: bytes) -> bytes:
    return frame_masked(first, payload, KEY)


def read(data: bytes) -> list[Received]:
    """What a client reads."""
    return FrameReader(10_000_000, masked=False).feed(data)


def begin(**settings: int) -> tuple[World, FramedLink]:
    """A new session on a framed link, whose open packet was taken."""
    world = World(**settings)
    link = handshake_link(world.start(WEBSOCKET, websocket=True))
    framed = FramedLink(link, world.server.config)
    world.note(framed.opened(world.now))
    [first] = read(framed.take())
    assert isinstance(first, str)
    assert first.startswith("0{")
    return world, framed


def receive(world: World, framed: FramedLink, data: bytes) -> None:
    world.note(framed.receive(data, world.now))


def test_frames_are_messages_in_any_pieces() -> None:
    world, framed = begin()
    data = masked(TEXT, "4ä€".encode()) + masked(BINARY, b"\0" * 300) + masked(TEXT, b"4")
    for byte in data:
        receive(world, framed, bytes([byte]))
    receive(world, framed, data)
    assert world.messages == ["ä€", b"\0" * 300, ""] * 2
    assert framed.take() == b""
    assert not framed.over


def test_messages_are_taken_as_frames_in_order() -> None:
    _, framed = begin()
    for data in ("a", b"b", "c"):
        framed.link.session.send(message(data))
    assert read(framed.take()) == ["4a", b"b", "4c"]
    assert framed.take() == b""


def test_only_the_last_ping_is_answered() -> None:
    world, framed = begin()
    receive(world, framed, masked(PING, b"1") + masked(PING, b"2") + masked(PONG, b"none"))
    framed.link.session.send(message("a"))
    [pong, text] = read(framed.take())
    assert (getattr(pong, "payload", None), text) == (b"2", "4a")
    assert framed.take() == b""


def test_a_socket_that_is_full_gets_nothing_until_it_is_not() -> None:
    world, framed = begin()
    framed.link.blocked = True
    framed.link.session.send(message("a"))
    receive(world, framed, masked(PING, b"1") + masked(TEXT, b"4still read"))
    assert (framed.take(), world.messages) == (b"", ["still read"])
    framed.link.blocked = False
    assert len(read(framed.take())) == 2


def test_a_socket_that_is_full_gets_its_end() -> None:
    world, framed = begin()
    framed.link.session.send(message("a"))
    framed.link.blocked = True
    world.note(world.server.close(framed.link.session, world.now))
    assert read(framed.take()) == ["4a", Close(1000, "")]
    assert framed.over
    assert framed.take() == b""


def test_a_client_that_closes_is_answered_and_its_session_ends() -> None:
    world, framed = begin()
    framed.link.session.send(message("late"))
    receive(world, framed, masked(TEXT, b"4last") + masked(CLOSE, close_payload(1001, "bye")))
    assert (world.messages, world.reasons) == (["last"], ["transport close"])
    assert read(framed.take()) == [Close(1001, "bye")]
    assert framed.over
    receive(world, framed, masked(TEXT, b"4behind the end"))
    world.note(framed.lost(world.now))
    assert (world.messages, world.reasons) == (["last"], ["transport close"])


def test_a_close_frame_without_a_code_is_answered_with_one_without() -> None:
    world, framed = begin()
    receive(world, framed, masked(CLOSE, b""))
    assert read(framed.take()) == [Close(1005, "")]


def test_frames_that_break_the_protocol_end_the_session() -> None:
    world, framed = begin()
    receive(world, framed, b"\x81\x00")
    assert world.reasons == ["transport error (WebSocket protocol error)"]
    assert read(framed.take()) == [Close(1002, "frame is not masked")]
    assert framed.over


def test_the_limits_of_the_configuration_hold() -> None:
    world, framed = begin(max_payload=10)
    receive(world, framed, masked(TEXT, b"4" * 11))
    assert read(framed.take()) == [Close(1009, "message too big")]
    world, framed = begin(max_fragments=2)
    receive(world, framed, masked(0x01, b"4") + masked(0x00, b"") * 3)
    assert read(framed.take()) == [Close(1008, "too many fragments")]


def test_another_way_to_unmask() -> None:
    world = World()
    link = handshake_link(world.start(WEBSOCKET, websocket=True))
    seen = []

    def own(payload: bytes, key: bytes) -> bytes:
        seen.append(key)
        return bytes(unmask(payload, key))

    framed = FramedLink(link, Config(), own)
    world.note(framed.opened(0))
    [event] = world.note(framed.receive(masked(TEXT, b"4" + b"x" * 200), 0))
    assert isinstance(event, Message)
    assert (event.data, seen) == ("x" * 200, [KEY])


def test_a_socket_that_breaks_ends_the_session() -> None:
    world, framed = begin()
    [event] = world.note(framed.lost(world.now, error="reset"))
    assert isinstance(event, Closed)
    assert world.reasons == ["transport error (reset)"]
    assert (framed.over, framed.take()) == (True, b"")

"""`older_client.py`: what is different in Engine.IO protocol 3."""

import pytest

from sio_core.engineio import (
    ClientState,
    ConnectionOpened,
    MessageReceived,
    OpenWebSocket,
    SendHTTP,
)
from sio_core.engineio.client import OlderClient
from sio_core.prepared import Prepared

from .support import INTERVAL, PATIENCE, TIMEOUT, Caller, open_packet

TEXT = "text/plain; charset=UTF-8"
BINARY = "application/octet-stream"


def text_payload(*packets: str) -> str:
    return "".join(f"{len(packet)}:{packet}" for packet in packets)


def caller(*transports: str) -> Caller:
    return Caller(OlderClient, transports=transports or ("polling",)).open()


def polling(**changes: object) -> Caller:
    """An open connection that stays on polling."""
    older = caller()
    older.answer("GET", text_payload(open_packet(upgrades=[], **changes)))
    return older


def websocket(**changes: object) -> Caller:
    """An open connection that began on a WebSocket."""
    older = caller("websocket")
    older.opened()
    older.frame(open_packet(upgrades=[], **changes))
    return older


def content_types(older: Caller) -> list[str | None]:
    actions = older.actions
    return [a.content_type for a in actions if isinstance(a, SendHTTP) and a.method == "POST"]


# Handshake ---------------------------------------------------------------------


def test_the_query_names_the_protocol() -> None:
    older = Caller(OlderClient, timestamps=False).open()
    assert older.actions == [SendHTTP(1, "GET", "EIO=3&transport=polling")]
    older = Caller(OlderClient, transports=("websocket",), timestamps=False).open()
    assert older.actions == [OpenWebSocket(1, "EIO=3&transport=websocket")]
    assert older.client.revision == 3


def test_an_open_packet_in_a_payload_of_text_opens_the_connection() -> None:
    older = caller()
    older.answer("GET", text_payload(open_packet(), "40", "4é", "b4AQI="))
    assert older.events[0] == ConnectionOpened()
    assert older.messages == ["0", "é", b"\x01\x02"]
    assert older.client.sid == "abc"


def test_an_open_packet_in_a_payload_of_bytes_opens_the_connection() -> None:
    older = caller()
    packet = open_packet().encode()
    length = bytes(int(digit) for digit in str(len(packet)))
    older.answer("GET", b"\x00" + length + b"\xff" + packet + b"\x01\x03\xff\x04\x01\x02")
    assert older.events == [ConnectionOpened(), MessageReceived(b"\x01\x02")]


@pytest.mark.parametrize("body", ["", "x", open_packet(), "2:40", "9:0"])
def test_what_is_no_open_packet_ends_the_attempt(body: str) -> None:
    older = caller()
    older.answer("GET", body)
    assert older.reason.startswith("parse error")


# Messages ----------------------------------------------------------------------


def test_text_is_sent_in_a_payload_of_text() -> None:
    older = polling()
    older.send("4hello")
    assert older.posts == [b"6:4hello"]
    assert content_types(older) == [TEXT]
    older.send("4a")
    older.send("4b")
    older.answer("POST")
    assert older.posts[1:] == [b"2:4a2:4b"]


@pytest.mark.parametrize(
    ("frames", "body"),
    [
        (("4é",), b"\x00\x03\xff4\xc3\xa9"),
        (("4a", b"\x01"), b"\x00\x02\xff4a\x01\x02\xff\x04\x01"),
    ],
)
def test_all_else_is_sent_in_a_payload_of_bytes(
    frames: tuple[str | bytes, ...], body: bytes
) -> None:
    older = polling()
    older.send(*frames)
    assert older.posts == [body]
    assert content_types(older) == [BINARY]


def test_bytes_have_their_type_in_front_on_a_websocket() -> None:
    older = websocket()
    older.send("4é", b"\x01\x02")
    assert older.frames == ["4é", b"\x04\x01\x02"]
    older.frame("4é", b"\x04\x01\x02", "b4AQI=", b"\x04")
    assert older.messages == ["é", b"\x01\x02", b"\x01\x02", b""]


@pytest.mark.parametrize("frame", [b"", b"\x07x", "b4!", "b", "x", ""])
def test_what_is_no_packet_ends_the_connection(frame: str | bytes) -> None:
    older = websocket()
    older.frame(frame)
    assert older.reason.startswith("parse error")


def test_bytes_of_another_type_are_that_packet() -> None:
    older = websocket()
    older.frame(b"\x06ignored")
    assert older.losses == []
    older.frame(b"\x01")
    assert older.reason == "transport close"


def test_the_server_ends_the_connection() -> None:
    older = polling()
    older.answer("GET", "1:61:1")
    assert older.reason == "transport close"


def test_a_payload_that_lies_ends_the_connection() -> None:
    older = polling()
    older.answer("GET", "9:4a")
    assert older.reason.startswith("parse error")


def test_the_goodbye_over_polling_follows_what_was_sent() -> None:
    older = polling()
    older.client.send(Prepared(("4a",)))
    older.close()
    assert older.posts == [b"2:4a1:1"]
    older.answer("POST")
    assert older.reason == "forced close"


def test_what_is_larger_than_the_server_takes() -> None:
    older = polling()
    assert not older.client.too_large(Prepared(("4" + "x" * 90,)))
    assert older.client.too_large(Prepared(("4" + "x" * 97,)))
    assert websocket().client.too_large(Prepared((bytes(100),)))
    assert not websocket(maxPayload=None).client.too_large(Prepared((bytes(100),)))


# Upgrade -----------------------------------------------------------------------


def test_the_upgrade_is_that_of_protocol_4() -> None:
    older = caller("polling", "websocket")
    older.answer("GET", text_payload(open_packet()))
    older.opened()
    assert older.frames == ["2probe"]
    older.frame("3probe")
    older.send("4a", b"\x01")
    assert older.posts == []
    older.answer("GET", "1:6")
    assert older.upgraded
    assert older.frames == ["2probe", "5", "4a", b"\x04\x01"]


def test_bytes_on_a_websocket_that_is_probed_end_the_probe_alone() -> None:
    older = caller("polling", "websocket")
    older.answer("GET", text_payload(open_packet()))
    older.opened()
    older.frame(b"")
    assert older.client.state is ClientState.OPEN
    assert not older.busy("socket")


# Heartbeat ---------------------------------------------------------------------


def test_the_client_sends_the_pings() -> None:
    older = websocket()
    assert older.client.quiet_until == older.clock.now + INTERVAL
    older.wait(INTERVAL - 1)
    assert older.frames == []
    older.wait(1)
    assert older.frames == ["2"]
    older.wait(2)
    moves = older.client.moves.count
    older.frame("3")
    assert older.client.moves.count == moves + 1
    assert older.client.quiet_until == older.clock.now - 2 + INTERVAL
    older.wait(INTERVAL - 2)
    assert older.frames == ["2", "2"]
    assert older.losses == []


def test_pings_are_sent_over_polling_too() -> None:
    older = polling()
    older.wait(INTERVAL)
    assert older.posts == [b"1:2"]
    older.answer("POST")
    older.answer("GET", "1:3")
    older.wait(INTERVAL)
    assert older.posts == [b"1:2", b"1:2"]


@pytest.mark.parametrize("make", [polling, websocket])
def test_a_server_that_says_nothing_is_gone(make: object) -> None:
    older = polling() if make is polling else websocket()
    older.wait(PATIENCE - 1)
    assert older.losses == []
    older.wait(1)
    assert older.reason == "ping timeout"


def test_whatever_comes_behind_a_ping_shows_that_the_server_is_there() -> None:
    for older, say in (
        (websocket(), lambda caller: caller.frame("4a")),
        (polling(), lambda caller: caller.answer("GET", "2:4a")),
    ):
        say(older)  # before the ping: that shows nothing
        older.wait(INTERVAL + 1)
        say(older)
        older.wait(TIMEOUT - 1)
        assert older.losses == []
        older.wait(TIMEOUT)
        assert older.reason == "ping timeout"


def test_a_pong_that_nobody_waits_for_and_a_ping_mean_nothing() -> None:
    older = websocket()
    older.wait(1)
    older.frame("3", "2")
    older.wait(INTERVAL - 1)
    assert older.frames == ["2"]


def test_an_early_call_does_nothing() -> None:
    older = websocket()
    older.tick()
    assert older.frames == []
    fresh = caller()
    fresh.tick()
    assert fresh.losses == []
    fresh.wait(5)
    assert fresh.reason == "transport error (no open packet in time)"
    fresh.tick()


def test_a_websocket_that_opens_and_says_nothing_may_be_a_refusal() -> None:
    older = Caller(OlderClient, transports=("websocket",)).open()
    older.opened()
    older.wait(5)
    assert older.reason.startswith("transport error (no open packet in time, as from a server")
    assert "option protocol" in older.reason


def test_too_much_that_waits_ends_the_connection_when_a_ping_is_due() -> None:
    older = Caller(OlderClient, transports=("polling",), max_queue_bytes=10).open()
    older.answer("GET", text_payload(open_packet(upgrades=[])))
    older.send("4a")
    older.client.send(Prepared(("4" + "x" * 20,)))
    older.wait(INTERVAL)
    assert older.reason.startswith("transport error (too many bytes")

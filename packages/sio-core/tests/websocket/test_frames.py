"""`websocket/frames.py` against wsproto, byte for byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, TextMessage
from wsproto.frame_protocol import CloseReason, FrameProtocol

from sio_core.websocket import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    Close,
    FrameReader,
    Ping,
    Pong,
    close_payload,
    frame_binary,
    frame_close,
    frame_masked,
    frame_ping,
    frame_pong,
    frame_text,
)

SIZES = [0, 1, 125, 126, 127, 65535, 65536, 70000]  # around the limits of the length forms


@pytest.mark.parametrize("size", SIZES)
def test_frames_are_those_of_wsproto(size: int) -> None:
    server = Connection(ConnectionType.SERVER)
    assert frame_text("x" * size) == server.send(TextMessage("x" * size))
    assert frame_binary(b"\x00" * size) == server.send(BytesMessage(b"\x00" * size))


def test_control_frames_byte_for_byte() -> None:
    assert (frame_ping(b"a"), frame_pong(b"")) == (b"\x89\x01a", b"\x8a\x00")
    # RFC 6455, section 7.4.1: neither of the two is ever sent.
    assert frame_close(1006) == frame_close(1015, "") == b"\x88\x02\x03\xe8"
    assert frame_close(1006, "a") == b"\x88\x03\x03\xe8a"


def test_length_counts_bytes_of_utf8() -> None:
    assert frame_text("€") == b"\x81\x03\xe2\x82\xac"


def test_lone_surrogates_do_not_fail() -> None:
    assert frame_text("\ud800") == b"\x81\x03\xef\xbf\xbd"


@given(st.one_of(st.text(st.characters(codec="utf-8")), st.binary()))
def test_a_message_equals_wsproto(message: str | bytes) -> None:
    ours = frame_text(message) if isinstance(message, str) else frame_binary(message)
    assert ours == FrameProtocol(client=False, extensions=[]).send_data(message)


@given(st.binary(max_size=125))
def test_pings_and_pongs_equal_wsproto(payload: bytes) -> None:
    wsproto = FrameProtocol(client=False, extensions=[])
    assert frame_ping(payload) == wsproto.ping(payload)
    assert frame_pong(payload) == wsproto.pong(payload)


@given(
    st.sampled_from([1000, 1001, 1002, 1003, 1006, 1007, 1009, 1011, 1012, 1015, 3000, 4999]),
    st.text(st.characters(codec="utf-8")),
)
def test_a_close_equals_wsproto(code: int, reason: str) -> None:
    expected = FrameProtocol(client=False, extensions=[]).close(code, reason)
    assert frame_close(code, reason) == expected


def test_a_close_without_a_code() -> None:
    # RFC 6455, section 7.1.5: 1005 is what the peer then knows; it is never sent.
    expected = FrameProtocol(client=False, extensions=[]).close(CloseReason.NO_STATUS_RCVD)
    assert frame_close(1005) == expected


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("key", [b"\x00\x00\x00\x00", b"\x01\x80\xfe\x37"])
def test_masked_frames_are_read_by_wsproto(size: int, key: bytes) -> None:
    server = Connection(ConnectionType.SERVER)
    server.receive_data(frame_masked(TEXT, b"x" * size, key))
    server.receive_data(frame_masked(BINARY, b"\x00" * size, key))
    text, data = server.events()
    assert isinstance(text, TextMessage)
    assert isinstance(data, BytesMessage)
    assert (text.data, data.data) == ("x" * size, b"\x00" * size)


@given(st.binary(max_size=125), st.binary(min_size=4, max_size=4))
def test_masked_control_frames_are_those_that_a_server_reads(payload: bytes, key: bytes) -> None:
    wire = frame_masked(PING, payload, key) + frame_masked(PONG, payload, key)
    wire += frame_masked(CLOSE, close_payload(4000, "€"), key)
    assert FrameReader(1000).feed(wire) == [Ping(payload), Pong(payload), Close(4000, "€")]


def test_a_mask_of_ones_own_is_used() -> None:
    wire = frame_masked(BINARY, b"abc", b"key!", lambda payload, key: payload + key)
    assert wire == b"\x82\x83key!abckey!"

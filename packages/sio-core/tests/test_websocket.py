"""`websocket.py` against wsproto, byte for byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, TextMessage
from wsproto.frame_protocol import CloseReason, FrameProtocol

from sio_core.websocket import frame_binary, frame_close, frame_ping, frame_pong, frame_text

SIZES = [0, 1, 125, 126, 127, 65535, 65536, 70000]  # around the limits of the length forms


@pytest.mark.parametrize("size", SIZES)
def test_frames_are_those_of_wsproto(size: int) -> None:
    server = Connection(ConnectionType.SERVER)
    assert frame_text("x" * size) == server.send(TextMessage("x" * size))
    assert frame_binary(b"\x00" * size) == server.send(BytesMessage(b"\x00" * size))


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

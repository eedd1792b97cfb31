"""`websocket.py` against wsproto, byte for byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, TextMessage
from wsproto.frame_protocol import FrameProtocol

from sio_core.websocket import frame_binary, frame_close, frame_pong, frame_text

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


@given(st.binary(max_size=125))
def test_a_pong_equals_wsproto(payload: bytes) -> None:
    assert frame_pong(payload) == FrameProtocol(client=False, extensions=[]).pong(payload)


@given(
    st.sampled_from([1000, 1001, 1002, 1003, 1007, 1009, 1011, 1012, 3000, 4999]),
    st.text(st.characters(codec="utf-8")),
)
def test_a_close_equals_wsproto(code: int, reason: str) -> None:
    expected = FrameProtocol(client=False, extensions=[]).close(code, reason)
    assert frame_close(code, reason) == expected

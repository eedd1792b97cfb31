"""`websocket.py` against wsproto, byte for byte."""

import pytest
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, TextMessage

from sio_core.websocket import frame_binary, frame_text

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

"""`older/frames.py`: packets of protocol 3 that carry bytes."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sio_core.engineio.older.frames import read_frame, write_frame, write_text_frame
from sio_core.protocol_errors import DecodeError
from sio_core.values import Frame


@pytest.mark.parametrize(
    ("frame", "binary", "text"),
    [
        ("4hello", "4hello", "4hello"),
        ("2probe", "2probe", "2probe"),
        ("", "", ""),
        (b"\x01\x02\x03\x04", b"\x04\x01\x02\x03\x04", "b4AQIDBA=="),
        (b"", b"\x04", "b4"),
    ],
)
def test_the_type_stands_in_front_of_bytes_and_of_their_base64(
    frame: Frame, binary: Frame, text: str
) -> None:
    assert write_frame(frame) == binary
    assert write_text_frame(frame) == text
    assert read_frame(binary) == frame
    assert read_frame(text) == frame


@pytest.mark.parametrize(("frame", "control"), [(b"\x02", "2"), (b"\x01xyz", "1"), ("b3AAAA", "3")])
def test_what_is_behind_another_type_is_dropped(frame: Frame, control: str) -> None:
    assert read_frame(frame) == control


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b"", "unknown packet type"),
        (b"\x07", "unknown packet type"),
        (b"4abc", "unknown packet type"),
        ("b", "unknown packet type"),
        ("b7AAAA", "unknown packet type"),
        ("bAAAA", "binary packet is not base64"),
        ("b4AAA", "binary packet is not base64"),
        ("b4AA==\n", "binary packet is not base64"),
        ("b4A*A=", "binary packet is not base64"),
        ("b4é", "binary packet is not base64"),
    ],
)
def test_what_is_no_packet_is_refused(frame: Frame, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        read_frame(frame)


@given(st.text().map("4{}".format) | st.binary())
def test_round_trip(frame: Frame) -> None:
    assert read_frame(write_frame(frame)) == frame
    assert read_frame(write_text_frame(frame)) == frame


@given(st.binary() | st.text() | st.text().map("b{}".format))
def test_anything_is_a_frame_or_an_error(frame: Frame) -> None:
    with suppress(DecodeError):
        read_frame(frame)

"""Engine.IO messages from the application's data, and packets as they are read."""

import pytest

from sio_core import DecodeError, Frame
from sio_core.engineio import PacketType, message, read_packet


def test_text_gets_the_packet_type_in_front() -> None:
    assert message("hello").frames == ("4hello",)
    assert message("").frames == ("4",)


def test_bytes_travel_as_they_are() -> None:
    assert message(b"\x01\x02").frames == (b"\x01\x02",)
    assert message(b"\x01\x02").payload() == b"bAQI="


@pytest.mark.parametrize(
    ("frame", "kind", "data"),
    [
        ("0{}", PacketType.OPEN, "{}"),
        ("2probe", PacketType.PING, "probe"),
        ("6", PacketType.NOOP, ""),
        ("4hello", PacketType.MESSAGE, "hello"),
        (b"4", PacketType.MESSAGE, b"4"),
        (b"", PacketType.MESSAGE, b""),
    ],
)
def test_a_packet_is_its_type_and_what_it_carries(
    frame: Frame, kind: PacketType, data: Frame
) -> None:
    assert read_packet(frame) == (kind, data)


@pytest.mark.parametrize("frame", ["", "7", "b", "\u0663", "hello"])
def test_a_packet_of_an_unknown_type_is_an_error(frame: str) -> None:
    with pytest.raises(DecodeError, match="unknown Engine"):
        read_packet(frame)

"""Engine.IO messages from the application's data."""

from sio_core.engineio import message


def test_text_gets_the_packet_type_in_front() -> None:
    assert message("hello").frames == ("4hello",)
    assert message("").frames == ("4",)


def test_bytes_travel_as_they_are() -> None:
    assert message(b"\x01\x02").frames == (b"\x01\x02",)
    assert message(b"\x01\x02").payload() == b"bAQI="

"""`older/payload.py`: payloads with lengths, as text and as bytes."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sio_core.engineio.older.payload import (
    decode_payload,
    decode_payload_of_before_2015,
    write_binary_packet,
    write_text_packet,
)
from sio_core.protocol_errors import DecodeError
from sio_core.values import Frame

CUT = "payload ends within a packet"
NO_LENGTH = "payload has no length where one belongs"
NOT_UTF8 = "payload is not UTF-8"
BASE64 = "binary packet is not base64"
UNKNOWN = "unknown packet type"
TOO_MANY = "too many packets in one payload"
HALVED = "payload cuts a character in two"


def as_text(frames: list[Frame]) -> bytes:
    return b"".join(map(write_text_packet, frames))


def as_bytes(frames: list[Frame]) -> bytes:
    return b"".join(map(write_binary_packet, frames))


@pytest.mark.parametrize(
    ("frames", "text"),
    [
        (["4hello"], "6:4hello"),
        (["4hello", "2", "4€"], "6:4hello1:22:4€"),
        (["4😀"], "3:4😀"),
        (["4😀", "4é", "2"], "3:4😀2:4é1:2"),
        ([b"\x01\x02\x03\x04", "4a"], "10:b4AQIDBA==2:4a"),
        ([b""], "2:b4"),
    ],
)
def test_a_length_counts_units_of_utf_16(frames: list[Frame], text: str) -> None:
    assert as_text(frames) == text.encode()
    assert decode_payload(text.encode(), 10) == frames


@pytest.mark.parametrize(
    ("frames", "body"),
    [
        (
            ["4hello", b"\x01\x02\x03\x04"],
            b"\x00\x06\xff4hello\x01\x05\xff\x04\x01\x02\x03\x04",
        ),
        (["4€"], b"\x00\x04\xff4\xe2\x82\xac"),
        ([b"x" * 119], b"\x01\x01\x02\x00\xff\x04" + b"x" * 119),
        ([b""], b"\x01\x01\xff\x04"),
    ],
)
def test_a_length_of_a_binary_payload_counts_bytes(frames: list[Frame], body: bytes) -> None:
    assert as_bytes(frames) == body
    assert decode_payload(body, 10) == frames


def test_a_packet_without_anything_says_nothing() -> None:
    assert decode_payload(b"0:", 1) == []  # how JavaScript writes no packets at all
    assert decode_payload(b"0:2:4a0:", 3) == ["4a"]


def test_base64_may_stand_in_either_form() -> None:
    assert decode_payload(b"\x00\x06\xffb4AQI=", 1) == [b"\x01\x02"]
    assert decode_payload(b"\x01\x01\xff\x02", 1) == ["2"]


@pytest.mark.parametrize("text", ["4\ud800", "4\udc00\ud800", "4x\udfff"])
def test_half_a_character_becomes_a_replacement(text: str) -> None:
    shown = text.replace("\ud800", "\ufffd").replace("\udc00", "\ufffd").replace("\udfff", "\ufffd")
    assert decode_payload(as_text([text]), 1) == [shown]
    assert decode_payload(as_bytes([text]), 1) == [shown]
    raw = text.encode("utf-8", "surrogatepass")
    assert decode_payload(b"\x00%c\xff%b" % (len(raw), raw), 1) == [shown]


def test_two_halves_are_a_character_of_two_units() -> None:
    assert as_text(["4\ud83d\ude00"]) == "3:4😀".encode()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "payload is empty"),
        (b"4hello", NO_LENGTH),
        (b":", NO_LENGTH),
        (b"a:", NO_LENGTH),
        (b"-1:4", NO_LENGTH),
        (b" 1:4", NO_LENGTH),
        (b"1.0:4", NO_LENGTH),
        ("²:4a".encode(), NO_LENGTH),
        ("٢:4a".encode(), NO_LENGTH),
        (b"1", NO_LENGTH),
        (b"9" * 400, NO_LENGTH),
        (b"0" * 10 + b"2:4a", NO_LENGTH),
        (b"9999999999:4a", CUT),
        (b"3:4a", CUT),
        (b"1:4a", NO_LENGTH),
        (b"2:4a2", NO_LENGTH),
        (b"2:4a\n", NO_LENGTH),
        (b"2:4\xff", NOT_UTF8),
        (b"4:4\xed\xa0\x80", NOT_UTF8),
        (b"2:4a5:b4A*A", BASE64),
        (b"3:b9A", BASE64),
        (b"1:b", UNKNOWN),
        (b"2:4a" * 6, TOO_MANY),
        (b"0:" * 6, TOO_MANY),
    ],
)
def test_what_is_no_payload_of_text_is_refused_whole(body: bytes, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        decode_payload(body, 5)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2:4😀", HALVED),  # the first half
        ("3:4😀2:4😀", HALVED),
        ("4:4😀", CUT),
        ("3:4😀x", NO_LENGTH),
        ("3:4😀1", NO_LENGTH),
        ("3:4😀²:4", NO_LENGTH),
        ("3:4😀" * 6, TOO_MANY),
        ("3:4😀" + "1" * 9 + "😀", NO_LENGTH),
        ("3:4😀" + "1" * 10 + "😀", NO_LENGTH),
    ],
)
def test_the_same_beside_characters_of_two_units(text: str, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        decode_payload(text.encode(), 5)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\x00", NO_LENGTH),
        (b"\x01\xff", NO_LENGTH),
        (b"\x00\x01", NO_LENGTH),
        (b"\x00\x0a\xff4", NO_LENGTH),
        (b"\x00" + b"6\xff4hello", NO_LENGTH),
        (b"\x00" + b"\x00" * 10 + b"\x02\xff4a", NO_LENGTH),
        (b"\x01" + b"\x09" * 400, NO_LENGTH),
        (b"\x00\x02\xff4a\x02\x01\xff4", NO_LENGTH),
        (b"\x00\x02\xff4a2:4a", NO_LENGTH),
        (b"\x00\x03\xff4a", CUT),
        (b"\x01" + b"\x09" * 10 + b"\xff", CUT),
        (b"\x01\x00\xff", UNKNOWN),
        (b"\x01\x01\xff\x07", UNKNOWN),
        (b"\x00\x02\xff4\xff", NOT_UTF8),
        (b"\x00\x03\xffb4A", BASE64),
        (b"\x00\x01\xff2" * 6, TOO_MANY),
    ],
)
def test_what_is_no_binary_payload_is_refused_whole(body: bytes, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        decode_payload(body, 5)


@pytest.mark.parametrize("body", [b"1:2" * 5, "3:4😀".encode() * 5, b"\x00\x01\xff2" * 5])
def test_the_limit_of_packets_is_inclusive(body: bytes) -> None:
    assert len(decode_payload(body, 5)) == 5


@pytest.mark.parametrize(
    ("body", "frames"),
    [
        ("3:4Ã©", ["4é"]),
        ("8:4ð\x9f\x98\x80â\x82¬1:25:4plus", ["4😀€", "2", "4plus"]),
        ("2:4é3:4É®2:4€", ["4é", "4ɮ", "4€"]),
        ("6:b4AQI=", [b"\x01\x02"]),
    ],
)
def test_text_that_is_encoded_twice_is_decoded_twice(body: str, frames: list[Frame]) -> None:
    assert decode_payload_of_before_2015(body.encode(), 10) == frames


def test_text_in_a_binary_payload_is_encoded_once() -> None:
    body = as_bytes(["4Ã©"])
    assert decode_payload_of_before_2015(body, 10) == ["4Ã©"]


packets = st.text(st.characters(codec="utf-8")).map("4{}".format) | st.binary()


@given(st.lists(packets, min_size=1, max_size=8))
def test_round_trip(frames: list[Frame]) -> None:
    assert decode_payload(as_text(frames), 8) == frames
    assert decode_payload(as_bytes(frames), 8) == frames


@given(st.binary())
def test_any_bytes_are_packets_or_an_error(body: bytes) -> None:
    with suppress(DecodeError):
        decode_payload(body, 8)


pieces = st.sampled_from(["1:", "2:", "3:", "4", "😀", "é", "b4AA==", ":", "0", "9", "6:b4AA=="])


@given(st.lists(pieces).map("".join))
def test_what_is_close_to_a_payload_is_taken_whole_or_not_at_all(text: str) -> None:
    with suppress(DecodeError):
        frames = decode_payload(text.encode(), 100)
        # Lengths may have zeros in front, and packets may be empty: nothing else is lost.
        again = as_text(frames).decode()
        assert len(again) <= len(text)

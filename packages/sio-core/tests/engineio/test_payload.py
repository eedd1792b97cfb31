"""`payload.py` and `packets.py`: several packets in one body of protocol 4."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sio_core.engineio import message
from sio_core.engineio.payload import decode_payload, encode_payload
from sio_core.prepared import Prepared
from sio_core.protocol_errors import DecodeError
from sio_core.values import Frame

TEXT = "text/plain; charset=UTF-8"

EXAMPLES: list[tuple[list[Frame], str]] = [
    (["4hello"], "4hello"),
    (["4hello", "2", "4world"], "4hello\x1e2\x1e4world"),
    (["4€"], "4€"),
    (["4hello", b"\x01\x02\x03\x04"], "4hello\x1ebAQIDBA=="),
    ([b""], "b"),
    (["4"], "4"),
]


@pytest.mark.parametrize(("frames", "text"), EXAMPLES)
def test_packets_are_joined_by_a_separator_and_binary_is_base64_with_a_b(
    frames: list[Frame], text: str
) -> None:
    assert encode_payload([Prepared((frame,)) for frame in frames]) == (text.encode(), TEXT)
    assert encode_payload([Prepared(frames)]) == (text.encode(), TEXT)
    assert decode_payload(text.encode(), 10) == frames


@pytest.mark.parametrize("count", [1, 2])
def test_lone_surrogates_become_a_replacement(count: int) -> None:
    body, _ = encode_payload([Prepared(("4\ud800",))] * count)
    assert body == b"\x1e".join([b"4\xef\xbf\xbd"] * count)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"4\xff", "payload is not UTF-8"),
        (b"4\xed\xa0\x80", "payload is not UTF-8"),
        (b"4a\x1ebAQ", "binary packet is not base64"),
        (b"bAQ=\xc3\xa9", "binary packet is not base64"),
        (b"bA*Q=", "binary packet is not base64"),
        (b"bAQI=\n", "binary packet is not base64"),
        (b"\x1e".join([b"4"] * 6), "too many packets in one payload"),
        (b"\x1e" * 5, "too many packets in one payload"),
    ],
)
def test_what_is_no_payload_is_refused_whole(body: bytes, text: str) -> None:
    with pytest.raises(DecodeError, match=text):
        decode_payload(body, 5)


def test_the_limit_of_packets_is_inclusive() -> None:
    assert decode_payload(b"\x1e".join([b"4"] * 5), 5) == ["4"] * 5
    assert decode_payload(b"4", 1) == ["4"]


@pytest.mark.parametrize("body", [b"", b"\x1e", b"4a\x1e"])
def test_empty_packets_are_left_for_the_session_to_refuse(body: bytes) -> None:
    assert "" in decode_payload(body, 5)


packets = st.one_of(
    st.binary(), st.text(st.characters(exclude_characters="\x1e", codec="utf-8")).map("4{}".format)
)


@given(st.lists(packets, min_size=1, max_size=8))
def test_round_trip(frames: list[Frame]) -> None:
    body, _ = encode_payload([Prepared((frame,)) for frame in frames])
    assert decode_payload(body, 8) == frames


@given(st.binary())
def test_any_bytes_are_packets_or_an_error(body: bytes) -> None:
    with suppress(DecodeError):
        assert decode_payload(body, 8)


@pytest.mark.parametrize(
    ("data", "frame"), [("hello", "4hello"), ("", "4"), (b"\x01", b"\x01"), (b"", b"")]
)
def test_text_has_its_type_in_front_and_binary_is_bare(data: Frame, frame: Frame) -> None:
    assert message(data).frames == (frame,)

"""`prepared.py`: one message, its forms, each made once; and several in one body of polling."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sio_core.prepared import (
    PAYLOAD_TYPE,
    SEPARATOR,
    Deferred,
    Prepared,
    decode_payload,
    encode_payload,
    prepare,
)
from sio_core.protocol_errors import DecodeError
from sio_core.utf8 import encode_utf8
from sio_core.values import Frame
from sio_core.websocket import frame_binary, frame_text


@pytest.mark.parametrize(
    ("frames", "size", "payload"),
    [
        (("4hello",), 6, "4hello"),
        (("4€",), 4, "4€"),
        (("4😀",), 5, "4😀"),
        ((b"\x01\x02\x03",), 3, "bAQID"),
        ((b"",), 0, "b"),
        (('451-["a",{"_placeholder":true,"num":0}]', b"\xff"), 40, None),
        (("4a", b"\x00\x01", "4b"), 6, "4a\x1ebAAE=\x1e4b"),
        (("4\ud800",), 4, "4\ud800"),
        ((), 0, ""),
    ],
)
def test_size_and_polling_form(frames: tuple[Frame, ...], size: int, payload: str | None) -> None:
    message = Prepared(frames)
    assert message.size == size
    assert message.size == size  # kept
    if payload is not None:
        assert message.payload() == encode_utf8(payload)
    assert message.payload().count(SEPARATOR) == max(len(frames) - 1, 0)


def test_wire_form_is_unmasked_frames_in_order() -> None:
    message = Prepared(["4a", b"\x01"])
    assert message.frames == ("4a", b"\x01")
    assert message.frame_bytes() == frame_text("4a") + frame_binary(b"\x01")


def test_each_form_is_computed_once() -> None:
    message = Prepared(("4" + "x" * 1000, b"y" * 1000))
    assert message.payload() is message.payload()
    assert message.frame_bytes() is message.frame_bytes()


def test_flags() -> None:
    assert (Prepared(()).volatile, Prepared(()).compress) == (False, True)
    message = Prepared((), volatile=True, compress=False)
    assert (message.volatile, message.compress) == (True, False)


def test_repr_shows_no_content() -> None:
    assert repr(Prepared(("4secret", b"x"))) == "<Prepared 2 frame(s), 8 bytes>"


def test_one_that_is_deferred_is_encoded_once_and_when_it_is_looked_at() -> None:
    encoded: list[int] = []

    def encode() -> tuple[str, ...]:
        encoded.append(1)
        return ("4a",)

    message = Deferred(encode, size=10)
    assert (message.size, message.volatile, message.compress, encoded) == (10, False, True, [])
    assert (message.payload(), message.frames) == (b"4a", ("4a",))
    assert encoded == [1]
    with pytest.raises(AttributeError, match="fields"):
        message.fields  # noqa: B018


@pytest.mark.parametrize(
    ("frames", "typed"),
    [
        (('2["a"]',), ('42["a"]',)),
        ((b"\x01",), (b"\x01",)),
        (("51-[]", b"\x01"), ("451-[]", b"\x01")),
    ],
)
def test_the_frames_of_a_packet_become_messages(
    frames: tuple[Frame, ...], typed: tuple[Frame, ...]
) -> None:
    message = prepare(frames)
    assert message.frames == typed
    assert not message.volatile
    assert message.compress


# Payloads -----------------------------------------------------------------------------

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
    assert encode_payload([Prepared((frame,)) for frame in frames]) == (text.encode(), PAYLOAD_TYPE)
    assert encode_payload([Prepared(frames)]) == (text.encode(), PAYLOAD_TYPE)
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

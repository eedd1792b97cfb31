"""`prepared.py`: one message, its forms, each made once."""

import pytest

from sio_core.prepared import SEPARATOR, Deferred, Prepared
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

"""`older/messages.py`: one message for the peers of both protocols, each form made once."""

import gc
import weakref
from collections.abc import Callable

import pytest

from sio_core.engineio.older import (
    BINARY_PAYLOAD_TYPE,
    OlderMessage,
    ascii_form,
    encode_payload,
    encode_text_payload,
    older_form,
    text_form,
)
from sio_core.prepared import PAYLOAD_TYPE, Deferred, Prepared
from sio_core.values import Frame
from sio_core.websocket import frame_binary, frame_text

FORMS = (older_form, text_form, ascii_form)
BINARY = '451-["a",{"_placeholder":true,"num":0}]'


def test_frames() -> None:
    message = Prepared((BINARY, b"\xff"))
    assert older_form(message).frames == (BINARY, b"\x04\xff")
    assert text_form(message).frames == (BINARY, "b4/w==")
    assert older_form(message).frame_bytes() == frame_text(BINARY) + frame_binary(b"\x04\xff")
    assert text_form(message).frame_bytes() == frame_text(BINARY) + frame_text("b4/w==")


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_made_once(form: Callable[[Prepared], OlderMessage]) -> None:
    message = Prepared(("4" + "x" * 1000, b"y" * 1000))
    older = form(message)
    assert form(message) is older
    assert form(older) is older
    assert older.frames is older.frames
    assert older.frame_bytes() is older.frame_bytes()
    assert older.payload() is older.payload()
    assert older.binary_payload() is older.binary_payload()
    assert older.size == sum(len(frame) for frame in older.frames)


def test_one_form_leads_to_the_other() -> None:
    message = Prepared((b"\x01",))
    assert text_form(older_form(message)) is text_form(message)
    assert text_form(message).frames == ("b4AQ==",)
    assert text_form(ascii_form(message)) is ascii_form(message)
    assert ascii_form(message).frames == ("b4AQ==",)


def test_payloads_of_ascii_have_escapes_in_json_and_frames_do_not() -> None:
    message = Prepared(('451-["é",1]', b"\x01"))
    assert ascii_form(message).payload() == b'16:451-["\\u00e9",1]6:b4AQ=='
    assert ascii_form(message).frames == ('451-["é",1]', "b4AQ==")


@pytest.mark.parametrize("form", FORMS)
def test_flags_go_along(form: Callable[[Prepared], OlderMessage]) -> None:
    older = form(Prepared(("4a",), volatile=True, compress=False))
    assert (older.volatile, older.compress) == (True, False)
    older = form(Prepared(("4a",)))
    assert (older.volatile, older.compress) == (False, True)


@pytest.mark.parametrize("form", FORMS)
def test_one_that_is_deferred_is_not_encoded_before_it_is_looked_at(
    form: Callable[[Prepared], OlderMessage],
) -> None:
    encoded: list[int] = []

    def encode() -> tuple[Frame, ...]:
        encoded.append(1)
        return ("4a", b"\x01")

    message = Deferred(encode, size=10)
    older = form(message)
    assert (older.size, older.volatile, older.compress, encoded) == (10, False, True, [])
    assert older.payload() == b"2:4a6:b4AQ=="
    assert older.frames[0] == "4a"
    assert encoded == [1]


@pytest.mark.parametrize("form", FORMS)
def test_a_message_and_its_forms_go_without_the_garbage_collector(
    form: Callable[[Prepared], OlderMessage],
) -> None:
    class Watched(Prepared):
        pass

    gc.disable()
    try:
        message = Watched(("4a", b"\x01"))
        form(message).frame_bytes()
        gone = weakref.ref(message)
        del message
        assert gone() is None
    finally:
        gc.enable()


def test_a_payload_is_binary_if_one_of_its_packets_is_or_is_not_ascii() -> None:
    text, binary = Prepared(("4€",)), Prepared(("4a", b"\x01"))
    assert encode_payload([Prepared(("4a",))]) == (b"2:4a", PAYLOAD_TYPE)
    assert encode_payload([text]) == (b"\x00\x04\xff4\xe2\x82\xac", BINARY_PAYLOAD_TYPE)
    assert encode_text_payload([text]) == ("2:4€".encode(), PAYLOAD_TYPE)
    assert encode_payload([text, binary]) == (
        b"\x00\x04\xff4\xe2\x82\xac\x00\x02\xff4a\x01\x02\xff\x04\x01",
        BINARY_PAYLOAD_TYPE,
    )
    assert encode_text_payload([text, binary]) == ("2:4€2:4a6:b4AQ==".encode(), PAYLOAD_TYPE)
    assert encode_text_payload([text_form(binary)]) == (b"2:4a6:b4AQ==", PAYLOAD_TYPE)

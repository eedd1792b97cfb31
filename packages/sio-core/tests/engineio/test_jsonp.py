"""`jsonp.py`: payloads for clients that can only load scripts."""

import json

import pytest

from sio_core.engineio.jsonp import decode_body, encode_body, valid_index
from sio_core.protocol_errors import DecodeError


@pytest.mark.parametrize("index", ["0", "12", "0123456789"])
def test_an_index_is_a_decimal_number(index: str) -> None:
    assert valid_index(index)


@pytest.mark.parametrize("index", ["", "-1", "1.5", "a", "٢", "²", "0x1", "1);x(", "01234567890"])
def test_anything_else_is_no_index(index: str) -> None:
    assert not valid_index(index)


def test_the_body_is_a_call_with_a_json_string() -> None:
    payload = '4["\u2028\u2029</script>é"]\x1e6'
    script = encode_body("3", payload.encode())
    assert script.startswith(b"___eio[3](")
    assert script.endswith(b");")
    assert script.isascii()  # U+2028 and U+2029, which end a line, are escaped
    assert json.loads(script[len(b"___eio[3](") : -2]) == payload


@pytest.mark.parametrize(
    ("body", "payload"),
    [
        (b"d=4hello", b"4hello"),
        (b"d=4a%20b+c", b"4a b c"),
        (b"d=4%E2%82%AC", "4€".encode()),
        (b"d=4%ff", "4\ufffd".encode()),
        (b"x=1&d=4a&d=4b", b"4a"),
        (b"d=4a%5Cnb", b"4a\nb"),  # \n is a line break
        (b"d=4a%5C%5Cnb", b"4a\\nb"),  # \\n is a backslash before n
        (b"d=4a%5C%5Cb", b"4a\\\\b"),
    ],
)
def test_a_post_carries_the_payload_in_field_d(body: bytes, payload: bytes) -> None:
    assert decode_body(body) == payload


@pytest.mark.parametrize("body", [b"", b"4hello", b"d=", b"e=4", b"d=\xff", b"d=4&" + b"a=1&" * 20])
def test_anything_else_is_refused(body: bytes) -> None:
    with pytest.raises(DecodeError, match="JSONP body has no form field d"):
        decode_body(body)

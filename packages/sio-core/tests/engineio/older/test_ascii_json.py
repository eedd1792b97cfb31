"""`older/ascii_json.py`: the same JSON, in ASCII."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sio_core.engineio.older.ascii_json import escape_json
from sio_core.values import Frame

HEADS = ["42", "421", "451-", "4510-/ä,77", "42/[{,", '44/"é,', "43/chat,7", "44"]
VALUES = [
    "é€😀\u2028",
    ["said", 'a "quoted" €', "\\", "\\u0001", "\x01\x02\n\t\r", {"é": ["\ud83d"]}],
    ["\\", "é\\", 'é"', "\\n", "\\\\u0002é"],
]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("head", HEADS)
def test_the_json_behind_a_head_is_the_same_in_ascii(head: str, value: Any, indent: int) -> None:
    escaped = escape_json(head + json.dumps(value, ensure_ascii=False, indent=indent))
    assert isinstance(escaped, str)
    assert escaped.startswith(head)
    assert escaped.removeprefix(head).isascii()
    assert json.loads(escaped.removeprefix(head)) == value


@pytest.mark.parametrize("frame", ['42["a\\n"]', "2probe", "6é", b"42\xc3\xa9", "é"])
def test_what_is_ascii_or_no_packet_of_socket_io_stays(frame: Frame) -> None:
    assert escape_json(frame) == frame


@given(st.lists(st.text(), min_size=1))
def test_any_text(values: list[str]) -> None:
    escaped = escape_json("42" + json.dumps(values, ensure_ascii=False))
    assert isinstance(escaped, str)
    assert escaped.isascii()
    assert json.loads(escaped[2:]) == values

"""`codecs/fast_cbor.py`: what is read without a walk before is what `check` lets pass."""

from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sio_core.codecs.cbor_items import check
from sio_core.codecs.fast_cbor import fast_loads
from sio_core.codecs.plain import is_plain
from sio_core.limits import Limits
from sio_core.protocol_errors import DecodeError
from sio_core.socketio.parsers.cbor_parser import CBORDecoder

from .binary_values import cbor_values, damaged

LIMITS = Limits(json_depth=4)
MARK = bytes(range(0xF0, 0x100))
LEVELS = LIMITS.json_depth + 2
read = fast_loads(cbor2.loads, LEVELS)
assert read is not None

values = cbor_values(st.text(max_size=4) | st.integers(0, 9))


def plain(data: bytes) -> Any:
    """The value in a list, None where there is none that is plain."""
    assert read is not None
    try:
        value = read(data)
    except Exception:
        return None
    return [value] if is_plain((value,), LEVELS) else None


def walked(data: bytes) -> Any:
    """What comes of the way with a walk over the items."""
    try:
        return [cbor2.loads(check(data, LIMITS))]
    except Exception:
        return None


def same(data: bytes) -> None:
    """Hold what is plain to what comes of the walk."""
    found = plain(data)
    if found is not None:
        assert repr(walked(data)) == repr(found)


@given(values)
def test_what_the_library_writes(value: Any) -> None:
    same(cbor2.dumps(value))


@given(values, st.integers(0, 300), st.binary(max_size=3))
def test_what_is_broken_somewhere(value: Any, at: int, piece: bytes) -> None:
    for data in damaged(cbor2.dumps(value), at, piece):
        same(data)


@given(st.binary(max_size=60))
def test_any_bytes(data: bytes) -> None:
    same(data)


TAGGED = ["00", "20", "f4", "f5", "f6", "fb41d0000000000000", "4101", "6161", "80", "a0", "8101"]


@pytest.mark.parametrize("tags", [range(600), range(600, 70_000)], ids=["low", "high"])
def test_no_tag_makes_plain_data(tags: range) -> None:
    # Of the low ones each is tried with everything: the library gets more of them.
    for tag in tags:
        head = cbor2.dumps(cbor2.CBORTag(tag, 0))[:-1]
        for content in TAGGED if tag < 600 else ("01", "6161"):
            assert plain(head + bytes.fromhex(content)) is None


@pytest.mark.parametrize("size", [0, 10, 300, 70_000])
def test_nothing_may_stand_behind_the_value(size: int) -> None:
    data = cbor2.dumps(["a" * size])
    assert plain(data) == [["a" * size]]
    # The end as the function adds it, whole and cut, and heads that might take it in.
    heads = [b"\x50", b"\x58\x10", b"\x59\0\x10", b"\x5a\0\0\0\x10", b"\x5b" + b"\0" * 7 + b"\x10"]
    ends = [head[:cut] for head in heads for cut in range(1, len(head) + 1)]
    ends += [head + MARK[:cut] for head in heads for cut in range(len(MARK) + 1)]
    for end in (*ends, b"\0", b"\x40", b"\xf6", b"\x82", b"\xc2", b"\xd9\x03"):
        for behind in (end, end + b"\0", end + b"\x50", end + end):
            assert plain(data + behind) is None
            same(data[:-1] + behind)
            same(b"\x82" + data + behind)


def test_bytes_that_hold_the_mark_are_left_to_the_walk() -> None:
    data = cbor2.dumps([MARK])
    assert plain(data) is None
    assert CBORDecoder(cbor2, LIMITS).add(
        cbor2.dumps({"type": 3, "nsp": "/", "data": [MARK]})
    ).data == [MARK]


@pytest.mark.parametrize("deep", ["81", "a16161", "c1", "d81c", "d903e7", "c2", "a1"])
def test_nothing_nests_too_deep_for_the_library(deep: str) -> None:
    assert plain(bytes.fromhex(deep) * 100_000 + b"\x01") is None


def test_levels_are_counted() -> None:
    nested: Any = 1
    for _ in range(LEVELS - 1):
        nested = [nested]
    data = cbor2.dumps(nested)
    assert plain(data) == walked(data) == [nested]
    with pytest.raises(DecodeError, match="too deep"):
        check(cbor2.dumps([nested]), LIMITS)
    assert plain(cbor2.dumps([nested])) is None


def test_a_library_without_the_options_is_not_asked() -> None:
    def loads(data: bytes) -> Any:
        return cbor2.loads(data)

    assert fast_loads(loads, 10) is None

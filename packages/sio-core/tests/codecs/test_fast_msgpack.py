"""`codecs/fast_msgpack.py`: the same values and refusals as `msgpack.unpackb`, whatever comes."""

import math
import struct
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sio_core.codecs.fast_msgpack import fast_unpack, fast_unpack_in_slices
from sio_core.codecs.msgpack_reader import Ext, unpackb, unpackb_in_slices
from sio_core.codecs.msgpack_writer import packb
from sio_core.protocol_errors import DecodeError
from sio_core.slices import finish

unpack = fast_unpack()
unpack_in_slices = fast_unpack_in_slices()
MANY = 1_000_000
"""More arrays and maps than there are in these tests."""

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text()
    | st.binary()
    | st.datetimes(timezones=st.just(UTC))
    | st.builds(Ext, st.integers(1, 127), st.binary(max_size=20)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def outcome(function: Any, data: bytes, depth: int, containers: int = 100) -> str:
    """What a function makes of `data`: the value with its types, or the refusal."""
    try:
        return repr(function(data, depth, containers))
    except DecodeError as error:
        return f"refused: {error}"


def same(data: bytes, depth: int, containers: int = 100) -> None:
    """Hold three ways to read `data` to what our own reader makes of it."""
    expected = outcome(unpackb, data, depth, containers)
    assert outcome(unpack, data, depth, containers) == expected
    for sliced in (unpack_in_slices, unpackb_in_slices):
        found = outcome(lambda *args: finish(sliced(*args)), data, depth, containers)  # noqa: B023
        assert found == expected


@pytest.fixture(scope="module", autouse=True)
def small_slices() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sio_core.codecs.fast_msgpack._VALUES", 3)
        patch.setattr("sio_core.codecs.msgpack_reader.SLICE", 20)
        yield


@given(values, st.integers(0, 6))
def test_values_are_the_same(value: Any, depth: int) -> None:
    data = packb(value, 100)
    same(data, depth)
    same(data, 100)


@given(values, st.integers(0, 8))
def test_as_many_arrays_and_maps_are_read(value: Any, containers: int) -> None:
    data = packb(value, 100)
    same(data, 100, containers)


@pytest.mark.parametrize(
    "data",
    [
        *([[], *around, []] for around in ([1, -1, None, True], ["a" * 40, "a" * 300])),
        [[], "a" * 70_000, b"a", b"a" * 300, b"a" * 70_000, [0] * 20, [0] * 70_000, []],
        [{"a": []}, 0xFF, 0xFFFF, 0xFFFFFFFF, 2**63, -0x80, -0x8000, -(2**31), -(2**63), 1.5, []],
        [struct.pack(">f", 1.0), {key: [] for key in map(str, range(20))}],
    ],
    ids=["small", "texts", "bytes", "numbers", "map"],
)
def test_arrays_and_maps_are_counted_before_they_are_made(data: Any) -> None:
    def count(value: Any) -> int:
        inner = value.values() if isinstance(value, dict) else value
        return 1 + sum(count(item) for item in inner if isinstance(item, list | dict))

    packed, most = packb(data), count(data)
    assert unpack(packed, 100, most) == unpackb(packed, 100, most) == data
    assert finish(unpack_in_slices(packed, 100, most)) == data
    same(packed, 100, most - 1)
    for function in (unpack, unpackb):
        with pytest.raises(DecodeError, match="too many arrays and maps"):
            function(packed, 100, most - 1)


def test_what_is_cut_short_is_not_counted_any_further() -> None:
    data = b"\x91" * 5 + b"\xdb"
    same(data, 100, 5)


@given(st.binary(max_size=40))
def test_refusals_are_the_same(data: bytes) -> None:
    same(data, 3)


@given(values, st.integers(0, 200), st.integers(0, 255))
def test_values_that_were_damaged_are_the_same(value: Any, at: int, byte: int) -> None:
    data = bytearray(packb(value, 100))
    data[at % len(data)] = byte
    same(bytes(data), 100)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        b"\x01\x01",
        b"\xa1",
        b"\xa1\xff",
        b"\xa3\xed\xa0\x80",
        b"\x81\x01\x02",
        b"\x81\xc4\x01a\x02",
        b"\x81\xc0\x02",
        b"\x81\x90\x02",
        b"\x91\x81\xc2\x02",
        b"\x82\xa1a\x01\xa1a\x02",
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\xca" + struct.pack(">f", math.pi),
        b"\xcb" + struct.pack(">d", math.nan),
        b"\xcf" + b"\xff" * 8,
        b"\xd3\x80" + b"\0" * 7,
        b"\xd4\x00\x00",
        b"\xd6\xff\0\0\0\1",
        b"\xd8\x00" + b"\0" * 16,
        b"\x91" * 3_000 + b"\x01",
        b"\x91" * 100_000,
    ],
)
def test_corners(data: bytes) -> None:
    for depth in (1, 64, 500):
        same(data, depth, MANY)


def test_nesting_beyond_the_recursion_limit_is_refused() -> None:
    with_extension = b"\x91" * 3_000 + b"\xd4\x05\x00"
    same(with_extension, 5_000, MANY)
    deep = b"\x91" * 3_000 + b"\x01"
    if sys.version_info < (3, 12):
        same(deep, 5_000, MANY)
    else:  # newer ones let C call itself more often than Python
        assert (
            outcome(unpackb, deep, 5_000, MANY) == "refused: MessagePack value is nested too deep"
        )
        assert outcome(unpack, deep, 5_000, MANY).startswith(("[[[", "refused: "))


def test_extensions_and_dates_are_read() -> None:
    value = {"at": datetime(2026, 1, 2, tzinfo=UTC), "x": Ext(5, b"abc")}
    assert unpack(packb(value), 64, 100) == value


def test_without_msgspec_our_own_reader_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "msgspec.msgpack", None)
    assert fast_unpack() is unpackb
    assert fast_unpack_in_slices() is unpackb_in_slices


@pytest.mark.parametrize("value", [[1] * 5_000, {"k": [{"a": 1}] * 2_000}, [Ext(5, b"a")] * 3_000])
def test_much_data_is_read_in_slices(value: Any) -> None:
    data = packb(value)
    assert len(list(unpack_in_slices(data, 64, MANY))) > 100
    assert len(list(unpackb_in_slices(data, 64, MANY))) > 100

"""`codecs/fast_msgpack.py`: the same values, bytes and refusals as without msgspec."""

import enum
import math
import struct
import sys
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sio_core.codecs.fast_msgpack import (
    fast_fields,
    fast_pack,
    fast_unpack,
    fast_unpack_in_slices,
)
from sio_core.codecs.msgpack_reader import Ext, unpackb, unpackb_in_slices
from sio_core.codecs.msgpack_writer import packb
from sio_core.protocol_errors import DecodeError, LocalProtocolError
from sio_core.slices import finish

from .binary_values import msgpack_values

pack = fast_pack()
unpack = fast_unpack()
unpack_in_slices = fast_unpack_in_slices()
MANY = 1_000_000
"""More arrays and maps than there are in these tests."""

values = msgpack_values(20)


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
        patch.setattr("sio_core.codecs.msgpack_reader._STEP", 3)
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
        b"\xc7\x08\x00" + b"\0" * 8,
        b"\x92\xd7\x00" + b"\0" * 8 + b"\xc7\x08\x00" + b"\0" * 8,
        b"\x91" * 3_000 + b"\x01",
        b"\x91" * 100_000,
    ],
)
def test_corners(data: bytes) -> None:
    for depth in (1, 64, 500):
        same(data, depth, MANY)


@pytest.mark.parametrize("inner", [b"\xd4\x05\x00", b"\x01"], ids=["extension", "number"])
def test_nesting_beyond_the_recursion_limit_is_read(inner: bytes) -> None:
    deep = b"\x91" * 3_000 + inner
    for function in (unpack, unpackb):
        value = function(deep, 5_000, MANY)
        for _ in range(3_000):
            (value,) = value
        assert value == unpackb(inner)
    same(deep, 2_999, MANY)


def test_extensions_and_dates_are_read() -> None:
    value = {"at": datetime(2026, 1, 2, tzinfo=UTC), "x": Ext(5, b"abc")}
    assert unpack(packb(value), 64, 100) == value


def test_without_msgspec_our_own_reader_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "msgspec.msgpack", None)
    assert fast_pack() is packb
    assert fast_unpack() is unpackb
    assert fast_unpack_in_slices() is unpackb_in_slices


@pytest.mark.parametrize("value", [[1] * 5_000, {"k": [{"a": 1}] * 2_000}, [Ext(5, b"a")] * 3_000])
def test_much_data_is_read_in_slices(value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    data = packb(value)
    assert len(list(unpack_in_slices(data, 64, MANY))) > 100
    assert len(list(unpackb_in_slices(data, 64, MANY))) > 100
    # What is too much for one slice is read here.
    monkeypatch.setattr("sio_core.codecs.fast_msgpack._AT_ONCE", len(data) - 1)
    assert len(list(unpack_in_slices(data, 64, MANY))) > 1_000
    assert finish(unpack_in_slices(data, 64, MANY)) == value


FIXED = [b"\xd4\x00\x00", b"\xd5\x00ab", b"\xd7\x00" + bytes(8), b"\xd8\x00" + bytes(16)]
WITH_LENGTH = [b"\xc7\x01\x00a", b"\xc7\x08\x00" + bytes(8), b"\xc8\x00\x10\x00" + bytes(16)]
PLAIN = [b"\xc7\x03\x00abc", b"\xc7\x00\x05", b"\xd6\xff\0\0\0\1", b"\xc7\x0c\xff" + bytes(12)]


@given(
    st.lists(st.sampled_from(FIXED)),
    st.lists(st.sampled_from(WITH_LENGTH)),
    st.lists(st.sampled_from([*PLAIN, b"\xcc\xd7", b"\xa2\xc3\x87"])),
)
def test_extensions_that_only_their_headers_explain(
    fixed: list[bytes], with_length: list[bytes], others: list[bytes]
) -> None:
    items = [*fixed, *with_length, *others]
    data = b"\xdc" + len(items).to_bytes(2, "big") + b"".join(items)
    same(data, 5)
    same(data + b"\x00", 5)


def test_arrays_and_maps_behind_extensions_are_counted() -> None:
    data = packb([*(Ext(7, bytes(size)) for size in (1, 2, 3, 4, 8, 16, 300, 70_000)), [], {}, []])
    assert len(unpack(data, 5, 4)) == 11
    same(data, 5, 3)


class Number(enum.IntEnum):
    SEVEN = 7


class Name(str):
    __slots__ = ()


@dataclass
class Point:
    x: int = 1


odd = (
    values
    | st.text(st.characters(codec=None), max_size=3)
    | st.integers(-(2**65), 2**65)
    | st.sampled_from(
        [
            Number.SEVEN,
            Name("n"),
            Name("a\ud800"),
            Point(),
            {1, 2},
            frozenset((1,)),
            Decimal(1),
            date(2026, 1, 2),
            datetime(2026, 1, 2),
            datetime(2026, 1, 2, 3, 4, 5, 678_901, UTC),
            bytearray(b"a"),
            memoryview(b"abcd")[::2],
            OrderedDict(a=1),
            (1, (2,)),
            {1: 2, None: 3, b"a": 4, 1.5: 5},
            {(1, 2): 3},
            {Name("a"): 1},
            {Number.SEVEN: 1},
            math.nan,
            -0.0,
            1e300,
            [0] * 40,
            {str(n): [n] for n in range(40)},
            {n: n for n in range(40)},
            [{"a": {1: 2}}] * 20,
            [[Number.SEVEN]] * 20,
        ]
    )
)
data_of_programs = st.recursive(
    odd, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10
)


def written(function: Any, value: Any, depth: int) -> Any:
    try:
        return function(value, depth)
    except LocalProtocolError as error:
        return str(error)


@given(data_of_programs, st.integers(0, 5))
def test_what_is_written_is_the_same(value: Any, depth: int) -> None:
    assert written(pack, value, depth) == written(packb, value, depth)
    assert written(pack, value, 100) == written(packb, value, 100)


def test_data_that_holds_itself_is_refused() -> None:
    cycle: list[Any] = [1] * 20
    cycle[3:] = [cycle] * 17
    for value in (cycle, {"a": cycle}):
        assert "holds itself" in written(pack, value, 50)


def test_fields_are_read_where_nothing_else_is_there() -> None:
    read = fast_fields("a", "b")
    assert read is not None
    found = read(packb({"b": [1, datetime(2026, 1, 2, tzinfo=UTC)]}))
    assert found.a is None
    assert found.b == [1, datetime(2026, 1, 2, tzinfo=UTC)]
    for value in ({"a": 1, "c": 2}, [1], {1: 2}, {"a": [Ext(0, b"a"), b"\xc7"]}):
        with pytest.raises(Exception):  # noqa: B017  # any: `unpackb` decides then
            read(packb(value))


def test_without_msgspec_nothing_reads_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "msgspec", None)
    assert fast_fields("a") is None

"""`msgpack.py` against the msgpack package and against bytes recorded from notepack.io 2.2.0."""

import enum
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sio_core.codecs.msgpack_reader import Ext, unpackb
from sio_core.codecs.msgpack_writer import packb
from sio_core.protocol_errors import DecodeError, LocalProtocolError

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=40)
    | st.binary(max_size=300)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=25,
)


@given(values)
def test_another_implementation_agrees(value: Any) -> None:
    packed = packb(value)
    assert packed == msgpack.packb(value)
    assert unpackb(packed) == value


def test_single_precision_numbers_are_read() -> None:
    packed = msgpack.packb([0.5, -1e30], use_single_float=True)
    assert unpackb(packed) == msgpack.unpackb(packed)


@pytest.mark.parametrize("size", [0, 15, 16, 31, 32, 255, 256, 65535, 65536])
@pytest.mark.parametrize("unit", ["x", b"x", [0]], ids=["str", "bin", "array"])
def test_every_width_of_a_length(unit: Any, size: int) -> None:
    value = unit * size
    assert packb(value) == msgpack.packb(value)
    assert unpackb(packb(value)) == value


@pytest.mark.parametrize("size", [0, 15, 16, 65536])
def test_every_width_of_a_map(size: int) -> None:
    value = {str(number): None for number in range(size)}
    assert packb(value) == msgpack.packb(value)
    assert unpackb(packb(value)) == value


@pytest.mark.parametrize("size", [0, 31, 32, 256, 65536])
def test_every_width_of_a_key(size: int) -> None:
    assert unpackb(packb({"x" * size: 1})) == {"x" * size: 1}


BITS = (5, 7, 8, 15, 16, 31, 32, 63)
EDGES = [sign * 2**bits + off for bits in BITS for sign in (1, -1) for off in (-1, 0, 1)]


@pytest.mark.parametrize("number", [n for n in [*EDGES, 2**64 - 1] if n >= -(2**63)])
def test_every_width_of_an_integer(number: int) -> None:
    assert unpackb(packb(number)) == number
    assert unpackb(msgpack.packb(number)) == number
    assert len(packb(number)) <= len(msgpack.packb(number))


# What notepack.io 2.2.0 under Node writes: name, bytes, what it stands for.
RECORDED: list[tuple[str, str, Any]] = [
    ("undefined in an object", "82a161d40000a16201", {"a": None, "b": 1}),
    ("undefined in an array", "91d40000", [None]),
    (
        "Date",
        "91d7000000018bcfe5687b",
        [datetime(2023, 11, 14, 22, 13, 20, 123000, tzinfo=UTC)],
    ),
    ("the oldest Date", "91d700ffffc77cedd32800", [datetime(1, 1, 1, tzinfo=UTC)]),
    ("Buffer", "91c403010203", [b"\x01\x02\x03"]),
    ("ArrayBuffer of 8 bytes", "91c708000102030405060708", [bytes(range(1, 9))]),
    ("ArrayBuffer of 1 byte", "91c7010007", [b"\x07"]),
    ("Uint8Array", "91c702000102", [b"\x01\x02"]),
    ("ArrayBuffer of 300 bytes", "91c8012c00" + "00" * 300, [bytes(300)]),
    (
        "integers",
        "96cf0020000000000000fbcd012cd2ffff63c0cf0000000100000000d3fffffffeffffffff",
        [2**53, -5, 300, -40000, 2**32, -(2**32) - 1],
    ),
    ("text", "92a868c3a920f09f9880d928" + "78" * 40, ["hé 😀", "x" * 40]),
    ("booleans and null", "93c3c2c0", [True, False, None]),
]


@pytest.mark.parametrize(("name", "data", "value"), RECORDED, ids=[row[0] for row in RECORDED])
def test_what_javascript_writes(name: str, data: str, value: Any) -> None:
    assert unpackb(bytes.fromhex(data)) == value


def test_wide_extensions_of_type_0_are_bytes() -> None:
    assert unpackb(b"\xc9\x00\x00\x00\x01\x00x") == b"x"


def test_datetimes_are_written_as_javascript_dates() -> None:
    moment = datetime(2023, 11, 14, 22, 13, 20, 123999, tzinfo=UTC)
    packed = packb(moment)
    assert packed.hex() == "d7000000018bcfe5687b"
    assert unpackb(packed) == moment.replace(microsecond=123000)
    elsewhere = moment.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert packb(elsewhere) == packed
    before = datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)
    assert unpackb(packb(before)) == before


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2000, 1, 1, tzinfo=UTC),
        datetime(2000, 1, 1, 0, 0, 0, 5, tzinfo=UTC),
        datetime(1900, 1, 1, 0, 0, 0, 5, tzinfo=UTC),
        datetime(9000, 1, 1, tzinfo=UTC),
    ],
)
def test_timestamps_of_the_specification_are_read(moment: datetime) -> None:
    assert unpackb(msgpack.packb(moment, datetime=True)) == moment


@pytest.mark.parametrize(
    "data",
    [
        "d7007fffffffffffffff",  # a Date far beyond the year 9999
        "d7008000000000000000",
        "c70cff000000007fffffffffffffff",
        "c70cffffffffff0000000000000000",  # more than a second of nanoseconds
        "d7ffffffffff00000000",
    ],
)
def test_moments_out_of_range(data: str) -> None:
    with pytest.raises(DecodeError, match="out of range"):
        unpackb(bytes.fromhex(data))


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 8, 16, 17, 256, 65536])
@pytest.mark.parametrize("code", [-128, 5, 127])
def test_other_extensions_stay_what_they_are(code: int, size: int) -> None:
    value = Ext(code, b"x" * size)
    assert unpackb(packb(value)) == value
    if code >= 0:  # the package does not write the others
        assert packb(value) == msgpack.packb(msgpack.ExtType(code, value.data))


@pytest.mark.parametrize(("code", "size"), [(0, 2), (0, 16), (-1, 3), (-1, 16)])
def test_sizes_without_a_meaning(code: int, size: int) -> None:
    assert unpackb(packb(Ext(code, bytes(size)))) == Ext(code, bytes(size))


class Colour(enum.IntEnum):
    RED = 300
    BLUE = 7
    COLD = -7


class Name(str):
    __slots__ = ()


class Share(float):
    __slots__ = ()


def test_subclasses_and_other_kinds_of_the_same() -> None:
    value = [
        Colour.RED,
        Colour.BLUE,
        Colour.COLD,
        Share(0.5),
        Name("n"),
        (1, 2),
        bytearray(b"a"),
        memoryview(b"bcd")[::2],
        {1: None},
    ]
    assert msgpack.unpackb(packb(value), strict_map_key=False) == [
        300, 7, -7, 0.5, "n", [1, 2], b"a", b"bd", {1: None}
    ]  # fmt: skip


def test_lone_surrogates_become_the_replacement_character() -> None:
    assert unpackb(packb("a\ud800")) == "a\ufffd"


class Huge(list[int]):
    def __len__(self) -> int:
        return 2**32


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (2**64, "64 bits"),
        (-(2**63) - 1, "64 bits"),
        pytest.param(object(), "object of type object", id="object"),
        ({1, 2}, "object of type set"),
        (datetime(2000, 1, 1), "time zone"),
        (Ext(128, b""), "-128 to 127"),
        (Ext(-129, b""), "-128 to 127"),
        (Huge(), "elements"),
        ({(1, 2): 3}, "nested too deep"),
    ],
    ids=str,
)
def test_what_cannot_be_carried(value: Any, reason: str) -> None:
    with pytest.raises(LocalProtocolError, match=reason):
        packb(["a", value])


@pytest.mark.parametrize("wrap", [lambda v: [v], lambda v: {"k": v}], ids=["list", "dict"])
def test_depth_is_bounded_both_ways(wrap: Any) -> None:
    value: Any = 1
    for _ in range(3):
        value = wrap(value)
    assert unpackb(packb(value, 3), 3) == value
    with pytest.raises(LocalProtocolError, match="too deep"):
        packb(value, 2)
    with pytest.raises(DecodeError, match="too deep"):
        unpackb(packb(value), 2)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "c1",
        "0000",  # trailing byte
        "a2ff",  # cut short
        "a1ff",  # not UTF-8
        "d9",
        "dd7fffffff",  # two billion elements
        "df7fffffff",
        "dbffffffff",
        "c6ffffffff",
        "c9ffffffff00",
        "dcffff00",
        "810101",  # a key that is a number
        "819001",
        "81a161",
        "c708",
        "cb00",
    ],
)
def test_malformed_data(data: str) -> None:
    with pytest.raises(DecodeError):
        unpackb(bytes.fromhex(data))


@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_an_error(data: bytes) -> None:
    try:
        unpackb(data)
    except DecodeError:
        return

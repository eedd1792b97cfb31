"""`socketio/parsers/cbor_parser.py`: plain data passes, everything else stops before cbor2."""

import sys
from datetime import UTC, datetime
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sio_core.limits import Limits
from sio_core.protocol_errors import DecodeError, LocalProtocolError
from sio_core.socketio.parsers.cbor_parser import CBORParser, check
from sio_core.socketio.parsers.packets import Packet

LIMITS = Limits()

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**99), 10**99)
    | st.floats(allow_nan=False)
    | st.text(max_size=30)
    | st.binary(max_size=300),
    lambda inner: st.lists(inner, max_size=30) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=25,
)


@given(values, st.none() | st.integers(0, 10**15 - 1))
def test_there_and_back(value: Any, ack_id: int | None) -> None:
    parser = CBORParser()
    packet = Packet(2, "/a", ["name", value], ack_id)
    (frame,) = parser.encode(packet)
    decoder = parser.decoder()
    assert decoder.add(frame) == packet
    assert not decoder.pending


def test_the_keys_are_those_of_the_msgpack_parser() -> None:
    (frame,) = CBORParser().encode(Packet(1, "/a"))
    assert isinstance(frame, bytes)
    assert cbor2.loads(frame) == {"type": 1, "nsp": "/a"}


@pytest.mark.parametrize("as_timestamp", [False, True])
def test_datetimes_are_read(as_timestamp: bool) -> None:
    moment = datetime(2024, 1, 1, tzinfo=UTC)
    value = {"type": 2, "nsp": "/", "data": ["at", moment]}
    frame = cbor2.dumps(value, datetime_as_timestamp=as_timestamp)
    assert CBORParser().decoder().add(frame) == Packet(2, "/", ["at", moment])


def test_undefined_is_none() -> None:
    frame = cbor2.dumps({"type": 2, "nsp": "/", "data": ["a", cbor2.undefined, b"\xf7"]})
    assert CBORParser().decoder().add(frame) == Packet(2, "/", ["a", None, b"\xf7"])


@pytest.mark.parametrize(
    "data",
    [
        "00",
        "3903e7",
        "fb3ff8000000000000",
        "fa3fc00000",
        "f93e00",
        "c11a5f5e1000",
        "c120",
        "c1fb41d0000000000000",
        "c24101",
        "c34101",
        "f4",
        "f5",
        "f6",
        "1bffffffffffffffff",
        "a0",
        "80",
    ],
)
def test_plain_data_passes_unchanged(data: str) -> None:
    assert check(bytes.fromhex(data), LIMITS).hex() == data


@pytest.mark.parametrize(
    "data",
    [
        "",
        "18",
        "0000",  # trailing byte
        "9fff",  # indefinite length
        "bfff",
        "5fff",
        "1c",  # not assigned
        "9b7fffffffffffffff",  # more elements than there are bytes
        "bb7fffffffffffffff",
        "5b7fffffffffffffff",
        "7b7fffffffffffffff",
        "82",
        "a10101",  # a key that is a number
        "a1410101",
        "a1d81c616101",
        "d81c80",  # shareable
        "d81d00",  # reference
        "d81c81d81d00",  # a list that holds itself
        "d90100" + "80",  # string references
        "d9010280",  # a set
        "d8236161",  # a regular expression
        "d82550" + "00" * 16,
        "c482200a",  # a decimal fraction
        "d81e820102",  # a rational
        "d9d9f700",  # self-described CBOR
        "c0f6",  # dates of the wrong kind
        "c041aa",
        "c16161",
        "c1f6",
        "c200",  # big numbers of the wrong kind
        "c26101",
        "c25f4101ff",
        "e0",  # unassigned simple values
        "f820",
        "f3",
        "ff",
    ],
)
def test_everything_else_is_refused(data: str) -> None:
    with pytest.raises(DecodeError):
        check(bytes.fromhex(data), LIMITS)


def test_big_numbers_are_bounded() -> None:
    check(cbor2.dumps(10**100 - 1), LIMITS)
    with pytest.raises(DecodeError, match="integer is too long"):
        check(cbor2.dumps(10**103), LIMITS)


def test_arrays_and_maps_are_counted() -> None:
    data = cbor2.dumps([[], {"a": [False, True, None]}, None])
    assert check(data, Limits(containers=4)) == data
    with pytest.raises(DecodeError, match="too many arrays and maps"):
        check(data, Limits(containers=3))


def test_depth_is_bounded() -> None:
    nested: Any = []
    for _ in range(199):
        nested = [nested]
    frame = cbor2.dumps({"type": 3, "nsp": "/", "data": nested})
    assert CBORParser().decoder().add(frame) == Packet(3, "/", nested)
    for frame in (cbor2.dumps({"type": 3, "nsp": "/", "data": [nested]}), b"\x81" * 100_000):
        with pytest.raises(DecodeError, match="too deep"):
            CBORParser().decoder().add(frame)


@pytest.mark.parametrize(
    "frame",
    [
        '2["a"]',
        b"",
        b"\x80",
        bytes.fromhex("61ff"),  # text that is not UTF-8
        bytes.fromhex("c0656e6f706521"),  # text that is no date
        cbor2.dumps({"type": 5, "nsp": "/", "data": ["a"]}),
        cbor2.dumps({"type": 2, "nsp": "/", "data": ["connect"]}),
    ],
    ids=str,
)
def test_refused(frame: str | bytes) -> None:
    with pytest.raises(DecodeError):
        CBORParser().decoder().add(frame)


@given(st.binary(max_size=60))
def test_any_bytes_are_an_error(data: bytes) -> None:
    for frame in (data, b"\xa1\x64type" + data):
        with pytest.raises(DecodeError):
            CBORParser().decoder().add(frame)


@pytest.mark.parametrize("packet", [Packet(5), Packet(2, "x"), Packet(2, "/", ["a", object()])])
def test_what_cannot_be_encoded(packet: Packet) -> None:
    with pytest.raises(LocalProtocolError):
        CBORParser().encode(packet)


def test_a_structure_that_holds_itself_is_refused() -> None:
    cycle: list[Any] = ["a"]
    cycle.append(cycle)
    with pytest.raises(LocalProtocolError, match="holds itself"):
        CBORParser().encode(Packet(2, "/", cycle))


def test_without_cbor2_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cbor2", None)
    with pytest.raises(ImportError, match=r'pip install "sio-core\[cbor\]"'):
        CBORParser()

"""`socketio/parsers/cbor_parser.py`: plain data passes, everything else stops before cbor2."""

import re
import sys
from datetime import UTC, datetime
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sio_core.limits import Limits
from sio_core.protocol_errors import DecodeError, LocalProtocolError
from sio_core.slices import finish
from sio_core.socketio.parsers.cbor_parser import CBORDecoder, CBORParser
from sio_core.socketio.parsers.packets import Packet
from sio_core.socketio.parsers.validation import packet_to_map
from sio_core.values import Frame


def decode(frame: Frame) -> Packet:
    """What a decoder makes of a frame, in one piece and in slices."""
    decoder = CBORParser().decoder()
    try:
        packet = decoder.add(frame)
    except DecodeError as error:
        with pytest.raises(DecodeError, match=re.escape(str(error))):
            finish(decoder.add_in_slices(frame))
        raise
    assert not decoder.pending
    assert finish(decoder.add_in_slices(frame)) == packet
    return packet


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
    packet = Packet(2, "/a", ["name", value], ack_id)
    (frame,) = CBORParser().encode(packet)
    assert decode(frame) == packet


@given(
    st.integers(0, 4),
    st.sampled_from(["/", "/a"]),
    st.none() | values | st.lists(values) | st.dictionaries(st.text(), values),
    st.none() | st.integers(0, 10**15 - 1),
)
def test_frames_are_those_of_the_library(
    kind: int, namespace: str, data: Any, ack_id: int | None
) -> None:
    packet = Packet(kind, namespace, data, ack_id)
    assert CBORParser().encode(packet) == (cbor2.dumps(packet_to_map(packet)),)


class Older:
    """The library before it had the options that spare the walk."""

    @staticmethod
    def loads(data: bytes) -> Any:
        return cbor2.loads(data)


@given(
    st.dictionaries(st.sampled_from(["type", "nsp", "data", "id", "options", "x"]), values),
    st.integers(0, 5),
    st.sampled_from(["/", "/a", "a"]),
    st.lists(values | st.datetimes(timezones=st.just(UTC)) | st.just(cbor2.undefined)),
    st.booleans(),
)
def test_packets_are_those_of_an_older_library(
    fields: dict[str, Any], kind: int, namespace: str, args: list[Any], damaged: bool
) -> None:
    packet = {"type": kind, "nsp": namespace, "data": ["a", *args], **fields}
    try:
        frame = cbor2.dumps(packet)
    except Exception:  # a moment before 1970, which the library does not write
        return
    frame = frame[:-1] if damaged else frame
    outcomes = []
    for library in (cbor2, Older):
        try:
            outcomes.append(repr(CBORDecoder(library, Limits()).add(frame)))
        except DecodeError as error:
            outcomes.append(str(error))
    assert outcomes[0] == outcomes[1]


def test_a_frame_may_be_too_large_to_be_read_at_once() -> None:
    packet = Packet(2, "/", ["a", [1] * 70_000])
    (frame,) = CBORParser().encode(packet)
    assert decode(frame) == packet


def test_the_keys_are_those_of_the_msgpack_parser() -> None:
    (frame,) = CBORParser().encode(Packet(1, "/a"))
    assert isinstance(frame, bytes)
    assert cbor2.loads(frame) == {"type": 1, "nsp": "/a"}


@pytest.mark.parametrize("as_timestamp", [False, True])
def test_datetimes_are_read(as_timestamp: bool) -> None:
    moment = datetime(2024, 1, 1, tzinfo=UTC)
    value = {"type": 2, "nsp": "/", "data": ["at", moment]}
    frame = cbor2.dumps(value, datetime_as_timestamp=as_timestamp)
    assert decode(frame) == Packet(2, "/", ["at", moment])


def test_undefined_is_none() -> None:
    frame = cbor2.dumps({"type": 2, "nsp": "/", "data": ["a", cbor2.undefined, b"\xf7"]})
    assert decode(frame) == Packet(2, "/", ["a", None, b"\xf7"])


def test_depth_is_bounded() -> None:
    nested: Any = []
    for _ in range(199):
        nested = [nested]
    frame = cbor2.dumps({"type": 3, "nsp": "/", "data": nested})
    assert decode(frame) == Packet(3, "/", nested)
    for frame in (cbor2.dumps({"type": 3, "nsp": "/", "data": [nested]}), b"\x81" * 100_000):
        with pytest.raises(DecodeError, match="too deep"):
            decode(frame)


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
        decode(frame)


@given(st.binary(max_size=60))
def test_any_bytes_are_an_error(data: bytes) -> None:
    for frame in (data, b"\xa1\x64type" + data):
        with pytest.raises(DecodeError):
            decode(frame)


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

"""`socketio/parsers/msgpack_parser.py` against bytes recorded from socket.io-msgpack-parser."""

import re
import sys
from datetime import UTC, datetime
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sio_core.codecs.msgpack_writer import packb
from sio_core.limits import Limits
from sio_core.protocol_errors import DecodeError, LocalProtocolError
from sio_core.slices import finish
from sio_core.socketio.parsers.msgpack_parser import MsgpackParser
from sio_core.socketio.parsers.packets import Packet
from sio_core.socketio.parsers.validation import packet_to_map
from sio_core.values import Frame

from ...codecs.binary_values import msgpack_values


@pytest.fixture(scope="module")
def plain_parser() -> MsgpackParser:
    """A parser where msgspec is not installed."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("msgspec", "msgspec.msgpack"):
            patch.setitem(sys.modules, name, None)
        return MsgpackParser()


def outcome(function: Any, given: Any) -> str:
    try:
        return repr(function(given))
    except (DecodeError, LocalProtocolError) as error:
        return str(error)


def test_a_frame_that_could_hold_too_many_arrays_is_counted_first() -> None:
    frames = [
        frame
        for size in (1, 40)
        for frame in MsgpackParser().encode(Packet(2, "/", ["x" * size, []], None))
    ]
    decoder = MsgpackParser(Limits(containers=30)).decoder()
    assert [len(frame) <= 30 for frame in frames] == [True, False]
    assert [decoder.add(frame).data for frame in frames] == [["x", []], ["x" * 40, []]]


values = msgpack_values(10)


@given(
    st.integers(-1, 6),
    st.sampled_from(["/", "/a", "a", ""]),
    values | st.lists(values) | st.just(["connect"]),
    st.none() | st.integers(-1, 2**64),
)
def test_frames_are_the_same_without_msgspec(
    plain_parser: MsgpackParser, kind: int, namespace: str, data: Any, ack_id: int | None
) -> None:
    packet = Packet(kind, namespace, data, ack_id)
    frames = outcome(MsgpackParser().encode, packet)
    assert frames == outcome(plain_parser.encode, packet)
    assert frames == outcome(lambda given: (packb(packet_to_map(given), 201),), packet)


@given(
    st.dictionaries(st.sampled_from(["type", "nsp", "data", "id", "options", "x"]), values),
    st.integers(0, 5),
    st.sampled_from(["/", "/a", "a"]),
    st.lists(values),
    st.booleans(),
)
def test_packets_are_the_same_without_msgspec(
    plain_parser: MsgpackParser,
    fields: dict[str, Any],
    kind: int,
    namespace: str,
    args: list[Any],
    damaged: bool,
) -> None:
    frame = packb({"type": kind, "nsp": namespace, "data": ["a", *args], **fields})
    frame = frame[:-1] if damaged else frame
    found = outcome(MsgpackParser().decoder().add, frame)
    assert found == outcome(plain_parser.decoder().add, frame)


def decode(frame: Frame) -> Packet | None:
    decoder = MsgpackParser().decoder()
    try:
        packet = decoder.add(frame)
    except DecodeError as error:
        with pytest.raises(DecodeError, match=re.escape(str(error))):
            finish(decoder.add_in_slices(frame))
        raise
    assert not decoder.pending
    assert finish(decoder.add_in_slices(frame)) == packet
    return packet


# What the JavaScript encoder writes, and what it stands for.
RECORDED = [
    (
        "83a47479706500a36e7370a12fa46461746182a3736964a178a3706964d40000",
        Packet(0, "/", {"sid": "x", "pid": None}),
    ),
    ("82a47479706501a36e7370a22f61", Packet(1, "/a")),
    (
        "85a47479706502a36e7370a12fa46461746192a16dc40101a2696400"
        "a76f7074696f6e7381a8636f6d7072657373c3",
        Packet(2, "/", ["m", b"\x01"], 0),
    ),
    ("84a47479706503a36e7370a12fa46461746190a2696407", Packet(3, "/", [], 7)),
    (
        "83a47479706504a36e7370a12fa46461746181a76d657373616765a26e6f",
        Packet(4, "/", {"message": "no"}),
    ),
]


@pytest.mark.parametrize(("data", "packet"), RECORDED, ids=str)
def test_what_javascript_writes(data: str, packet: Packet) -> None:
    assert decode(bytes.fromhex(data)) == packet


def test_nil_data_of_older_python_servers_is_read() -> None:
    assert decode(msgpack.packb({"type": 1, "data": None, "nsp": "/"})) == Packet(1)


def test_what_is_none_is_left_out() -> None:
    (frame,) = MsgpackParser().encode(Packet(1, "/a"))
    assert msgpack.unpackb(frame) == {"type": 1, "nsp": "/a"}


@given(
    st.sampled_from(["/", "/a"]),
    st.none() | st.integers(0, 10**15 - 1),
    st.lists(st.none() | st.integers(-(2**63), 2**64 - 1) | st.text() | st.binary(), max_size=8),
)
def test_there_and_back(namespace: str, ack_id: int | None, args: list[Any]) -> None:
    packet = Packet(2, namespace, ["name", *args], ack_id)
    (frame,) = MsgpackParser().encode(packet)
    assert decode(frame) == packet


def test_datetimes_travel() -> None:
    packet = Packet(2, "/", ["at", datetime(2024, 1, 1, tzinfo=UTC)])
    assert decode(*MsgpackParser().encode(packet)) == packet


@pytest.mark.parametrize(
    "frame",
    [
        '2["a"]',
        b"",
        b"\x90",
        msgpack.packb({"type": 5, "nsp": "/", "data": ["a"]}),
        msgpack.packb({"type": 2, "nsp": "/", "data": ["connect"]}),
        msgpack.packb({"type": 2, "nsp": "/", "data": ["a"]}) + b"\x00",
    ],
    ids=str,
)
def test_refused(frame: Frame) -> None:
    with pytest.raises(DecodeError):
        decode(frame)


@pytest.mark.parametrize("packet", [Packet(5), Packet(2, "x"), Packet(2, "/", ["a", object()])])
def test_what_cannot_be_encoded(packet: Packet) -> None:
    with pytest.raises(LocalProtocolError):
        MsgpackParser().encode(packet)


def test_depth_counts_the_data_alone() -> None:
    parser = MsgpackParser(Limits(json_depth=2))
    packet = Packet(2, "/", ["a", []])
    assert parser.decoder().add(*parser.encode(packet)) == packet
    (frame,) = MsgpackParser().encode(Packet(2, "/", ["a", [[]]]))
    with pytest.raises(DecodeError, match="too deep"):
        parser.decoder().add(frame)
    with pytest.raises(LocalProtocolError, match="too deep"):
        parser.encode(Packet(2, "/", ["a", [[]]]))

"""`socketio/parsers/serializers.py`: documented arguments in, parsers and limits out."""

import json
import types
from typing import Any

import pytest

from sio_core.protocol_errors import DecodeError, LocalProtocolError
from sio_core.socketio import TRUSTED, JSONParser, Limits, Packet
from sio_core.socketio.parsers.cbor_parser import CBORParser
from sio_core.socketio.parsers.custom_packet import Packet as PacketClass
from sio_core.socketio.parsers.msgpack_packet import MsgPackPacket
from sio_core.socketio.parsers.msgpack_parser import MsgpackParser
from sio_core.socketio.parsers.packet_class_parser import PacketClassParser
from sio_core.socketio.parsers.serializers import choose_parser, limits_from, packet_class_of

ONE = Packet(2, "/", ["x", b"1"])
TWO = Packet(2, "/", ["x", b"1", b"2"])
DEEP = Packet(2, "/", ["x", [[[]]]])


class Shouting(PacketClass):
    def encode(self) -> Any:
        return str(super().encode()).upper()


@pytest.mark.parametrize(
    ("serializer", "parser"),
    [
        ("default", JSONParser),
        ("msgpack", MsgpackParser),
        ("cbor", CBORParser),
        (PacketClass, PacketClassParser),
    ],
)
def test_each_serializer_has_its_parser_and_its_limits(serializer: Any, parser: type) -> None:
    narrow = choose_parser(serializer, limits=Limits(json_depth=3))
    wide = choose_parser(serializer)
    assert type(narrow) is type(wide) is parser
    (frame,) = wide.encode(DEEP)
    assert wide.decoder().add(frame) == DEEP
    with pytest.raises(DecodeError, match="too deep"):
        narrow.decoder().add(frame)
    with pytest.raises(LocalProtocolError, match="nested"):
        narrow.encode(DEEP)


def nested(levels: int, inner: Any) -> Any:
    for level in range(levels):
        inner = [inner] if level % 2 else {"k": inner}
    return inner


@pytest.mark.parametrize("inner", [1, b"x"])
@pytest.mark.parametrize("serializer", ["default", "msgpack", "cbor", PacketClass])
def test_depth_is_the_same_both_ways(serializer: Any, inner: Any) -> None:
    parser = choose_parser(serializer, limits=Limits(json_depth=40))
    # A placeholder is a level of its own.
    levels = 38 if inner == b"x" and serializer == "default" else 39
    packet = Packet(2, "/", ["a", nested(levels, inner)])
    decoder = parser.decoder()
    found = [decoder.add(frame) for frame in parser.encode(packet)]
    assert found[-1] == packet
    with pytest.raises(LocalProtocolError, match="nested"):
        parser.encode(Packet(2, "/", ["a", nested(levels + 1, inner)]))


@pytest.mark.parametrize("kind", [0, 3])
def test_depth_of_other_packets(kind: int) -> None:
    parser = choose_parser(limits=Limits(json_depth=3))
    data: Any = {"a": [1]} if kind == 0 else [1, {"a": 1}]
    assert parser.decoder().add(*parser.encode(Packet(kind, "/a", data)))
    with pytest.raises(
        LocalProtocolError, match="deeper than the 3 levels that max_json_depth allows"
    ):
        parser.encode(Packet(kind, "/a", {"a": [[[]]]}))


@pytest.mark.parametrize("serializer", ["default", "msgpack", "cbor", PacketClass])
def test_what_a_client_takes_of_its_server(serializer: Any) -> None:
    ours = choose_parser(serializer, limits=TRUSTED, max_attachments_out=None)
    # The others call themselves for each level.
    levels = 300 if serializer in ("msgpack", "cbor") else 500
    packet = Packet(3, "/", [*[b"x"] * 600, nested(levels, "end")], 1)
    theirs = choose_parser(serializer, limits=TRUSTED).decoder()
    found = [theirs.add(frame) for frame in ours.encode(packet)]
    assert found[-1] == packet


def test_a_parser_that_calls_itself_never_raises_anything_else() -> None:
    endless = Limits(json_depth=100_000)
    for serializer, levels in (("msgpack", b"\x91" * 50_000), ("cbor", b"\x81" * 50_000)):
        parser = choose_parser(serializer, limits=endless)
        with pytest.raises(DecodeError, match="too deep" if serializer == "cbor" else "no"):
            parser.decoder().add(levels + b"\x01")
        with pytest.raises(LocalProtocolError):
            parser.encode(Packet(2, "/", ["a", nested(50_000, 1)]))


def test_the_default_is_json() -> None:
    assert choose_parser().encode(Packet(2, "/", ["x"])) == ('2["x"]',)


def test_a_subclass_does_the_work() -> None:
    assert choose_parser(Shouting).encode(Packet(2, "/", ["x"])) == ('2["X"]',)


def test_a_parser_is_taken_as_it_is() -> None:
    parser = JSONParser()
    assert choose_parser(parser, json, Limits(attachments=0)) is parser


@pytest.mark.parametrize("serializer", ["default", PacketClass])
def test_json_may_be_given(serializer: Any) -> None:
    own = types.SimpleNamespace(dumps=lambda obj: json.dumps(obj).upper(), loads=json.loads)
    assert choose_parser(serializer, own).encode(Packet(2, "/", ["x"])) == ('2["X"]',)


@pytest.mark.parametrize("serializer", ["default", PacketClass])
def test_attachments_out_are_bounded(serializer: Any) -> None:
    parser = choose_parser(serializer, max_attachments_out=1)
    assert len(parser.encode(ONE)) == 2
    with pytest.raises(ValueError, match="max_attachments_out"):
        parser.encode(TWO)
    assert len(choose_parser(serializer, max_attachments_out=None).encode(TWO)) == 3


@pytest.mark.parametrize(
    ("serializer", "says"),
    [
        ("pickle", "use 'msgpack' or 'cbor'"),
        ("yaml", "unknown serializer 'yaml'"),
        (None, "unknown serializer None"),
        (types.SimpleNamespace(encode=len), "unknown serializer"),
        (int, "serializer int has no method encode"),
    ],
)
def test_anything_else_is_refused(serializer: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        choose_parser(serializer)


@pytest.mark.parametrize(
    ("given", "limits"),
    [
        ({}, Limits()),
        ({"max_attachments": 1}, Limits(attachments=1)),
        ({"max_attachment_bytes": 2}, Limits(attachment_bytes=2)),
        ({"max_json_depth": 3}, Limits(json_depth=3)),
        ({"max_int_digits": 4}, Limits(json_int_digits=4)),
        ({"max_containers": 4}, Limits(containers=4)),
    ],
)
def test_limits_are_taken_out(given: dict[str, Any], limits: Limits) -> None:
    given["max_namespaces"] = 5
    assert limits_from(given, Limits()) == limits
    assert given == {"max_namespaces": 5}


def test_what_is_not_given_stays() -> None:
    assert limits_from({}, TRUSTED) == TRUSTED
    assert limits_from({"max_json_depth": 3}, TRUSTED).attachments == 100_000


@pytest.mark.parametrize(
    ("given", "max_payload", "room"),
    [
        ({}, 5_000_000, 5_000_000),
        ({}, 100, 1_000_000),
        ({"max_attachment_bytes": 100}, 5_000_000, 100),
        ({"max_attachment_bytes": 5_000_000}, 100, 5_000_000),
    ],
)
def test_bytes_may_be_as_large_as_a_message(
    given: dict[str, Any], max_payload: int, room: int
) -> None:
    assert limits_from(given, Limits(), max_payload).attachment_bytes == room


def test_a_limit_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="attachments must be"):
        limits_from({"max_attachments": -1}, Limits())


def test_packet_classes_of_parsers() -> None:
    assert packet_class_of(choose_parser()) is PacketClass
    assert packet_class_of(choose_parser("msgpack")) is MsgPackPacket
    assert packet_class_of(choose_parser("cbor")) is None
    assert packet_class_of(choose_parser(Shouting)) is Shouting


def test_the_packet_class_writes_json_as_the_application_does() -> None:
    own = types.SimpleNamespace(dumps=lambda value, **_: f"own {value}", loads=json.loads)
    kind = packet_class_of(choose_parser(json=own))
    assert kind is not None
    assert kind(2, [1]).encode() == "2own [1]"

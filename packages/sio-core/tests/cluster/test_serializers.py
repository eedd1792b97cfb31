from typing import Any

import pytest

from sio_core import DecodeError
from sio_core.cluster import NodeConfig
from sio_core.cluster.serializers import Serializers, name_of
from sio_core.codecs.choose_json import default_json
from sio_core.socketio import JSONParser, Packet, PacketType
from sio_core.socketio.serializers import choose_parser

CODEC = default_json()
LIMITS = NodeConfig().limits


class Odd(JSONParser):
    """A parser of an application's own."""


class Shouting:
    def encode(self, packet: Packet) -> tuple[str, ...]:
        return (packet.data[0].upper(),)

    def decoder(self) -> Any:
        return self

    pending = False

    def add(self, frame: str) -> Packet:
        return Packet(2, "/", [frame.lower()])


def serializers(name: str) -> Serializers:
    parser = choose_parser(name)
    return Serializers(parser, name_of(parser), CODEC, LIMITS)


def test_serializers_have_names() -> None:
    names = [name_of(choose_parser(name)) for name in ("default", "msgpack", "cbor")]
    assert names == ["json", "msgpack", "cbor"]
    assert name_of(Shouting()).endswith("test_serializers.Shouting")


@pytest.mark.parametrize("writer", ["default", "msgpack", "cbor"])
@pytest.mark.parametrize("reader", ["default", "msgpack", "cbor"])
def test_each_reads_what_the_others_write(writer: str, reader: str) -> None:
    packet = Packet(PacketType.EVENT, "/chat", ["a", {"b": b"\x00"}, b"\x01", "ä"])
    frames = serializers(writer).frames(packet)
    other = serializers(reader)
    name = serializers(writer).name
    assert other.knows(name)
    assert other.knows(name)
    assert other.packet(name, frames) == packet


def test_a_parser_of_ones_own_is_known_to_its_like_alone() -> None:
    own = Serializers(Shouting(), "shouting", CODEC, LIMITS)
    assert own.packet("shouting", own.frames(Packet(2, "/", ["a"]))) == Packet(2, "/", ["a"])
    assert own.knows("json")
    assert not serializers("default").knows("shouting")


def test_a_serializer_that_is_not_installed_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "cbor2", None)
    assert not serializers("default").knows("cbor")


@pytest.mark.parametrize(
    ("frames", "text"),
    [
        (("2",), "no message"),
        (("42[1",), "invalid JSON"),
        (('451-["a",{"_placeholder":true,"num":0}]',), "attachments"),
        (('42["a"]', b"a"), "behind the end"),
        ((b"a",), "without a packet"),
    ],
)
def test_frames_that_are_no_packet_are_refused(frames: tuple[Any, ...], text: str) -> None:
    known = serializers("default")
    assert known.knows("json")
    with pytest.raises(DecodeError, match=text):
        known.packet("json", frames)

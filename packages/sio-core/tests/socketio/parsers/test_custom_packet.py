"""`socketio/parsers/custom_packet.py`: `Packet`, and the parser over subclasses of it."""

import base64
import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sio_core.protocol_errors import DecodeError, LocalProtocolError
from sio_core.socketio import Limits
from sio_core.socketio import Packet as CorePacket
from sio_core.socketio.parsers import custom_packet as packet
from sio_core.socketio.parsers.custom_packet import Packet
from sio_core.socketio.parsers.packet_class_parser import PacketClassParser
from sio_core.values import Frame


class Text64(Packet):
    """A format of the application's own: base64 of JSON, bytes as lists of numbers."""

    uses_binary_events = False

    def encode(self) -> Any:
        made = self.json.dumps(self._to_dict(), default=list)
        return "x" + base64.b64encode(made.encode()).decode()

    def decode(self, encoded_packet: Any) -> Any:
        made = json.loads(base64.b64decode(encoded_packet[1:]))
        self.packet_type, self.data = made["type"], made.get("data")
        self.namespace, self.id = made["nsp"], made.get("id")


# Packet -------------------------------------------------------------------


def test_defaults() -> None:
    made = Packet()
    assert (made.packet_type, made.data, made.namespace, made.id) == (
        packet.EVENT,
        None,
        None,
        None,
    )
    assert (made.attachment_count, made.attachments) == (0, [])


@pytest.mark.parametrize(
    ("made", "wire"),
    [
        (Packet(packet.CONNECT, {"token": 1}), '0{"token":1}'),
        (Packet(packet.DISCONNECT, namespace="/a"), "1/a,"),
        (Packet(packet.EVENT, ["x"], namespace="/a", id=5), '2/a,5["x"]'),
        (Packet(packet.EVENT, ["x", b"\x01"]), ['51-["x",{"_placeholder":true,"num":0}]', b"\x01"]),
        (Packet(packet.ACK, [b"\x01"], id=0), ['61-0[{"_placeholder":true,"num":0}]', b"\x01"]),
        (Packet(packet.EVENT, ["x"], binary=True), '2["x"]'),
    ],
)
def test_encode(made: Packet, wire: Any) -> None:
    assert made.encode() == wire


def test_decode() -> None:
    made = Packet(encoded_packet='2/a,5["x",{"y":[1]}]')
    assert (made.packet_type, made.namespace, made.id) == (packet.EVENT, "/a", 5)
    assert made.data == ["x", {"y": [1]}]
    assert Packet(encoded_packet='2["x"]').namespace is None


def test_attachments_are_added_one_by_one() -> None:
    wire = '52-/a,["x",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]'
    made = Packet(encoded_packet=wire)
    assert (made.packet_type, made.attachment_count) == (packet.BINARY_EVENT, 2)
    assert made.add_attachment(b"one") is False
    assert made.add_attachment(b"two") is True
    assert made.data == ["x", b"two", b"one"]
    assert made.attachments == [b"one", b"two"]
    with pytest.raises(ValueError):
        made.add_attachment(b"three")


def test_attachments_that_fit_no_placeholder_are_refused() -> None:
    made = Packet(encoded_packet='51-["x",{"_placeholder":true,"num":3}]')
    with pytest.raises(ValueError, match="illegal attachments"):
        made.add_attachment(b"one")


@pytest.mark.parametrize("wire", ["", "9", "x", '2["x"', "50-[]", '2["connect"]', b"\x00"])
def test_what_is_no_packet_is_a_value_error(wire: Frame) -> None:
    with pytest.raises(ValueError):
        Packet(encoded_packet=wire)


def test_only_events_and_acknowledgements_carry_bytes() -> None:
    with pytest.raises(ValueError, match="only events"):
        Packet(packet.CONNECT, {"a": b"x"})


def test_data_is_binary() -> None:
    assert Packet.data_is_binary(["a", {"b": (1, bytearray(b"x"))}])
    assert not Packet.data_is_binary(["a", {"b": (1, "x")}])


def test_a_class_may_have_its_own_json() -> None:
    class Loud(Packet):
        json = SimpleNamespace(dumps=lambda obj: json.dumps(obj).upper(), loads=json.loads)

    assert Loud(packet.EVENT, ["x"]).encode() == '2["X"]'
    assert Loud(packet.EVENT, ["y"]).encode() == '2["Y"]'
    assert Packet(packet.EVENT, ["x"]).encode() == '2["x"]'


def test_names() -> None:
    assert packet.packet_names[packet.BINARY_ACK] == "BINARY_ACK"
    assert len(packet.packet_names) == 7


@given(
    st.lists(
        st.one_of(st.binary(max_size=20), st.text(max_size=20), st.integers(-9, 9)), max_size=8
    ),
    st.sampled_from([None, "/", "/chat"]),
    st.none() | st.integers(0, 10**9),
)
def test_encode_and_decode_are_inverse(
    args: list[Any], namespace: str | None, ack_id: int | None
) -> None:
    frames = Packet(packet.EVENT, ["name", *args], namespace=namespace, id=ack_id).encode()
    first, *others = frames if isinstance(frames, list) else [frames]
    back = Packet(encoded_packet=first)
    for frame in others:
        back.add_attachment(frame)
    assert back.data == ["name", *args]
    assert (back.namespace or "/", back.id) == (namespace or "/", ack_id)


# PacketClassParser --------------------------------------------------------


def test_the_parser_speaks_the_class() -> None:
    parser = PacketClassParser(Text64)
    sent = CorePacket(2, "/a", ["x", 1], 9)
    (frame,) = parser.encode(sent)
    assert str(frame).startswith("x")
    assert parser.decoder().add(frame) == sent


def test_the_default_class_is_the_default_format() -> None:
    parser = PacketClassParser(Packet)
    frames = parser.encode(CorePacket(2, "/", ["x", b"1"], None))
    assert frames == ('51-["x",{"_placeholder":true,"num":0}]', b"1")
    decoder = parser.decoder()
    assert decoder.add(frames[0]) is None
    assert decoder.pending
    assert decoder.add(frames[1]) == CorePacket(2, "/", ["x", b"1"], None)
    assert not decoder.pending


def test_a_packet_waits_for_its_last_attachment() -> None:
    parser = PacketClassParser(Packet)
    sent = CorePacket(3, "/a", [b"1", b"2"], 7)
    first, *others = parser.encode(sent)
    decoder = parser.decoder()
    assert decoder.add(first) is None
    assert decoder.add(others[0]) is None
    assert decoder.pending
    assert decoder.add(others[1]) == sent


def test_a_format_may_be_a_dictionary() -> None:
    parser = PacketClassParser(Text64)
    for sent in (CorePacket(1, "/a"), CorePacket(3, "/", [b"1"], 0)):
        (frame,) = parser.encode(sent)
        made = json.loads(base64.b64decode(str(frame)[1:]))
        assert set(made) == ({"type", "data", "nsp"} | ({"id"} if sent.id is not None else set()))


def test_json_is_for_this_parser_alone() -> None:
    other = SimpleNamespace(dumps=lambda obj: json.dumps(obj).upper(), loads=json.loads)
    assert PacketClassParser(Packet, other).encode(CorePacket(2, "/", ["x"])) == ('2["X"]',)
    assert Packet.json is json


@pytest.mark.parametrize("error", [ValueError, KeyError, RecursionError, TypeError])
def test_what_the_class_raises_on_input_is_a_decode_error(error: type[Exception]) -> None:
    class Broken(Packet):
        def decode(self, encoded_packet: Any) -> Any:
            raise error("secret")

    with pytest.raises(DecodeError) as caught:
        PacketClassParser(Broken).decoder().add("anything")
    assert "secret" not in str(caught.value)


def test_what_the_class_raises_on_attachments_is_a_decode_error() -> None:
    class Broken(Packet):
        def add_attachment(self, attachment: bytes) -> bool:
            raise OSError("secret")

    decoder = PacketClassParser(Broken).decoder()
    assert decoder.add('51-["x",{"_placeholder":true,"num":0}]') is None
    with pytest.raises(DecodeError):
        decoder.add(b"1")
    assert not decoder.pending


@pytest.mark.parametrize(
    "fields",
    [
        {"packet_type": 9},
        {"packet_type": "2"},
        {"packet_type": None},
        {"data": "text"},
        {"data": ["connect"]},
        {"namespace": "chat"},
        {"namespace": 5},
        {"namespace": "/" + "a" * 600},
        {"id": -1},
        {"id": "1"},
        {"id": 10**20},
        {"attachment_count": 11},
        {"attachment_count": "1"},
    ],
)
def test_what_the_class_decodes_is_checked(fields: dict[str, Any]) -> None:
    class Odd(Packet):
        def decode(self, encoded_packet: Any) -> Any:
            values = {"packet_type": 2, "data": ["x"], "namespace": "/", "id": None, **fields}
            for name, value in values.items():
                setattr(self, name, value)
            return values.get("attachment_count")

    decoder = PacketClassParser(Odd).decoder()
    if fields == {"packet_type": "2"}:
        assert decoder.add("anything") == CorePacket(2, "/", ["x"], None)
    else:
        with pytest.raises(DecodeError):
            decoder.add("anything")


def test_deep_data_is_refused() -> None:
    class Deep(Packet):
        def decode(self, encoded_packet: Any) -> Any:
            self.data = ["x"]
            for _ in range(200):
                self.data = ["x", self.data]

    with pytest.raises(DecodeError, match="too deep"):
        PacketClassParser(Deep).decoder().add("anything")


def test_attachments_are_bounded() -> None:
    parser = PacketClassParser(Packet, limits=Limits(attachment_bytes=3))
    decoder = parser.decoder()
    assert decoder.add('51-["x",{"_placeholder":true,"num":0}]') is None
    with pytest.raises(DecodeError, match="too large"):
        decoder.add(b"1234")
    decoder = parser.decoder()
    assert decoder.add('51-["x",{"_placeholder":true,"num":0}]') is None
    with pytest.raises(DecodeError, match="text frame"):
        decoder.add('2["y"]')


def test_too_many_attachments_are_not_sent() -> None:
    parser = PacketClassParser(Packet)
    with pytest.raises(LocalProtocolError, match="max_attachments_out"):
        parser.encode(CorePacket(2, "/", ["x", *[b"1"] * 11]))


@pytest.mark.parametrize("made", [None, 5, [], ["x", 5]])
def test_what_encode_returns_is_checked(made: Any) -> None:
    class Odd(Packet):
        def encode(self) -> Any:
            return made

    with pytest.raises(LocalProtocolError):
        PacketClassParser(Odd).encode(CorePacket(2, "/", ["x"]))


def test_what_encode_raises_is_chained() -> None:
    class Broken(Packet):
        def encode(self) -> Any:
            raise KeyError("why")

    with pytest.raises(LocalProtocolError) as caught:
        PacketClassParser(Broken).encode(CorePacket(2, "/", ["x"]))
    assert isinstance(caught.value.__cause__, KeyError)


def test_what_the_default_format_refuses_is_not_wrapped() -> None:
    with pytest.raises(LocalProtocolError, match=r"^not possible in JSON"):
        PacketClassParser(Packet).encode(CorePacket(2, "/", ["x", object()]))


def test_a_class_without_the_methods_is_refused() -> None:
    with pytest.raises(ValueError, match="has no method encode"):
        PacketClassParser(SimpleNamespace)


@given(st.text(max_size=60) | st.binary(max_size=60))
def test_input_never_raises_anything_else(frame: Frame) -> None:
    for kind in (Packet, Text64):
        decoder = PacketClassParser(kind).decoder()
        try:
            made = decoder.add(frame)
        except DecodeError:
            continue
        assert made is None or isinstance(made, CorePacket)


def test_bytes_out_of_data_and_back() -> None:
    data = ["x", {"a": b"\x01"}, b"\x02"]
    bare, attachments = Packet.deconstruct_binary(data)
    assert attachments == [b"\x01", b"\x02"]
    assert bare[1] == {"a": {"_placeholder": True, "num": 0}}
    assert Packet.reconstruct_binary(bare, attachments) == data
    with pytest.raises(ValueError, match="illegal attachments"):
        Packet.reconstruct_binary([{"_placeholder": True, "num": 2}], [])

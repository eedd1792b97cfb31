"""`Packet` and serializers that are subclasses of it, alone and in a real server."""

import asyncio
import base64
import json
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sio_core.errors import DecodeError, LocalProtocolError
from sio_core.socketio import Limits
from sio_core.socketio import Packet as CorePacket
from sio_server import AsyncServer, packet
from sio_server.packet import Packet, PacketClassParser


class Text64(Packet):
    """A format of the application's own: base64 of JSON, bytes as lists of numbers."""

    uses_binary_events = False

    def encode(self):
        made = self.json.dumps(self._to_dict(), default=list)
        return "x" + base64.b64encode(made.encode()).decode()

    def decode(self, encoded_packet):
        made = json.loads(base64.b64decode(encoded_packet[1:]))
        self.packet_type, self.data = made["type"], made.get("data")
        self.namespace, self.id = made["nsp"], made.get("id")


# Packet -------------------------------------------------------------------


def test_defaults():
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
def test_encode(made, wire):
    assert made.encode() == wire


def test_decode():
    made = Packet(encoded_packet='2/a,5["x",{"y":[1]}]')
    assert (made.packet_type, made.namespace, made.id) == (packet.EVENT, "/a", 5)
    assert made.data == ["x", {"y": [1]}]
    assert Packet(encoded_packet='2["x"]').namespace is None


def test_attachments_are_added_one_by_one():
    wire = '52-/a,["x",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]'
    made = Packet(encoded_packet=wire)
    assert (made.packet_type, made.attachment_count) == (packet.BINARY_EVENT, 2)
    assert made.add_attachment(b"one") is False
    assert made.add_attachment(b"two") is True
    assert made.data == ["x", b"two", b"one"]
    assert made.attachments == [b"one", b"two"]
    with pytest.raises(ValueError):
        made.add_attachment(b"three")


def test_attachments_that_fit_no_placeholder_are_refused():
    made = Packet(encoded_packet='51-["x",{"_placeholder":true,"num":3}]')
    with pytest.raises(ValueError, match="illegal attachments"):
        made.add_attachment(b"one")


@pytest.mark.parametrize("wire", ["", "9", "x", '2["x"', "50-[]", '2["connect"]', b"\x00"])
def test_what_is_no_packet_is_a_value_error(wire):
    with pytest.raises(ValueError):
        Packet(encoded_packet=wire)


def test_only_events_and_acknowledgements_carry_bytes():
    with pytest.raises(ValueError, match="only events"):
        Packet(packet.CONNECT, {"a": b"x"})


def test_data_is_binary():
    assert Packet.data_is_binary(["a", {"b": (1, bytearray(b"x"))}])
    assert not Packet.data_is_binary(["a", {"b": (1, "x")}])


def test_a_class_may_have_its_own_json():
    class Loud(Packet):
        json = SimpleNamespace(dumps=lambda obj: json.dumps(obj).upper(), loads=json.loads)

    assert Loud(packet.EVENT, ["x"]).encode() == '2["X"]'
    assert Loud(packet.EVENT, ["y"]).encode() == '2["Y"]'
    assert Packet(packet.EVENT, ["x"]).encode() == '2["x"]'


def test_names():
    assert packet.packet_names[packet.BINARY_ACK] == "BINARY_ACK"
    assert len(packet.packet_names) == 7


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(st.binary(max_size=20), st.text(max_size=20), st.integers(-9, 9)), max_size=8
    ),
    st.sampled_from([None, "/", "/chat"]),
    st.none() | st.integers(0, 10**9),
)
def test_encode_and_decode_are_inverse(args, namespace, ack_id):
    frames = Packet(packet.EVENT, ["name", *args], namespace=namespace, id=ack_id).encode()
    first, *others = frames if isinstance(frames, list) else [frames]
    back = Packet(encoded_packet=first)
    for frame in others:
        back.add_attachment(frame)
    assert back.data == ["name", *args]
    assert (back.namespace or "/", back.id) == (namespace or "/", ack_id)


# PacketClassParser --------------------------------------------------------


def test_the_parser_speaks_the_class():
    parser = PacketClassParser(Text64)
    sent = CorePacket(2, "/a", ["x", 1], 9)
    (frame,) = parser.encode(sent)
    assert frame.startswith("x")
    assert parser.decoder().add(frame) == sent


def test_the_default_class_is_the_default_format():
    parser = PacketClassParser(Packet)
    frames = parser.encode(CorePacket(2, "/", ["x", b"1"], None))
    assert frames == ('51-["x",{"_placeholder":true,"num":0}]', b"1")
    decoder = parser.decoder()
    assert decoder.add(frames[0]) is None
    assert decoder.pending
    assert decoder.add(frames[1]) == CorePacket(2, "/", ["x", b"1"], None)
    assert not decoder.pending


def test_json_is_for_this_parser_alone():
    other = SimpleNamespace(dumps=lambda obj: json.dumps(obj).upper(), loads=json.loads)
    assert PacketClassParser(Packet, other).encode(CorePacket(2, "/", ["x"])) == ('2["X"]',)
    assert Packet.json is json


@pytest.mark.parametrize("error", [ValueError, KeyError, RecursionError, TypeError])
def test_what_the_class_raises_on_input_is_a_decode_error(error):
    class Broken(Packet):
        def decode(self, encoded_packet):
            raise error("secret")

    with pytest.raises(DecodeError) as caught:
        PacketClassParser(Broken).decoder().add("anything")
    assert "secret" not in str(caught.value)


def test_what_the_class_raises_on_attachments_is_a_decode_error():
    class Broken(Packet):
        def add_attachment(self, attachment):
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
def test_what_the_class_decodes_is_checked(fields):
    class Odd(Packet):
        def decode(self, encoded_packet):
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


def test_deep_data_is_refused():
    class Deep(Packet):
        def decode(self, encoded_packet):
            self.data = ["x"]
            for _ in range(100):
                self.data = ["x", self.data]

    with pytest.raises(DecodeError, match="too deep"):
        PacketClassParser(Deep).decoder().add("anything")


def test_attachments_are_bounded():
    parser = PacketClassParser(Packet, limits=Limits(attachment_bytes=3))
    decoder = parser.decoder()
    assert decoder.add('51-["x",{"_placeholder":true,"num":0}]') is None
    with pytest.raises(DecodeError, match="too large"):
        decoder.add(b"1234")
    decoder = parser.decoder()
    assert decoder.add('51-["x",{"_placeholder":true,"num":0}]') is None
    with pytest.raises(DecodeError, match="text frame"):
        decoder.add('2["y"]')


def test_too_many_attachments_are_not_sent():
    parser = PacketClassParser(Packet)
    with pytest.raises(LocalProtocolError, match="max_attachments_out"):
        parser.encode(CorePacket(2, "/", ["x", *[b"1"] * 11]))


@pytest.mark.parametrize("made", [None, 5, [], ["x", 5]])
def test_what_encode_returns_is_checked(made):
    class Odd(Packet):
        def encode(self):
            return made

    with pytest.raises(LocalProtocolError):
        PacketClassParser(Odd).encode(CorePacket(2, "/", ["x"]))


def test_what_encode_raises_is_chained():
    class Broken(Packet):
        def encode(self):
            raise KeyError("why")

    with pytest.raises(LocalProtocolError) as caught:
        PacketClassParser(Broken).encode(CorePacket(2, "/", ["x"]))
    assert isinstance(caught.value.__cause__, KeyError)


def test_a_class_without_the_methods_is_refused():
    with pytest.raises(ValueError, match="has no method encode"):
        AsyncServer(serializer=SimpleNamespace)


@settings(deadline=None)
@given(st.text(max_size=60) | st.binary(max_size=60))
def test_input_never_raises_anything_else(frame):
    for kind in (Packet, Text64):
        decoder = PacketClassParser(kind).decoder()
        try:
            made = decoder.add(frame)
        except DecodeError:
            continue
        assert made is None or isinstance(made, CorePacket)


# In a server --------------------------------------------------------------


def wire(kind, data, **fields):
    return "4" + Text64(kind, data, **fields).encode()


async def test_a_server_speaks_a_serializer_class(client_of):
    sio = AsyncServer(serializer=Text64)
    seen = []

    @sio.event
    async def hello(sid, data):
        seen.append(data)
        await sio.emit("back", (data, b"\x05"), to=sid)
        return "fine"

    client = await client_of(sio, connect=False)
    client.raw(wire(packet.CONNECT, None, namespace="/"))
    answer = Text64(encoded_packet=(await client.frame())[1:])
    assert answer.packet_type == packet.CONNECT
    assert set(answer.data) == {"sid"}
    client.raw(wire(packet.EVENT, ["hello", {"a": 1}], namespace="/", id=4))
    back = Text64(encoded_packet=(await client.frame())[1:])
    assert (back.packet_type, back.data) == (packet.EVENT, ["back", {"a": 1}, [5]])
    ack = Text64(encoded_packet=(await client.frame())[1:])
    assert (ack.packet_type, ack.data, ack.id) == (packet.ACK, ["fine"], 4)
    assert seen == [{"a": 1}]


async def test_a_client_that_breaks_the_format_loses_its_connection(client_of):
    sio = AsyncServer(serializer=Text64)
    reasons = asyncio.Queue()

    @sio.event
    def disconnect(sid, reason):
        reasons.put_nowait(reason)

    client = await client_of(sio, connect=False)
    client.raw(wire(packet.CONNECT, None, namespace="/"))
    await client.frame()
    client.raw("4x!!!")
    reason = await reasons.get()
    assert reason == sio.reason.TRANSPORT_ERROR
    assert "parse error" in reason.detail
    await client.closed


async def test_the_default_class_as_serializer_carries_bytes(client_of):
    sio = AsyncServer(serializer=Packet)

    @sio.event
    def echo(sid, data):
        return data

    client = await client_of(sio)
    client.send('51-3["echo",{"_placeholder":true,"num":0}]')
    client.raw(b"\x00\xff")
    assert await client.packet() == '61-3[{"_placeholder":true,"num":0}]'
    assert await client.packet() == b"\x00\xff"

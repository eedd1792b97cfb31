"""A serializer that is a subclass of `Packet`, in a real server."""

import asyncio
import base64
import json
from types import SimpleNamespace

import pytest

from sio_server import AsyncServer, packet
from sio_server.packet import Packet


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


def test_a_class_without_the_methods_is_refused():
    with pytest.raises(ValueError, match="has no method encode"):
        AsyncServer(serializer=SimpleNamespace)

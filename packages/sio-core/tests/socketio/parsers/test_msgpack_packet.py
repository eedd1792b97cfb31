"""`socketio/parsers/msgpack_packet.py`: the packet class of MessagePack."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from sio_core.codecs.msgpack_reader import Ext
from sio_core.codecs.msgpack_writer import packb
from sio_core.limits import Limits
from sio_core.protocol_errors import LocalProtocolError
from sio_core.socketio import Packet as CorePacket
from sio_core.socketio.parsers.custom_packet import CONNECT, EVENT
from sio_core.socketio.parsers.msgpack_packet import MsgPackPacket
from sio_core.socketio.parsers.msgpack_parser import MsgpackParser
from sio_core.socketio.parsers.packet_class_parser import PacketClassParser


def test_its_frames_are_those_of_the_parser() -> None:
    made = MsgPackPacket(EVENT, ["x", b"\x01", {"a": [1.5, None]}], "/chat", 3).encode()
    packet = CorePacket(EVENT, "/chat", ["x", b"\x01", {"a": [1.5, None]}], 3)
    assert MsgpackParser().decoder().add(made) == packet
    (written,) = MsgpackParser().encode(packet)
    read = MsgPackPacket(encoded_packet=written)
    assert (read.packet_type, read.namespace, read.id) == (EVENT, "/chat", 3)
    assert (read.data, read.attachment_count) == (["x", b"\x01", {"a": [1.5, None]}], 0)


def test_bytes_do_not_make_a_binary_event() -> None:
    assert MsgPackPacket(EVENT, [b"\x01"]).packet_type == EVENT


@pytest.mark.parametrize("frame", ["text", b"", b"\xc1", b"\x01", packb({"type": 9, "nsp": "/"})])
def test_what_is_no_packet_is_a_value_error(frame: Any) -> None:
    with pytest.raises(ValueError):
        MsgPackPacket(encoded_packet=frame)


def test_what_cannot_be_written_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="object of type date"):
        MsgPackPacket(EVENT, ["x", date(2020, 1, 2)]).encode()


def test_a_configured_class_writes_and_reads_more() -> None:
    def default(value: Any) -> Any:
        return Ext(7, str(value).encode()) if isinstance(value, date) else {"set": sorted(value)}

    kind = MsgPackPacket.configure(default, lambda code, data: (code, data.decode()))
    data = ["x", {"when": date(2020, 1, 2)}, ({3, 1},), Ext(5, b"five")]
    frame = kind(EVENT, data).encode()
    read = kind(encoded_packet=frame)
    assert read.data == ["x", {"when": (7, "2020-01-02")}, [{"set": [1, 3]}], (5, "five")]
    # The class that it is made from stays as it was.
    plain = MsgPackPacket(encoded_packet=frame)
    assert plain.data[1] == {"when": Ext(7, b"2020-01-02")}
    assert MsgPackPacket.dumps_default is None


def test_a_default_is_asked_about_a_datetime_too() -> None:
    kind = MsgPackPacket.configure(dumps_default=str)
    made = kind(EVENT, ["x", datetime(2020, 1, 2, tzinfo=UTC)]).encode()
    assert kind(encoded_packet=made).data == ["x", "2020-01-02 00:00:00+00:00"]


def test_a_default_that_goes_on_for_ever_is_refused() -> None:
    kind = MsgPackPacket.configure(dumps_default=lambda value: [value])
    with pytest.raises(LocalProtocolError, match="nested too deep"):
        kind(EVENT, ["x", object()]).encode()


def test_it_serves_as_a_serializer() -> None:
    parser = PacketClassParser(MsgPackPacket, None, Limits())
    packet = CorePacket(CONNECT, "/", {"token": b"\x00"}, None)
    (frame,) = parser.encode(packet)
    assert parser.decoder().add(frame) == packet
    assert parser.packet_class is MsgPackPacket

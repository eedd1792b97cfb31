"""Packets as programs see them that replace `_send_packet` or `_send_eio_packet`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sio_core import Frame, Prepared
from sio_core.engineio.packet_object import MESSAGE
from sio_core.engineio.packet_object import Packet as EnginePacket
from sio_core.limits import TRUSTED
from sio_core.prepared import prepare
from sio_core.protocol_errors import DecodeError
from sio_core.socketio.parsers.custom_packet import Packet
from sio_core.socketio.parsers.packets import EVENT
from sio_core.socketio.parsers.packets import Packet as CorePacket
from sio_core.socketio.serializers import choose_parser, packet_class_of


class Packets:
    """Turns what a server sends into packet objects for a program, and those back.

    `serializer` and `json` are the arguments of the server.
    """

    def __init__(self, serializer: Any, json: Any) -> None:
        # What a server wrote itself is read without limits.
        parser = choose_parser(serializer, json, TRUSTED, max_attachments_out=None)
        self._parser = parser
        names = {"uses_binary_events": False, "_parser": classmethod(lambda cls: parser)}
        self._class: Any = packet_class_of(parser) or type("Packet", (Packet,), names)

    def read(self, message: Prepared) -> CorePacket | None:
        """Return the packet that a message carries; None for what a client would not take."""
        decoder, packet = self._parser.decoder(), None
        try:
            for frame in frames_of(message):
                packet = decoder.add(frame)
        except DecodeError:
            return None
        return packet

    def made_for(self, packet: CorePacket) -> Any:
        """Return the packet object of a packet: of the application's class, if it has one."""
        data, namespace = packet.data, packet.namespace
        return self._class(packet.type, data=data, namespace=namespace, id=packet.id)


def engine_packets(message: Prepared) -> list[EnginePacket]:
    """Return the packet objects of Engine.IO that `message` is."""
    return [EnginePacket(MESSAGE, frame) for frame in frames_of(message)]


def is_broadcast(packet: CorePacket) -> bool:
    """Return whether a packet is an event that nobody is to acknowledge, the same for all."""
    return packet.type == EVENT and packet.id is None


def frames_of(message: Prepared) -> Iterator[Frame]:
    """Return what the packets of Engine.IO in `message` carry."""
    for frame in message.frames:
        yield frame[1:] if isinstance(frame, str) else frame


def message_of(packet: Any) -> Prepared:
    """Return what is sent for a packet object."""
    made = packet.encode()
    return prepare(tuple(made) if isinstance(made, list | tuple) else (made,))

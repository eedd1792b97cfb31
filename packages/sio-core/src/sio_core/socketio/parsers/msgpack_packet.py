"""`MsgPackPacket`: the packet class of MessagePack, for programs that derive from it.

`serializer="msgpack"` has a parser that writes and reads the same frames, in less time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...codecs.msgpack_reader import Ext, unpackb
from ...codecs.msgpack_writer import packb
from ...limits import Limits
from ...protocol_errors import DecodeError, LocalProtocolError
from ...values import Frame
from .custom_packet import Packet, PacketError
from .validation import packet_from_map

LIMITS = Limits()
DEPTH = LIMITS.json_depth + 1
"""Levels of a frame: the map around the data is one of its own."""


class MsgPackPacket(Packet):
    """A `MsgPackPacket` is one packet as a binary frame of MessagePack, bytes inside it.

    `configure` makes a subclass for values that MessagePack does not have.
    """

    uses_binary_events = False
    dumps_default: Callable[[Any], Any] | None = None
    """Returns what stands for a value that MessagePack does not have; None: it is refused."""
    ext_hook: Callable[[int, bytes], Any] = Ext
    """Makes a value of the number and the bytes of an extension type."""

    @classmethod
    def configure(
        cls,
        dumps_default: Callable[[Any], Any] | None = None,
        ext_hook: Callable[[int, bytes], Any] = Ext,
    ) -> type[MsgPackPacket]:
        """Return a subclass that has the two functions, to be given as `serializer`.

        `dumps_default(value)` returns what is written for a value that MessagePack does not have;
        None (default): there is a `ValueError`. `ext_hook(code, data)` makes what handlers get of
        an extension type; by default an object with these two.
        """
        default = None if dumps_default is None else staticmethod(dumps_default)
        hook = staticmethod(ext_hook)
        return type("CustomMsgPackPacket", (cls,), {"dumps_default": default, "ext_hook": hook})

    def encode(self) -> Any:
        """Return the packet as one frame. Raises ValueError for data that cannot be written."""
        value: Any = self._to_dict()
        if self.dumps_default is not None:
            value = _standing_for(value, self.dumps_default, DEPTH)
        return packb(value, DEPTH)

    def decode(self, encoded_packet: Frame) -> int:
        """Take the packet from one frame; no attachments follow it.

        Raises ValueError when the frame is not a packet.
        """
        if isinstance(encoded_packet, str):
            raise PacketError("text frame for a binary parser")
        try:
            packet = packet_from_map(unpackb(encoded_packet, DEPTH, LIMITS.containers), LIMITS)
        except DecodeError as error:
            raise PacketError(str(error)) from None
        self.packet_type, self.namespace, self.id = packet.type, packet.namespace, packet.id
        hook = self.ext_hook
        self.data = packet.data if hook is Ext else _make_extensions(packet.data, hook)
        return 0


KNOWN = (type(None), bool, int, float, str, bytes, bytearray, memoryview, Ext)


def _standing_for(value: Any, default: Callable[[Any], Any], depth: int) -> Any:
    """Return a copy of `value` in which `default` has replaced what cannot be written."""
    if isinstance(value, KNOWN):
        return value
    if depth < 0:
        raise LocalProtocolError("data is nested too deep, or holds itself")
    if isinstance(value, dict):
        replaced = {}
        for key, item in value.items():  # a comprehension would be one more call a level
            replaced[key] = _standing_for(item, default, depth - 1)
        return replaced
    if isinstance(value, list | tuple):
        items = []
        for item in value:
            items.append(_standing_for(item, default, depth - 1))
        return items
    return _standing_for(default(value), default, depth - 1)


def _make_extensions(data: Any, hook: Callable[[int, bytes], Any]) -> Any:
    """Return `data`, freshly read, with what `hook` makes of each extension type in it."""
    root = [data]
    left: list[Any] = [root]
    while left:
        container = left.pop()
        items = container.items() if isinstance(container, dict) else enumerate(container)
        for key, item in items:
            if isinstance(item, Ext):
                container[key] = hook(item.code, item.data)
            elif isinstance(item, list | dict):
                left.append(item)
    return root[0]


__all__ = ["MsgPackPacket"]

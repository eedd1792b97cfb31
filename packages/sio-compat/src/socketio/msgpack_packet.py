"""`socketio.msgpack_packet`: `MsgPackPacket`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import lazy

if TYPE_CHECKING:
    from sio_core.socketio.parsers.msgpack_packet import MsgPackPacket as MsgPackPacket

    from . import packet as packet
else:
    __getattr__, __dir__ = lazy(__name__)

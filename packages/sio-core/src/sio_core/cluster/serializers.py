"""From packets to frames and back, where two nodes may not have the same serializer."""

from __future__ import annotations

from collections.abc import Sequence

from ..codecs.json import JSON
from ..limits import Limits
from ..prepared import prepare
from ..protocol_errors import DecodeError
from ..socketio import JSONParser, Packet, Parser
from ..socketio.serializers import choose_parser
from ..values import Frame

_OWN = {"MsgpackParser": "msgpack", "CBORParser": "cbor"}
_KNOWN = {"json": "default", "msgpack": "msgpack", "cbor": "cbor"}


def name_of(parser: Parser) -> str:
    """Return the name by which nodes tell each other which `parser` made their frames."""
    if isinstance(parser, JSONParser):
        return "json"
    kind = type(parser)
    if kind.__module__.startswith("sio_core.") and kind.__name__ in _OWN:
        return _OWN[kind.__name__]
    return f"{kind.__module__}.{kind.__qualname__}"


class Serializers:
    """The parser of this node, whose serializer is called `name`, and those of other nodes."""

    __slots__ = ("_codec", "_limits", "_parser", "_parsers", "name")

    def __init__(self, parser: Parser, name: str, codec: JSON, limits: Limits) -> None:
        self.name = name
        self._parser = parser
        self._codec = codec
        self._limits = limits
        # The decoders of `parser` have limits that are meant for clients.
        self._parsers: dict[str, Parser] = {} if name in _KNOWN else {name: parser}

    def frames(self, packet: Packet) -> tuple[Frame, ...]:
        """Return the Engine.IO frames of `packet`. Raises `LocalProtocolError`."""
        return prepare(self._parser.encode(packet)).frames

    def knows(self, name: str) -> bool:
        """Tell whether frames of the serializer `name` can be read."""
        if name not in self._parsers:
            if name not in _KNOWN:
                return False
            try:
                self._parsers[name] = choose_parser(_KNOWN[name], self._codec, self._limits)
            except ImportError:  # cbor2 is not installed
                return False
        return True

    def packet(self, name: str, frames: Sequence[Frame]) -> Packet:
        """Return the packet in `frames` of a serializer that is known. Raises `DecodeError`."""
        decoder = self._parsers[name].decoder()
        packet = None
        for frame in frames:
            if packet is not None:
                raise DecodeError("frames behind the end of a packet")
            if isinstance(frame, str):
                if frame[:1] != "4":
                    raise DecodeError("frame that is no message")
                frame = frame[1:]
            packet = decoder.add(frame)
        if packet is None:
            raise DecodeError("packet without its attachments")
        return packet

"""A parser from what applications say: the documented `serializer` and `json` arguments.

Servers and clients take the same arguments, so both ask here. The parsers
that only some applications use are imported when they are asked for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...codecs.choose_json import is_own, json_of
from ...limits import Limits
from .json_parser import JSONParser
from .parser import Parser

_LIMITS = {
    "max_attachments": "attachments",
    "max_attachment_bytes": "attachment_bytes",
    "max_json_depth": "json_depth",
    "max_int_digits": "json_int_digits",
    "max_containers": "containers",
}


def limits_from(given: dict[str, Any], limits: Limits, max_payload: int = 0) -> Limits:
    """Take the keyword arguments that are limits out of `given`; `limits` has the others.

    Where `max_attachment_bytes` is not among them, attachments may have as
    many bytes as a message of `max_payload` bytes, and no fewer than `limits`
    says. Raises ValueError for a wrong value.
    """
    values = {ours: given.pop(name) for name, ours in _LIMITS.items() if name in given}
    if max_payload > limits.attachment_bytes:
        values.setdefault("attachment_bytes", max_payload)
    return replace(limits, **values) if values else limits


def choose_parser(
    serializer: Any = "default",
    json: Any = None,
    limits: Limits | None = None,
    *,
    max_attachments_out: int | None = 10,
) -> Parser:
    """Return the parser that `serializer` names, is a packet class for, or is itself.

    `json` is a codec or a module for the parsers that write JSON, `limits` is
    what decoders accept, and `max_attachments_out` bounds the bytes values of
    a packet that is sent, None not at all; a parser that is given as an object
    has its own. Raises ValueError for anything that is no serializer.
    """
    if serializer == "default":
        return JSONParser(json_of(json), limits, max_attachments_out=max_attachments_out)
    if serializer == "msgpack":
        from .msgpack_parser import MsgpackParser

        return MsgpackParser(limits)
    if serializer == "cbor":
        from .cbor_parser import CBORParser

        return CBORParser(limits)
    if serializer == "pickle":
        raise ValueError(
            "serializer='pickle' would let any peer run code in this process: "
            "use 'msgpack' or 'cbor'"
        )
    if isinstance(serializer, type):
        from .packet_class_parser import PacketClassParser

        adapted: Parser = PacketClassParser(
            serializer, json, limits, max_attachments_out=max_attachments_out
        )
        return adapted
    if hasattr(serializer, "encode") and hasattr(serializer, "decoder"):
        parser: Parser = serializer
        return parser
    raise ValueError(
        f"unknown serializer {serializer!r}: use 'default', 'msgpack', 'cbor' or a Packet subclass"
    )


def packet_class_of(parser: Parser) -> type[Any] | None:
    """Return the packet class whose frames are those of a parser, None where there is none."""
    if isinstance(parser, JSONParser):
        from .custom_packet import Packet

        codec = parser.json
        return Packet if is_own(codec) else type("Packet", (Packet,), {"json": codec})
    from .msgpack_packet import MsgPackPacket
    from .msgpack_parser import MsgpackParser
    from .packet_class_parser import PacketClassParser

    if isinstance(parser, MsgpackParser):
        return MsgPackPacket
    return parser.packet_class if isinstance(parser, PacketClassParser) else None

"""Which data a packet of each type may carry, whatever parser decoded it.

Socket.IO protocol revision 5, "Packet types", as the JavaScript parser applies
it: a peer that breaks a rule here loses its connection there too.
"""

from __future__ import annotations

from typing import Any

from ...limits import Limits
from ...protocol_errors import DecodeError, LocalProtocolError
from .packets import (
    ACK,
    CONNECT,
    CONNECT_ERROR,
    DISCONNECT,
    EVENT,
    RESERVED_EVENTS,
    Packet,
)


def validate(packet: Packet) -> Packet:
    """Check the data of a decoded packet.

    Returns the same packet; an EVENT or ACK without data gets an empty list,
    which no handler answers to. Raises `DecodeError` when the data does not fit
    the type.
    """
    kind, data = packet.type, packet.data
    if kind == EVENT:
        if data is None:
            packet.data = []
        elif not _names_event(data):
            raise DecodeError("invalid payload")
    elif kind == ACK:
        if data is None:
            packet.data = []
        elif not isinstance(data, list):
            raise DecodeError("invalid payload")
    elif kind == CONNECT:
        if data is not None and not isinstance(data, dict):
            raise DecodeError("invalid payload")
    elif kind == DISCONNECT:
        if data is not None:
            raise DecodeError("invalid payload")
    elif kind != CONNECT_ERROR:  # which has any data: older servers refuse with a number or a list
        raise DecodeError("unknown packet type")
    return packet


def _names_event(data: Any) -> bool:
    if not isinstance(data, list) or not data:
        return False
    name = data[0]
    if isinstance(name, str):
        return name not in RESERVED_EVENTS
    return isinstance(name, (int, float)) and not isinstance(name, bool)


def packet_from_map(value: Any, limits: Limits) -> Packet:
    """Return the packet that a map with `type`, `nsp`, `data` and `id` stands for.

    That is the form of the parsers with one binary frame a packet; further keys
    (such as `options`) are ignored. Raises `DecodeError` when it is no packet.
    """
    if not isinstance(value, dict):
        raise DecodeError("not a packet")
    return packet_from_fields(
        value.get("type"), value.get("nsp"), value.get("data"), value.get("id"), limits
    )


def packet_from_fields(kind: Any, namespace: Any, data: Any, ack_id: Any, limits: Limits) -> Packet:
    """Return the packet of such fields, whatever they are. Raises `DecodeError` for no packet."""
    # Types 5 and 6 belong to the default parser alone.
    if kind.__class__ is not int or not CONNECT <= kind <= CONNECT_ERROR:
        raise DecodeError("unknown packet type")
    if namespace != "/":
        if not isinstance(namespace, str) or not namespace.startswith("/") or "," in namespace:
            raise DecodeError("invalid namespace")
        if len(namespace) > limits.namespace_length:
            raise DecodeError("namespace is too long")
    if ack_id is not None:
        if ack_id.__class__ is not int or ack_id < 0:
            raise DecodeError("invalid packet id")
        if ack_id >= limits.ack_ids:
            raise DecodeError("packet id is too long")
    # Events are nearly all packets.
    if kind == EVENT and data and data.__class__ is list:
        name = data[0]
        if name.__class__ is str and name not in RESERVED_EVENTS:
            return Packet(EVENT, namespace, data, ack_id)
    return validate(Packet(kind, namespace, data, ack_id))


def packet_to_map(packet: Packet) -> dict[str, Any]:
    """Return the map that stands for `packet`; `data` and `id` are left out when None.

    JavaScript peers refuse a DISCONNECT with a nil `data`. Raises
    `LocalProtocolError` for a type or namespace that no packet can have.
    """
    check_head(packet)
    value: dict[str, Any] = {"type": int(packet.type), "nsp": packet.namespace}
    if packet.data is not None:
        value["data"] = packet.data
    if packet.id is not None:
        value["id"] = packet.id
    return value


def check_event_name(name: str) -> None:
    """Raise `LocalProtocolError` when an event that is to be sent has a reserved name."""
    if name in RESERVED_EVENTS:
        raise LocalProtocolError(f"{name!r} is a reserved event: choose another name")


def check_head(packet: Packet) -> None:
    """Raise `LocalProtocolError` when an outgoing packet has an impossible type or namespace."""
    if not CONNECT <= packet.type <= CONNECT_ERROR:
        raise LocalProtocolError(
            "packet type must be 0 to 4: the parser itself marks packets with binary data"
        )
    namespace = packet.namespace
    if not namespace.startswith("/") or "," in namespace:
        raise LocalProtocolError("a namespace must start with '/' and hold no ','")

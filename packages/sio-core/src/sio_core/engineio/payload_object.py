"""Payloads as objects, for programs that make and read bodies of polling requests themselves.

`Payload.max_decode_packets` is also how programs set the limit of the whole process.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from ..protocol_errors import DecodeError
from . import jsonp
from .config import Config
from .packet_object import Packet, PacketError
from .payload_limit import PAYLOAD_LIMIT

SEPARATOR = "\x1e"
DEFAULT = Config().max_payload_packets


class PayloadType(type):
    """The class of `Payload`, which has the limit of the process as an attribute."""

    @property
    def max_decode_packets(cls) -> int:
        """Return the most packets of one payload; assign to it to set it for the whole process.

        It then counts in the place of the option `max_payload_packets` of every server and client.
        """
        return PAYLOAD_LIMIT.packets or DEFAULT

    @max_decode_packets.setter
    def max_decode_packets(cls, count: int) -> None:
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            raise ValueError(
                f"max_decode_packets must be a whole number of at least 1, not {count!r}"
            )
        PAYLOAD_LIMIT.packets = count


class Payload(metaclass=PayloadType):
    """A `Payload` is the packets of one body, in its list `packets`.

    For example `Payload(packets=[Packet(4, "a"), Packet(4, b"b")]).encode()`. Raises `ValueError`
    for an `encoded_payload` that is none, or that has more than `Payload.max_decode_packets`
    packets.
    """

    def __init__(
        self, packets: Iterable[Packet] | None = None, encoded_payload: str | None = None
    ) -> None:
        self.packets = list(packets or ())
        if encoded_payload is not None:
            self.decode(encoded_payload)

    def encode(self, jsonp_index: int | None = None) -> str:
        """Return the body; with `jsonp_index` as a call of the function that JSONP has for it."""
        body = SEPARATOR.join(str(packet.encode(b64=True)) for packet in self.packets)
        return body if jsonp_index is None else f"___eio[{jsonp_index}]({json.dumps(body)});"

    def decode(self, encoded_payload: str) -> None:
        """Become the payload that `encoded_payload` is. Raises `ValueError` if it is none."""
        self.packets = []
        if not encoded_payload:
            return
        if encoded_payload.startswith("d="):
            try:
                encoded_payload = jsonp.decode_body(encoded_payload.encode()).decode()
            except DecodeError as error:
                raise PacketError(str(error)) from None
        if encoded_payload.count(SEPARATOR) >= type(self).max_decode_packets:
            raise PacketError("too many packets in one payload")
        self.packets = [Packet(encoded_packet=part) for part in encoded_payload.split(SEPARATOR)]

"""How large what a peer sent may be: values that every codec and parser takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from .protocol_errors import LocalProtocolError


@dataclass(frozen=True, slots=True)
class Limits:
    """`Limits` bound what a decoder accepts, so that no peer can make it grow.

    `attachments` (count) and `attachment_bytes` (sum, bytes) bound one packet
    with binary attachments; `json_depth` bounds the nesting of arrays and
    objects, which parsers hold for what they encode too; `json_int_digits` the
    decimal digits of an integer, and `containers` the arrays and objects of one packet, in every
    parser. `ack_id_digits` bounds the
    digits of an acknowledgement id, and `namespace_length` the characters of a
    namespace.
    """

    attachments: int = 10
    attachment_bytes: int = 1_000_000
    json_depth: int = 200
    json_int_digits: int = 100
    ack_id_digits: int = 15
    namespace_length: int = 512
    containers: int = 100_000
    harmless: int = field(init=False, repr=False, compare=False, default=0)
    """Characters of a JSON text that cannot go beyond the limits, whatever is in it."""

    ack_ids: int = field(init=False, repr=False, compare=False, default=0)
    """The first acknowledgement id that has too many digits."""

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if not isinstance(value, int) or value < 0:
                raise LocalProtocolError(f"the limit {name} must be a whole number, 0 or more")
        # Every level takes two characters, every digit and every container one at least.
        least = min(2 * self.json_depth, self.json_int_digits, self.containers)
        object.__setattr__(self, "harmless", least)
        object.__setattr__(self, "ack_ids", 10**self.ack_id_digits)


TRUSTED: Final = Limits(
    attachments=100_000,
    attachment_bytes=100 * 1024 * 1024,
    json_depth=512,
    containers=100 * 1024 * 1024,
)
"""What a client takes of the server that its user chose: as much as one message can carry.

Deeper nesting than 512 levels is more than parsers in C can always read. Parsers that call
themselves for each level may refuse less.
"""

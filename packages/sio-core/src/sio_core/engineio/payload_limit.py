"""How many packets one payload may have, where a program sets that for the whole process.

python-engineio has the limit as an attribute of a class, which programs assign. It then counts in
the place of `max_payload_packets` of every server and client of the process.
"""

from __future__ import annotations

from typing import Final


class PayloadLimit:
    """A `PayloadLimit` is the most packets of one payload, or None as long as none is set."""

    __slots__ = ("packets",)

    def __init__(self) -> None:
        self.packets: int | None = None


PAYLOAD_LIMIT: Final = PayloadLimit()
"""The limit of this process: `PAYLOAD_LIMIT.packets or` the configured one is in force."""

"""What handlers' results mean to the client."""

from __future__ import annotations

from typing import Any

REJECTED = {"message": "Connection rejected by server"}
"""What a client is told whose connect handler returned False or raised."""
REFUSED = {"message": "Connection refused by server"}
"""What it is told where the handler raised Python's own ConnectionRefusedError."""


def ack_values(result: Any) -> list[Any]:
    """The arguments of an acknowledgement: a tuple is several, None is none."""
    if result is None:
        return []
    return list(result) if isinstance(result, tuple) else [result]

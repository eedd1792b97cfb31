"""What a refused client is told where its connect handler does not say."""

from __future__ import annotations

REJECTED = {"message": "Connection rejected by server"}
"""What a client is told whose connect handler returned False or raised."""
REFUSED = {"message": "Connection refused by server"}
"""What it is told where the handler raised Python's own ConnectionRefusedError."""

"""What a refused client is told where its connect handler does not say."""

from __future__ import annotations

REJECTED = {"message": "Connection rejected by server"}
"""The answer to a client whose connect handler returned False or raised."""
REFUSED = {"message": "Connection refused by server"}
"""The answer where the handler raised Python's own ConnectionRefusedError."""

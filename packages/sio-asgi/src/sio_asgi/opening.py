"""What of a WebSocket's opening handshake web servers let pass although it is not valid.

RFC 6455, section 4.2.1.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence

KEY = "sec-websocket-key"
INVALID_KEY = "Invalid Sec-WebSocket-Key"


def check_opening(version: str, keys: Sequence[str]) -> str:
    """What is wrong with a request of HTTP `version` that has these keys; empty for nothing.

    Whether a key is valid is for who answers it: the test clients of frameworks have none.
    """
    if version == "1.0":
        return "A WebSocket needs HTTP/1.1"
    return INVALID_KEY if len(keys) > 1 else ""


def check_keys(keys: Sequence[str]) -> str:
    """What is wrong with the keys of a request that is to be answered; empty for nothing."""
    return "" if len(keys) == 1 and _is_key(keys[0]) else INVALID_KEY


def _is_key(text: str) -> bool:
    # "when decoded, is 16 bytes in length"
    try:
        return len(b64decode(text.strip(), validate=True)) == 16
    except ValueError:
        return False

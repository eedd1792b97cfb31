"""What of a WebSocket's opening handshake web servers let pass although it is not valid.

RFC 6455, section 4.2.1.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable

KEY = "sec-websocket-key"


def check_opening(version: str, keys: Iterable[str]) -> str:
    """What is wrong with a request of HTTP `version` that has these keys; empty for nothing.

    Without any key nothing is said: some web servers keep it, and HTTP/2 has none.
    """
    if version == "1.0":
        return "A WebSocket needs HTTP/1.1"
    keys = list(keys)
    if len(keys) > 1 or not all(map(_is_key, keys)):
        return "Invalid Sec-WebSocket-Key"
    return ""


def _is_key(text: str) -> bool:
    # "when decoded, is 16 bytes in length"
    try:
        return len(b64decode(text.strip(), validate=True)) == 16
    except ValueError:
        return False

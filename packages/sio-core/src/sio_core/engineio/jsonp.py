"""JSONP polling: payloads for clients that can only load scripts.

No client of Engine.IO 4 needs it, so it is off unless `Config.jsonp` is set.
The answer is served as a script that browsers may not take for anything else.
"""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs

from ..protocol_errors import DecodeError

HEADERS = (
    ("content-type", "text/javascript; charset=UTF-8"),
    ("x-content-type-options", "nosniff"),
)

_LINE_BREAK = re.compile(rb"(\\)?\\n")


def valid_index(index: str) -> bool:
    """Return whether `index` is a decimal number, as the one of the client's callback is."""
    return index.isascii() and index.isdigit() and len(index) <= 10


def encode_body(index: str, body: bytes) -> bytes:
    """Return a call of the client's callback number `index` with the payload."""
    # json escapes U+2028 and U+2029, which would end a line of the script.
    return f"___eio[{index}]({json.dumps(body.decode())});".encode("ascii")


def decode_body(body: bytes) -> bytes:
    """Return the payload of a form-encoded POST body. Raises `DecodeError` where there is none."""
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=10)
        data = fields["d"][0].encode()
    except (ValueError, KeyError):
        raise DecodeError("JSONP body has no form field d") from None
    # The client writes a line break as \n and a backslash before n as \\n.
    return _LINE_BREAK.sub(lambda match: rb"\n" if match[1] else b"\n", data)

"""Packets of Socket.IO whose JSON is ASCII, for peers that read no other text in payloads of text.

Clients of Socket.IO 1 take text in such a payload for UTF-8 that is still to be decoded, and what
is none of it for a broken connection. In JSON each character may also be written as an escape,
which every peer reads.
"""

from __future__ import annotations

import json
import re

from ...values import Frame

_HEAD = re.compile(r"4[0-6](\d+-)?(/[^,]*,)?\d*")
"""What stands in front of the JSON: types, the number of attachments, a namespace and an id."""
_ASIDE = (("\\", "\x01"), ('"', "\x02"))
"""Puts aside what `json.dumps` would escape though it is ASCII; JSON has no control characters."""
_BACK = (("\\u0002", '"'), ("\\n", "\n"), ("\\r", "\r"), ("\\t", "\t"), ("\\u0001", "\\"))
"""Undoes what that makes of it, and of white space; the backslash comes last, which is in all."""


def escape_json(frame: Frame) -> Frame:
    """Return `frame`, a packet of Engine.IO, with escapes in its JSON where it is not ASCII."""
    if isinstance(frame, bytes) or frame.isascii():
        return frame
    head = _HEAD.match(frame)
    if head is None:
        return frame
    text = frame[head.end() :]
    for found, put in _ASIDE:
        text = text.replace(found, put)
    text = json.dumps(text)[1:-1]
    for found, put in _BACK:
        text = text.replace(found, put)
    return head[0] + text

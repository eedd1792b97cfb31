r"""The messages that nodes of this project send each other.

`S1`, a JSON array in one line of ASCII, a line feed, and the Engine.IO frames that clients get, one
after the other. What the array has is enough to tell whom a message concerns, so the frames of one
that concerns nobody here are not looked at:

    ["e", host, number, namespace, rooms or null, skipped, flags, ack or null,
     serializer, kinds, lengths]
    ["a", host, number, whom, number of the ack, serializer, kinds, lengths]
    ["g", host, number, whom, number of the ack]
    ["p", host, number, tag, presence]
    ["b", host, number, number of the probe]
    ["q", host, number, tag, number of the question, namespace, sid]
    ["r", host, number, tag, number of the question, whether it was found, whom]
    ["t", host, number, tag, topic, value]

`whom` is the tag of the node that has asked: a broker without names gives it to all. `g` says that
the client which owes the acknowledgement is gone.

`kinds` has a letter for each frame, `t` for text and `b` for binary, `lengths` their bytes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ..codecs.json import JSON
from ..limits import Limits
from ..protocol_errors import DecodeError
from ..utf8 import encode_utf8
from ..values import Frame

MAGIC = b"S1["
EMIT, ACK, GONE, PRESENCE, PROBE, QUESTION, ANSWER, TOLD = "eagpbqrt"
VOLATILE, UNCOMPRESSED = 1, 2
HIGHEST = 1 << 53
"""No number of a message is as high."""

_LIMITS = Limits(json_depth=500, json_int_digits=1_000, containers=10_000)
"""Of the array: so that one of up to 1,000 characters needs no look at what is in it."""

_head_text = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def write(head: Sequence[Any], frames: Sequence[Frame] = ()) -> bytes:
    """Return the message with the array `head`, to which what says of `frames` is added."""
    if not frames:
        return b"S1" + _head_text(head).encode("ascii") + b"\n"
    if len(frames) == 1:
        frame = frames[0]
        if isinstance(frame, str):
            data = encode_utf8(frame)
            text = _head_text((*head, "t", (len(data),)))
        else:
            data = frame
            text = _head_text((*head, "b", (len(data),)))
        return b"S1" + text.encode("ascii") + b"\n" + data
    kinds = "".join(["t" if isinstance(frame, str) else "b" for frame in frames])
    parts = [encode_utf8(frame) if isinstance(frame, str) else frame for frame in frames]
    text = _head_text((*head, kinds, [len(part) for part in parts]))
    return b"".join((b"S1", text.encode("ascii"), b"\n", *parts))


def read_head(payload: bytes, codec: JSON) -> tuple[list[Any], int]:
    """Return the array of a message, and where its frames begin. Raises `DecodeError`.

    Its kind, host and number are there; nothing else of it was checked.
    """
    end = payload.find(b"\n")
    if end < 0:
        raise DecodeError("head without an end")
    try:
        text = payload[2:end].decode("ascii")
    except UnicodeDecodeError:
        raise DecodeError("head is not ASCII") from None
    head = codec.loads(text, _LIMITS)
    if type(head) is not list or len(head) < 4:
        raise DecodeError("head is too short")
    number = head[2]
    if type(head[1]) is not str or type(number) is not int or not 0 < number < HIGHEST:
        raise DecodeError("head without host and number")
    return head, end + 1


def read_frames(
    payload: bytes, at: int, kinds: Any, lengths: Any, limits: Limits
) -> tuple[Frame, ...]:
    """Return the frames of a message, which begin `at`. Raises `DecodeError`."""
    if type(kinds) is not str or type(lengths) is not list or len(kinds) != len(lengths):
        raise DecodeError("frames without kinds and lengths")
    if not 0 < len(kinds) <= limits.attachments + 1:
        raise DecodeError("no frames, or too many")
    frames: list[Frame] = []
    for kind, length in zip(kinds, lengths, strict=True):
        if type(length) is not int or length < 0:
            raise DecodeError("frame of an impossible length")
        part = payload[at : at + length]
        at += length
        if kind == "t":
            try:
                frames.append(part.decode())
            except UnicodeDecodeError:
                raise DecodeError("text frame is not UTF-8") from None
        else:
            frames.append(part)
    if at != len(payload):
        raise DecodeError("frames of other lengths than announced")
    return tuple(frames)

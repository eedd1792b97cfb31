"""Binary attachments: bytes out of a structure, and back into it.

Socket.IO protocol revision 5, "Packet encoding": each bytes value becomes
`{"_placeholder":true,"num":<index>}` in the JSON and travels as a binary frame
of its own, in the order of the indexes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import DecodeError, LocalProtocolError


def deconstruct(data: Any, depth: int) -> tuple[Any, list[bytes]]:
    """Take bytes, bytearrays and memoryviews out of nested lists, tuples and dicts.

    Returns a copy of `data` with placeholders, and the attachments; `data` is
    not changed, and later changes to a bytearray do not reach its attachment.
    Raises `LocalProtocolError` for nesting of more than `depth` levels.
    """
    attachments: list[bytes] = []
    return _take(data, attachments, depth), attachments


def _take(value: Any, found: list[bytes], depth: int) -> Any:
    if isinstance(value, (bytes, bytearray, memoryview)):
        found.append(bytes(value))
        return {"_placeholder": True, "num": len(found) - 1}
    if isinstance(value, dict):
        _check(depth)
        return {key: _take(item, found, depth - 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        _check(depth)
        return [_take(item, found, depth - 1) for item in value]
    return value


def _check(depth: int) -> None:
    if depth <= 0:
        raise LocalProtocolError("data is nested too deep, or holds itself")


def reconstruct(data: Any, attachments: Sequence[bytes]) -> Any:
    """Put attachments in the place of their placeholders, in place.

    `data` is freshly parsed JSON of bounded depth. Returns the new value, which
    differs from `data` only when `data` itself is a placeholder. Raises
    `DecodeError` when a placeholder names no attachment.
    """
    if isinstance(data, list):
        for index, item in enumerate(data):
            if isinstance(item, (list, dict)):
                data[index] = reconstruct(item, attachments)
    elif isinstance(data, dict):
        # Exactly `true`: an application may well have a key of that name.
        if data.get("_placeholder") is True:
            return _attachment(data.get("num"), attachments)
        for key, item in data.items():
            if isinstance(item, (list, dict)):
                data[key] = reconstruct(item, attachments)
    return data


def _attachment(num: Any, attachments: Sequence[bytes]) -> bytes:
    if num.__class__ is not int or not 0 <= num < len(attachments):
        raise DecodeError("illegal attachments")
    return attachments[num]

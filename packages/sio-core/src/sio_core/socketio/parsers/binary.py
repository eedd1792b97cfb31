"""Binary attachments: bytes out of a structure, and back into it.

Socket.IO protocol revision 5, "Packet encoding": each bytes value becomes
`{"_placeholder":true,"num":<index>}` in the JSON and travels as a binary frame
of its own, in the order of the indexes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from ...protocol_errors import DecodeError, LocalProtocolError
from ...slices import ITEM, SLICE, Slices

Place: TypeAlias = tuple[Any, Any, Any]
"""A list or dict, the index or key at which it has a placeholder, and the number in that."""


def deconstruct(data: Any, depth: int) -> tuple[Any, list[bytes]]:
    """Take bytes, bytearrays and memoryviews out of nested lists, tuples and dicts.

    Returns a copy of `data` with placeholders, and the attachments; `data` is
    not changed, and later changes to a bytearray do not reach its attachment.
    Raises `LocalProtocolError` for nesting of more than `depth` levels.
    """
    attachments: list[bytes] = []
    copy = [data]
    # The containers that are being copied, each with the items that are left of it: a list and no
    # recursion, since data may nest deeper than Python's calls may.
    open_ones: list[tuple[Any, Iterator[tuple[Any, Any]]]] = [(copy, iter(enumerate(copy)))]
    while open_ones:
        target, items = open_ones[-1]
        for key, value in items:
            if isinstance(value, (bytes, bytearray, memoryview)):
                _check(len(open_ones), depth)  # a placeholder is a level of its own
                target[key] = {"_placeholder": True, "num": len(attachments)}
                attachments.append(bytes(value))
            elif isinstance(value, (dict, list, tuple)):
                _check(len(open_ones), depth)
                made: Any = dict(value) if isinstance(value, dict) else list(value)
                target[key] = made
                inner = value.items() if isinstance(value, dict) else enumerate(tuple(made))
                open_ones.append((made, iter(inner)))
                break
        else:
            open_ones.pop()
    return copy[0], attachments


def _check(level: int, depth: int) -> None:
    if level > depth:
        raise LocalProtocolError("data is nested too deep, or holds itself")


def reconstruct(data: Any, attachments: Sequence[bytes]) -> Any:
    """Put attachments in the place of their placeholders, in place.

    `data` is freshly parsed JSON of bounded depth. Returns the new value, which
    differs from `data` only when `data` itself is a placeholder. Raises
    `DecodeError` when a placeholder names no attachment.
    """
    root = [data]
    left: list[Any] = [root]
    while left:
        container = left.pop()
        items = container.items() if isinstance(container, dict) else enumerate(container)
        for key, item in items:
            # Exactly `true`: an application may well have a key of that name.
            if isinstance(item, dict) and item.get("_placeholder") is True:
                container[key] = _attachment(item.get("num"), attachments)
            elif isinstance(item, (list, dict)):
                left.append(item)
    return root[0]


def find_placeholders(data: list[Any]) -> Slices[list[Place]]:
    """Return where attachments belong in the data of a long packet, for `put_attachments`."""
    places: list[Place] = []
    left: list[Any] = [data]
    work = 0
    while left:
        container = left.pop()
        items = container.items() if isinstance(container, dict) else enumerate(container)
        for key, item in items:
            work += ITEM
            if work >= SLICE:
                work = 0
                yield
            if isinstance(item, dict) and item.get("_placeholder") is True:
                places.append((container, key, item.get("num")))
            elif isinstance(item, (list, dict)):
                left.append(item)
    return places


def put_attachments(places: Iterable[Place], attachments: Sequence[bytes]) -> None:
    """Do what `reconstruct` does, for data whose placeholders were found already."""
    for container, key, num in places:
        container[key] = _attachment(num, attachments)


def _attachment(num: Any, attachments: Sequence[bytes]) -> bytes:
    if num.__class__ is not int or not 0 <= num < len(attachments):
        raise DecodeError("illegal attachments")
    return attachments[num]

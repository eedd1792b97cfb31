"""The content coding of answers taken off (RFC 9110, section 8.4.1), never to more than a limit."""

from __future__ import annotations

import zlib
from typing import Final

from ..errors import BadAnswer

_GZIP, _ZLIB, _RAW = 31, 15, -15
_MOST: Final = 4
"""Codings on top of each other that are still undone."""
_FIRST_STEP: Final = 1024


def decoded(body: bytes, encoding: str, limit: int) -> bytes:
    """`body` without the codings that the header `encoding` lists.

    Raises `BadAnswer` for what they do not fit, and for more than `limit` bytes.
    """
    codings = [name.strip() for name in encoding.lower().split(",")]
    codings = [name for name in codings if name not in ("", "identity")]
    if len(codings) > _MOST:
        raise BadAnswer("the server's answer is compressed too often")
    for coding in reversed(codings):
        if not body:
            return body
        if coding in ("gzip", "x-gzip"):
            body = _inflated(body, _GZIP, limit)
        elif coding == "deflate":
            # It means the zlib format; some send deflate without it, which looks different.
            zlib_format = body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
            body = _inflated(body, _ZLIB if zlib_format else _RAW, limit)
        else:
            raise BadAnswer("the server's answer has a content coding that was not asked for")
    return body


def _inflated(body: bytes, window: int, limit: int) -> bytes:
    pieces: list[bytes] = []
    at, left = 0, limit
    while at < len(body):
        inflater = zlib.decompressobj(window)
        # What is behind the end of a member is copied, so small members are given small pieces.
        step = _FIRST_STEP
        while not inflater.eof:
            piece = body[at : at + step]
            if not piece:
                raise _not_as_it_says()
            try:
                # One byte more than allowed shows that there is more, without making all of it.
                plain = inflater.decompress(piece, left + 1)
            except zlib.error:
                raise _not_as_it_says() from None
            left -= len(plain)
            if left < 0:
                raise too_big(limit)
            pieces.append(plain)
            at += len(piece) - len(inflater.unused_data)
            step *= 2
        # RFC 1952, section 2.2: gzip may be of several members, one behind the other.
        if at < len(body) and window != _GZIP:
            raise _not_as_it_says()
    return b"".join(pieces)


def _not_as_it_says() -> BadAnswer:
    return BadAnswer("the server's answer is not compressed as it says")


def too_big(limit: int) -> BadAnswer:
    """The error for an answer of more than `limit` bytes."""
    return BadAnswer(f"the server's answer has more than {limit} bytes")

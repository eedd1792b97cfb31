"""Text to UTF-8 for texts that may hold lone surrogates.

A Python `str` can hold half of a surrogate pair, which UTF-8 cannot carry. A
JavaScript peer writes U+FFFD in its place, and so does this module.
"""

from __future__ import annotations


def encode_utf8(text: str) -> bytes:
    """Encode `text`, each lone surrogate as U+FFFD.

    Returns UTF-8 that every peer accepts; two halves side by side become the
    character that they stand for.
    """
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def utf8_size(frame: str | bytes) -> int:
    """Return how many bytes `frame` has, text as `encode_utf8` encodes it."""
    if isinstance(frame, bytes) or frame.isascii():
        return len(frame)
    return len(encode_utf8(frame))

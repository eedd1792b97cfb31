"""The heads of responses, as they are written to the socket."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus

from sio_core import Headers

NO_TOKEN = re.compile(rb"[^!#$%&'*+\-.^_`|~0-9A-Za-z]")
NO_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
"""What is in no name of a header, and in no value (RFC 9110, section 5)."""


@lru_cache(maxsize=64)
def status_line(status: int) -> bytes:
    """Return the first line of a response."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return f"HTTP/1.1 {status} {phrase}\r\n".encode()


@lru_cache(maxsize=64)
def header_lines(headers: Headers) -> bytes:
    """Return the lines of `headers`. Raises `ValueError` for one that HTTP cannot carry."""
    return raw_header_lines(
        [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    )


def raw_header_lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the lines of headers. Raises `ValueError` for what is none."""
    lines: list[bytes] = []
    for name, value in headers:
        if not name or NO_TOKEN.search(name) or NO_VALUE.search(value):
            raise ValueError(f"{name!r} is no header that can be sent, or its value is none")
        lines.append(b"%s: %s\r\n" % (name, value))
    return b"".join(lines)


@lru_cache(maxsize=8)
def default_lines(headers: tuple[tuple[bytes, bytes], ...]) -> bytes:
    """Return uvicorn's own headers, which change once a second, as they are written."""
    return raw_header_lines(headers)


def response(status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> bytes:
    """Return a whole response, after which the connection ends."""
    given = list(headers)
    if not any(name.lower() == b"content-length" for name, _ in given):
        given.append((b"content-length", b"%d" % len(body)))
    given.append((b"connection", b"close"))
    return b"".join((status_line(status), raw_header_lines(given), b"\r\n", body))

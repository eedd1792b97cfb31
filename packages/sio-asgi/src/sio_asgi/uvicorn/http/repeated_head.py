"""The head of a request that comes again: what it says is found out once.

A client on polling sends the same headers with each request; only the query and the length of the
body differ. A head that the parser has taken is kept as bytes, of which those two are left out. A
request with the same bytes around them means the same. Whatever differs in anything else is for the
parser. It takes half of a request's time, more with the headers of a browser.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sio_core import Request
from sio_core.values import parse_query

LONGEST = 4096
"""Bytes of a head that is kept, as a part of its connection."""
QUERY = re.compile(rb"[\w.~!$*+,:;=/&%@-]*", re.ASCII)
"""A query that every parser takes as it is."""
LENGTH = re.compile(rb"\r\ncontent-length: ?([0-9]{1,9})\r\n", re.IGNORECASE)
LENGTH_NAME = b"content-length"
END = b"\r\n\r\n"


class RepeatedHead:
    """A request that the parser of a connection has read, with which later ones are compared.

    `path` is that of all of them, and `scope` what ASGI has of the first. `request` is the last
    that was like it, `named` has its headers by name, the first of each, and `parameters` those of
    its query.
    """

    __slots__ = (
        "_after_length",
        "_digits",
        "_query",
        "_query_at",
        "_start",
        "_to_length",
        "named",
        "parameters",
        "path",
        "request",
        "scope",
    )

    def __init__(
        self, data: bytes, path: bytes, request: Request, scope: Mapping[str, Any]
    ) -> None:
        """Keep the head of `data`, which `recognise` has looked at."""
        self.path = path
        self._query_at = data.index(b"?") + 1
        query_end = data.index(b" ", self._query_at)
        head_end = data.index(END) + len(END)
        self._start = data[: self._query_at]
        self._query = data[self._query_at : query_end]
        self._digits = b""
        self._after_length = b""
        length = LENGTH.search(data, query_end, head_end)
        if length is None:
            self._to_length = data[query_end:head_end]
        else:
            self._to_length = data[query_end : length.start(1)]
            self._digits = length[1]
            self._after_length = data[length.end(1) : head_end]
        self.scope = scope
        self.request = request
        self.named = dict(reversed(request.headers))
        self.parameters = parse_query(request.query)

    @classmethod
    def recognise(
        cls, data: bytes, path: bytes, request: Request, scope: Mapping[str, Any]
    ) -> RepeatedHead | None:
        """Return what later requests are compared with, or None if `data` may not be repeated.

        The parser has taken `data` as exactly this `request`, of which `scope` is what ASGI has.
        """
        size = data.find(END, 0, LONGEST) + len(END)
        method = request.method.encode()
        head = data[:size]
        if not head.startswith(b"%s %s?" % (method, path)):
            return None
        names = [name for name, _ in scope["headers"]]
        lines = head.count(b"\r\n")
        if lines != head.count(b"\n") or lines != len(names) + 2 or b"transfer-encoding" in names:
            return None
        length = LENGTH.findall(head)
        if method == b"GET":
            fits = size == len(data) and LENGTH_NAME not in names
        else:
            fits = method == b"POST" and names.count(LENGTH_NAME) == len(length) == 1
            fits = fits and int(length[0]) == len(data) - size
        return cls(data, path, request, scope) if fits else None

    def read(self, data: bytes) -> bytes | None:
        """Return the body of the one whole request in `data`, which is `request` then.

        None where it is not like the others.
        """
        if not data.startswith(self._start):
            return None
        query_end = data.find(b" ", self._query_at)
        if not data.startswith(self._to_length, query_end):
            return None
        digits = self._digits
        at = query_end + len(self._to_length)
        if digits:
            digits_end = data.find(b"\r", at)
            after = self._after_length
            if not data.startswith(after, digits_end):
                return None
            digits = data[at:digits_end]
            at = digits_end + len(after)
            if not digits.isdigit() or len(digits) > 9 or int(digits) != len(data) - at:
                return None
        elif at != len(data):
            return None
        query = data[self._query_at : query_end]
        if query != self._query or digits != self._digits:
            if QUERY.fullmatch(query) is None:
                return None
            self._change(query, digits)
        return data[at:]

    def _change(self, query: bytes, digits: bytes) -> None:
        last = self.request
        headers = last.headers
        if digits != self._digits:
            self._digits = digits
            length = LENGTH_NAME.decode(), digits.decode()
            headers = tuple([length if name == length[0] else (name, v) for name, v in headers])
            self.named = {**self.named, length[0]: length[1]}
        text = last.query
        if query != self._query:
            self._query = query
            text = query.decode()
            self.parameters = parse_query(text)
        self.request = Request(
            last.method, text, headers, last.scheme, last.host, False, last.address
        )

    def scope_of(self, request: Request) -> dict[str, Any]:
        """Return what ASGI has of a `request` that is like the others, but for its path."""
        scope = dict(self.scope)
        length = request.header("content-length").encode()
        scope["headers"] = [
            (name, length if name == LENGTH_NAME else value) for name, value in scope["headers"]
        ]
        scope["state"] = scope["state"].copy()
        scope["query_string"] = request.query.encode()
        return scope

"""The heads of the answers of one web server, which are nearly all the same for a second."""

from __future__ import annotations

from sio_core import Headers

from .answers import default_lines, header_lines, status_line

MAX_HEADS = 64
"""Heads that are kept."""


class AnswerHeads:
    """The heads of answers, of which there are few: each is made once a second.

    For uvicorn's own headers, the date among them, are other ones then.
    """

    def __init__(self) -> None:
        self._common: list[tuple[bytes, bytes]] = []
        self._heads: dict[tuple[int, Headers], bytes] = {}

    def get(self, status: int, headers: Headers, common: list[tuple[bytes, bytes]]) -> bytes:
        """Return the status line, the lines of the `common` headers of all answers, and `headers`.

        Raises `ValueError` for what is no header.
        """
        if common != self._common or len(self._heads) >= MAX_HEADS:
            self._common = common.copy()
            self._heads = {}
        key = status, headers
        head = self._heads.get(key)
        if head is None:
            lines = default_lines(tuple(common)), header_lines(headers)
            head = self._heads[key] = b"".join((status_line(status), *lines))
        return head

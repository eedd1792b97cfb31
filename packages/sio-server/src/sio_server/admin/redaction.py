"""What leaves the server for a page: without secrets, and never longer than a few kilobytes.

What clients send is copied here piece by piece, and what is too much is left out: the time that it
takes is bounded, whatever was sent.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

REDACTED: Final = "[redacted]"
CUT: Final = "…"

MAX_TEXT: Final = 4_096
"""Characters of all texts of one event together."""
MAX_VALUES: Final = 200
"""Values of one event, in whatever lists and objects."""
MAX_DEPTH: Final = 8
MAX_NAME: Final = 100
"""Characters of a key, and of the name of an event, a room, or a namespace."""
MAX_HEADERS: Final = 64
MAX_HEADER: Final = 512
MAX_QUERY: Final = 32
SHOWN_OF_ID: Final = 12
"""Characters of an Engine.IO id that are shown."""

_SECRET = re.compile(
    r"authori[sz]ation|authenticat|^auth$|[-_]auth\b|\bauth[-_]|cookie|token|secret|passw|passphrase"
    r"|credential|signature|jwt|session|api[-_]?key|access[-_]?key|private[-_]?key|sec-websocket-key",
    re.IGNORECASE,
)


def is_secret(name: str) -> bool:
    """Return whether what has this name, such as a header or a key, is not to be shown."""
    return _SECRET.search(name[:MAX_NAME]) is not None


def cut(text: str, most: int = MAX_NAME) -> str:
    """Return `text`, or its first `most` characters and a sign that there was more."""
    return text if len(text) <= most else text[:most] + CUT


def shown_id(secret: str) -> str:
    """Return the beginning of a secret id: `SHOWN_OF_ID` characters, and at most half of it."""
    return secret[: min(SHOWN_OF_ID, len(secret) // 2)]


def without(secret: str, text: str) -> str:
    """Return `text` in which the secret id is replaced by what may be shown of it.

    A client of Socket.IO 1 or 2 is known by its Engine.IO id.
    """
    return text.replace(secret, shown_id(secret) + CUT) if secret and secret in text else text


def shown_headers(environ: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers in a WSGI environment, with the names that HTTP gives them."""
    headers: dict[str, str] = {}
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            name = key[5:]
        elif key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            name = key
        else:
            continue
        if len(headers) == MAX_HEADERS:
            break
        name = name.lower().replace("_", "-")
        headers[cut(name)] = REDACTED if is_secret(name) else cut(str(value), MAX_HEADER)
    return headers


def shown_query(query: str) -> dict[str, str]:
    """Return the parameters of a query string."""
    try:
        pairs = parse_qsl(query[:MAX_TEXT], keep_blank_values=True, max_num_fields=MAX_QUERY)
    except ValueError:  # more than that
        return {}
    return {
        cut(name): REDACTED if is_secret(name) or name == "sid" else cut(value, MAX_HEADER)
        for name, value in pairs
    }


def shown_url(url: str) -> str:
    """Return the path and the query of a URL."""
    path, found, query = url.partition("?")
    rest = urlencode(shown_query(query), safe="[]") if found else ""
    return cut(path, MAX_HEADER) + (f"?{rest}" if rest else "")


def shown_values(values: Iterable[Any], most_text: int = MAX_TEXT) -> list[Any]:
    """Return the arguments of an event, as JSON can carry them."""
    return Copier(most_text).list_of(values, 1)


class Copier:
    """Copies values until `text` characters or `MAX_VALUES` values are reached."""

    __slots__ = ("_text", "_values")

    def __init__(self, text: int) -> None:
        self._text = text
        self._values = MAX_VALUES

    def list_of(self, values: Iterable[Any], depth: int) -> list[Any]:
        """Return a list of copies, which ends with a sign where some are left out."""
        copied: list[Any] = []
        for value in values:
            if self._is_full():
                copied.append(CUT)
                break
            copied.append(self.copy(value, depth))
        return copied

    def copy(self, value: Any, depth: int) -> Any:
        """Return a copy of one value; what JSON does not have is named."""
        self._values -= 1
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self._take(str(value))
        if isinstance(value, int):
            return value if -(1 << 63) <= value < 1 << 63 else f"<{value.bit_length()} bits>"
        if isinstance(value, float):
            return value if math.isfinite(value) else str(value)
        if isinstance(value, bytes | bytearray | memoryview):
            return f"<{memoryview(value).nbytes} bytes>"
        if depth == MAX_DEPTH:
            return CUT
        if isinstance(value, Mapping):
            return self._dict_of(value, depth + 1)
        if isinstance(value, list | tuple | set | frozenset):
            return self.list_of(value, depth + 1)
        return f"<{type(value).__name__}>"

    def _dict_of(self, values: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        copied: dict[str, Any] = {}
        for key, value in values.items():
            if self._is_full():
                copied[CUT] = CUT
                break
            name = self._take(cut(key if isinstance(key, str) else f"<{type(key).__name__}>"))
            copied[name] = REDACTED if is_secret(name) else self.copy(value, depth)
        return copied

    def _is_full(self) -> bool:
        return self._values <= 0 or self._text <= 0

    def _take(self, text: str) -> str:
        taken = cut(text, max(self._text, 0))
        self._text -= len(taken)
        # Half of a surrogate pair cannot be sent.
        return taken.encode("utf-8", "replace").decode()

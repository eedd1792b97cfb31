"""Files to serve beside Socket.IO, for development and small programs.

`static_files` maps URLs to files, or URL prefixes to directories; the entry
`""` names the file that a URL with a final slash stands for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from sio_core import Response

CONTENT_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "application/javascript",
    ".mjs": "application/javascript",
    ".json": "application/json",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}
UNKNOWN_TYPE = "application/octet-stream"
TEXT_PREFIXES = ("text/", "application/javascript", "application/json")
DEFAULT_INDEX = "index.html"

Rule: TypeAlias = str | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file that exists, and the type to serve it with."""

    path: Path
    content_type: str


class StaticFiles:
    """Looks URLs up in a `static_files` mapping; paths are relative to the working directory."""

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        self._rules = dict(rules)

    def find(self, url: str) -> StaticFile | None:
        """The file for a URL path, or None: no rule, no such file, or a directory."""
        rule = self._rules.get(url)
        if rule is not None and url:
            found = self._open(rule, self._index(url, rule))
        else:
            found = self._below(url)
        return found

    def _below(self, url: str) -> StaticFile | None:
        """The longest rule that is a directory above `url`."""
        prefix = url
        while prefix:
            prefix, _, _ = prefix.rpartition("/")
            rule = self._rules.get(prefix) if prefix else None
            if rule is None and prefix:
                rule = self._rules.get(prefix + "/")
            if prefix == "":
                rule = self._rules.get("/")
                if rule is None or not Path(_filename(rule)).is_dir():
                    return None
            if rule is not None:
                rest = url[len(prefix) :].lstrip("/")
                if not rest or rest.endswith("/"):
                    return self._open(rule, self._index(url, rule), rest)
                return self._open(rule, None, rest)
        return None

    def _index(self, url: str, rule: Rule) -> Rule | None:
        """The default file, where the URL stands for a directory."""
        if not url.endswith("/") or not Path(_filename(rule)).is_dir():
            return None
        return self._rules.get("", DEFAULT_INDEX)

    def _open(self, rule: Rule, index: Rule | None, rest: str = "") -> StaticFile | None:
        base = Path(_filename(rule))
        path = base / rest if rest else base
        kind = _content_type(rule)
        if index is not None:
            path /= _filename(index)
            kind = _content_type(index) or kind
        try:
            real = path.resolve()
            # Nothing above the directory of the rule, by whatever spelling or link.
            inside = real == base.resolve() or real.is_relative_to(base.resolve())
            if not inside or not real.is_file():
                return None
        except (OSError, ValueError):
            return None
        return StaticFile(real, kind or CONTENT_TYPES.get(real.suffix.lower(), UNKNOWN_TYPE))


def serve_file(file: StaticFile, method: str) -> Response:
    """The response for a file: 405 for anything but GET and HEAD."""
    if method not in ("GET", "HEAD"):
        return Response(405, (("allow", "GET, HEAD"), ("content-type", "text/plain")), b"")
    try:
        body = file.path.read_bytes()
    except OSError:
        return Response(404, (("content-type", "text/plain"),), b"Not Found")
    kind = file.content_type
    if kind.startswith(TEXT_PREFIXES) and "charset" not in kind:
        kind += "; charset=utf-8"
    return Response(200, (("content-type", kind),), body)


def _filename(rule: Rule) -> str:
    return rule if isinstance(rule, str) else rule["filename"]


def _content_type(rule: Rule) -> str | None:
    return None if isinstance(rule, str) else rule.get("content_type")

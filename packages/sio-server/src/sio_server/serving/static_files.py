"""Files to serve beside Socket.IO, for development and small programs.

`static_files` maps URLs to files, or URL prefixes to directories; the entry
`""` names the file that a URL with a final slash stands for. Whether a rule
concerns a URL is decided without the disk; only then is a file looked for.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

from sio_core import Headers

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
LONGEST_PATH = 4096
"""Characters of a URL's path; no file has a longer one (Linux: PATH_MAX)."""
CHUNK = 65536
"""Bytes of a file that are read and sent at a time."""

Rule: TypeAlias = str | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file that exists, and the type to serve it with."""

    path: Path
    content_type: str


class StaticFiles:
    """Looks URLs up in a `static_files` mapping; paths are relative to the working directory.

    Raises `TypeError` for a rule that is neither a path nor a mapping with a
    `filename`. Warns of a rule whose file or directory does not exist.
    """

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        self._rules = dict(rules)
        for url, rule in self._rules.items():
            _check(url, rule)
        # A rule that names a file serves nothing below itself. The longest prefix comes first.
        self._prefixes = sorted(
            (url.rstrip("/") for url, rule in self._rules.items() if _may_be_directory(url, rule)),
            key=len,
            reverse=True,
        )

    def concerns(self, url: str) -> bool:
        """Tell whether a rule names the URL path or a directory above it; reads no disk."""
        if not self._rules or len(url) > LONGEST_PATH:
            return False
        return (url in self._rules and url != "") or self._prefix(url) is not None

    def answer(self, url: str, method: str) -> FileAnswer | None:
        """Return the answer to a request with the file of its path, or None if no rule has one.

        Reads the disk, so call it where waiting does no harm. The caller must close the answer.
        """
        file = self.find(url)
        return None if file is None else answer_with(file, method)

    def find(self, url: str) -> StaticFile | None:
        """Return the file for a URL path, or None: no rule, no such file, a directory, a dotfile.

        Reads the disk, so call it where waiting does no harm.
        """
        if not self.concerns(url):
            return None
        rule = self._rules.get(url)
        if rule is not None:
            return self._open(rule, self._index(url, rule))
        prefix = self._prefix(url)
        assert prefix is not None
        rule = self._rules.get(prefix or "/") or self._rules[prefix + "/"]
        if prefix == "" and not Path(_filename(rule)).is_dir():
            return None
        rest = url[len(prefix) :].lstrip("/")
        if _has_dotfile(rest):
            return None
        if not rest or rest.endswith("/"):
            return self._open(rule, self._index(url, rule), rest)
        return self._open(rule, None, rest)

    def _prefix(self, url: str) -> str | None:
        """Return the longest rule, without its last slash, that is a directory above `url`."""
        for prefix in self._prefixes:
            if url.startswith(prefix) and url[len(prefix) : len(prefix) + 1] == "/":
                return prefix
        return None

    def _index(self, url: str, rule: Rule) -> Rule | None:
        """Return the default file, where the URL stands for a directory."""
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
            real, root = path.resolve(), base.resolve()
            # Nothing above the directory of the rule, by whatever spelling or link.
            if not (real == root or real.is_relative_to(root)) or not real.is_file():
                return None
        except (OSError, ValueError):
            return None
        # A link may have another name than what it leads to.
        if real != root and _has_dotfile(real.relative_to(root).as_posix()):
            return None
        return StaticFile(real, kind or CONTENT_TYPES.get(real.suffix.lower(), UNKNOWN_TYPE))


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """An HTTP answer whose body is `size` bytes of an open file, or empty without a `stream`.

    Iterating over it reads the disk and yields at most `CHUNK` bytes at a time. The caller must
    call `close` at the end, so that the file is closed.
    """

    status: int
    headers: Headers
    size: int = 0
    stream: BinaryIO | None = None

    def __iter__(self) -> Iterator[bytes]:
        left = self.size
        while self.stream is not None and left > 0:
            chunk = self.stream.read(min(left, CHUNK))
            if not chunk:  # the file was cut short meanwhile
                return
            left -= len(chunk)
            yield chunk

    def close(self) -> None:
        """Close the file."""
        if self.stream is not None:
            self.stream.close()


def answer_with(file: StaticFile, method: str) -> FileAnswer:
    """Return the answer for a file: 405 for anything but GET and HEAD; opens the file."""
    if method not in ("GET", "HEAD"):
        return _plain(405, ("allow", "GET, HEAD"))
    try:
        stream = file.path.open("rb")
    except OSError:
        return _plain(404)
    size = os.fstat(stream.fileno()).st_size
    kind = file.content_type
    if kind.startswith(TEXT_PREFIXES) and "charset" not in kind:
        kind += "; charset=utf-8"
    headers = (
        ("content-type", kind),
        ("content-length", str(size)),
        ("x-content-type-options", "nosniff"),
    )
    if method == "HEAD":
        stream.close()
        return FileAnswer(200, headers)
    return FileAnswer(200, headers, size, stream)


def _plain(status: int, *headers: tuple[str, str]) -> FileAnswer:
    length = ("content-length", str(0))
    return FileAnswer(status, (*headers, ("content-type", "text/plain"), length))


def _check(url: object, rule: object) -> None:
    """Refuse a rule that can serve nothing, and warn of one that serves nothing now."""
    named = rule.get("filename") if isinstance(rule, Mapping) else rule
    if not isinstance(url, str) or not isinstance(named, str):
        raise TypeError(
            f"the rule {url!r} of static_files must map a URL to a path, or to "
            f"{{'filename': path, 'content_type': type}}, not to {rule!r}"
        )
    # The index is looked for in each directory.
    if url and not Path(named).exists():
        where = Path(named).absolute()
        warnings.warn(f"static_files: nothing is at {where}, for {url!r}", stacklevel=4)


def _may_be_directory(url: str, rule: Rule) -> bool:
    return url != "" and not Path(_filename(rule)).is_file()


def _has_dotfile(path: str) -> bool:
    """Tell whether a part of `path` begins with a dot: such files are not for visitors."""
    return any(part.startswith(".") for part in path.replace("\\", "/").split("/"))


def _filename(rule: Rule) -> str:
    return rule if isinstance(rule, str) else rule["filename"]


def _content_type(rule: Rule) -> str | None:
    return None if isinstance(rule, str) else rule.get("content_type")

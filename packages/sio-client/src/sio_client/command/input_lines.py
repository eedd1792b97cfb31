"""The lines that the command sends: how they are read, and what event each one is."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn, TextIO

CHUNK = 65536
_SPACE = re.compile(r"\s*")


def read_lines(stream: TextIO | None) -> Iterable[str]:
    """The lines of the standard input; of any other stream, itself.

    They are read past Python's buffer: a thread that waits with the buffer's lock
    held makes the interpreter die with a fatal error when the command ends.
    """
    if stream is None:  # the command was started with its input closed
        return ()
    raw = getattr(getattr(stream, "buffer", None), "raw", None)
    if raw is None:
        return stream
    return _split(iter(lambda: raw.read(CHUNK), b""), stream.encoding)


def _split(chunks: Iterable[bytes], encoding: str) -> Iterator[str]:
    """The lines in chunks of bytes; what cannot be decoded is replaced."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    parts: list[str] = []
    for chunk in chunks:
        *ended, rest = decoder.decode(chunk).split("\n")
        for text in ended:
            yield "".join([*parts, text])
            parts = []
        parts.append(rest)
    last = "".join([*parts, decoder.decode(b"", final=True)])
    if last:
        yield last


def parse_line(line: str) -> tuple[str, tuple[Any, ...]]:
    """The event's name and arguments: JSON values with spaces between, or else one text.

    A name with spaces in it is written as a JSON string.
    """
    line = line.strip()
    name, rest = _name(line)
    if not rest:
        return name, ()
    values: list[Any] = []
    at = 0
    try:
        while at < len(rest):
            value, end = _DECODER.raw_decode(rest, at)
            at = _skip_space(rest, end)
            if at == end < len(rest):
                return name, (rest,)
            values.append(value)
    except (ValueError, RecursionError):
        return name, (rest,)
    return name, tuple(values)


def _name(line: str) -> tuple[str, str]:
    """The name of the event, and the rest of the line."""
    if line.startswith('"'):
        try:
            name, end = _DECODER.raw_decode(line)
        except ValueError:
            pass
        else:
            begin = _skip_space(line, end)
            if begin > end or end == len(line):
                return name, line[begin:]
    name, *rest = line.split(maxsplit=1)
    return name, "".join(rest)


def _skip_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found is not None, "no space at all is found, too"
    return found.end()


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)

"""What the command prints: one line an event, in colours on a terminal, safe to look at."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Sequence
from typing import Any, Literal, TextIO
from unicodedata import category

MAX_LENGTH = 10_000
"""Characters of a line; the rest is left out."""
MAX_BYTES = 32
"""Bytes of a bytes value that are shown."""

BOLD, DIM, RED, GREEN = "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m"
RESET = "\x1b[0m"


class Printer:
    """A `Printer` prints whole lines from any thread.

    `color` "auto" colours what goes to a terminal, unless the environment has
    `NO_COLOR` or the terminal is a dumb one. `broken` is what went wrong once the output cannot
    be written any more: mostly, nobody reads it. A stream that is None was closed when the
    program began. What a server sent is printed without its control characters, so that
    it cannot speak to the terminal.
    """

    def __init__(
        self,
        out: TextIO | None,
        err: TextIO | None,
        *,
        color: Literal["auto", "always", "never"] = "auto",
    ) -> None:
        self._out = out
        self._err = err
        self._color = color
        self.broken: OSError | None = None
        self._lock = threading.Lock()

    def event(self, name: Any, args: Sequence[Any]) -> None:
        """An event of the server."""
        self._print(self._out, BOLD, _name(name), show(args))

    def acknowledged(self, name: str, args: Sequence[Any]) -> None:
        """The server's answer to an event."""
        self._print(self._out, GREEN, f"ack {_name(name)}", show(args))

    def status(self, text: str) -> None:
        """Something about the connection."""
        self._print(self._err, DIM, clean(text), "")

    def failure(self, text: str, data: Sequence[Any]) -> None:
        """Something that will be tried again, and what was said of it."""
        self._print(self._err, DIM, f"{clean(text)}:" if data else clean(text), show(data))

    def error(self, text: str) -> None:
        """Something went wrong."""
        self._print(self._err, RED, f"error: {clean(text)}", "")

    def _print(self, stream: TextIO | None, style: str, head: str, rest: str) -> None:
        if stream is None:
            return
        if self._colored(stream):
            head = f"{style}{head}{RESET}"
        line = f"{head} {rest}" if rest else head
        with self._lock:
            try:
                stream.write(line + "\n")
                stream.flush()
            except OSError as error:
                if stream is self._out:
                    self.broken = error

    def _colored(self, stream: TextIO) -> bool:
        if self._color == "auto":
            plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
            return stream.isatty() and not plain
        return self._color == "always"


def show(args: Sequence[Any]) -> str:
    """Arguments as JSON with spaces between, bytes in hexadecimal."""
    return clean(" ".join(_json(value) for value in args))


def clean(text: str) -> str:
    """`text`, at most `MAX_LENGTH` of it, with every control character as an escape sequence."""
    if len(text) > MAX_LENGTH:
        text = text[:MAX_LENGTH] + "..."
    if text.isprintable():
        return text
    return "".join(
        character if _is_harmless(character) else character.encode("unicode_escape").decode()
        for character in text
    )


def _is_harmless(character: str) -> bool:
    """True for what a terminal only shows: spaces of all widths, too, and joiners (of emoji)."""
    return character.isprintable() or category(character) == "Zs" or character in "\u200c\u200d"


def _name(name: Any) -> str:
    """The name of an event; one with spaces as a JSON string, as it is written in the input."""
    plain = isinstance(name, str) and name and '"' not in name and len(name.split()) == 1
    return clean(name) if plain else show([name])


def _json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=_other)
    except (TypeError, ValueError, RecursionError):
        return _other(value)  # msgpack and CBOR have dictionaries and nesting that JSON has not


def _other(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        data = bytes(value)
        more = "..." if len(data) > MAX_BYTES else ""
        return f"<{len(data)} bytes: {data[:MAX_BYTES].hex()}{more}>"
    return repr(value)

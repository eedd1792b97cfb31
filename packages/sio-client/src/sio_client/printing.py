"""What the command prints: one line an event, in colours on a terminal, safe to look at."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Sequence
from typing import Any, Literal, TextIO

MAX_LENGTH = 10_000
"""Characters of a line; the rest is left out."""
MAX_BYTES = 32
"""Bytes of a bytes value that are shown."""

BOLD, DIM, RED, GREEN = "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m"
RESET = "\x1b[0m"


class Printer:
    """Prints whole lines from any thread.

    `color` "auto" colours what goes to a terminal, unless the environment has
    `NO_COLOR`. `broken` is true once nobody reads the output any more. What a
    server sent is printed without its control characters, so that it cannot
    speak to the terminal.
    """

    def __init__(
        self, out: TextIO, err: TextIO, *, color: Literal["auto", "always", "never"] = "auto"
    ) -> None:
        self._out = out
        self._err = err
        self._color = color
        self.broken = False
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

    def error(self, text: str) -> None:
        """Something went wrong."""
        self._print(self._err, RED, f"error: {clean(text)}", "")

    def _print(self, stream: TextIO, style: str, head: str, rest: str) -> None:
        if self._colored(stream):
            head = f"{style}{head}{RESET}"
        line = f"{head} {rest}" if rest else head
        with self._lock:
            try:
                stream.write(line + "\n")
                stream.flush()
            except BrokenPipeError:
                self.broken = True

    def _colored(self, stream: TextIO) -> bool:
        if self._color == "auto":
            return stream.isatty() and not os.environ.get("NO_COLOR")
        return self._color == "always"


def show(args: Sequence[Any]) -> str:
    """Arguments as JSON with spaces between, bytes in hexadecimal."""
    text = " ".join(json.dumps(value, ensure_ascii=False, default=_other) for value in args)
    return clean(text if len(text) <= MAX_LENGTH else text[:MAX_LENGTH] + "...")


def clean(text: str) -> str:
    """`text` with every control character as an escape sequence that does nothing."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


def _name(name: Any) -> str:
    return clean(name) if isinstance(name, str) else show([name])


def _other(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        data = bytes(value)
        more = "..." if len(data) > MAX_BYTES else ""
        return f"<{len(data)} bytes: {data[:MAX_BYTES].hex()}{more}>"
    return repr(value)

"""Messages that the documentation quotes: what they match, and where they come from."""

import ast
import logging
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sio_core import Request
from tests.support import colours
from tests.support.colours import Colour

ROOT = Path(__file__).resolve().parent.parent.parent
LOG = logging.getLogger("test.messages")
LOG.setLevel(logging.DEBUG)

HOLE = "…"
"""What stands in a message for a text that differs each time."""
CODE = re.compile(r"(`+) ?(.+?) ?\1(?!`)")
PRINTF = re.compile(r"%[.\d]*[sdgr]")


def codes(cell: str) -> list[str]:
    """What a cell of a table has as code."""
    return [code for _, code in CODE.findall(cell)]


def matches(message: str, text: str) -> bool:
    """Tell whether `message`, in which each hole stands for any text, is part of `text`."""
    return re.search(".+?".join(map(re.escape, message.split(HOLE))), text) is not None


def _shown(node: ast.AST) -> str | None:
    """A text of the source, with holes for what it is formatted with."""
    if isinstance(node, ast.Constant) and isinstance(node.value, bytes):
        return node.value.decode("latin-1")
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        text = PRINTF.sub(lambda found: f"'{HOLE}'" if found[0][-1] == "r" else HOLE, node.value)
        return text.replace('"', "'")
    if isinstance(node, ast.JoinedStr):
        return "".join(
            f"'{HOLE}'"
            if isinstance(part, ast.FormattedValue) and part.conversion == ord("r")
            else _shown(part) or HOLE
            for part in node.values
        )
    return None


@cache
def texts_of_the_source() -> frozenset[str]:
    """The texts in the packages' sources, with double quotes as single ones."""
    trees = (ast.parse(path.read_text()) for path in ROOT.glob("packages/*/src/**/*.py"))
    return frozenset(text for tree in trees for node in ast.walk(tree) if (text := _shown(node)))


def is_in_the_source(message: str) -> bool:
    """Tell whether the packages can say `message`, as one text or as one of several.

    "connection closed: transport error (payload too large)" is made of three.
    """
    texts, message = texts_of_the_source(), message.replace('"', "'")
    if message in texts:
        return True
    head, colon, rest = message.partition(": ")
    if colon and f"{head}: {HOLE}" in texts and is_in_the_source(rest):
        return True
    word, bracket, detail = message.removesuffix(")").partition(" (")
    return bracket != "" and is_in_the_source(word) and is_in_the_source(detail)


class Scene:
    """A server of one colour, and what was seen of it."""

    def __init__(self, colour: Colour, caplog: pytest.LogCaptureFixture) -> None:
        self.colour = colour
        self.sio: Any = None
        self.answers: list[str] = []
        self._caplog = caplog

    def server(self, **options: Any) -> Any:
        """Start a server in place of the one before."""
        self.sio = self.colour.server(logger=LOG, engineio_logger=LOG, **options)
        return self.sio

    def request(
        self, query: str = "EIO=4&transport=polling", method: str = "GET", **more: Any
    ) -> int:
        """Send a request. Returns its status."""
        request = Request(method, query, host="testserver", **more)
        response = self.colour.http(self.sio, request, b"")
        self.answers.append(response.body.decode())
        return response.status

    def client(self) -> colours.Client:
        """A client that has shaken hands."""
        return colours.Client(self.colour, self.sio)

    def texts(self) -> list[str]:
        """Lines of the log, and bodies of responses."""
        lines = [record.getMessage() for record in self._caplog.records if record.name == LOG.name]
        return lines + self.answers

    def expect(self, *messages: str) -> None:
        """Wait until all of `messages` were seen."""

        def seen() -> bool:
            texts = self.texts()
            return all(any(matches(message, text) for text in texts) for message in messages)

        try:
            colours.until(self.colour, seen)
        except AssertionError:
            raise AssertionError(f"not all of {messages} in {self.texts()}") from None

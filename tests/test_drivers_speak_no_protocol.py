"""Drivers and adapters move frames and requests; every word of the protocol is the core's.

The test reads their string and bytes literals (docstrings apart) and complains of those that only
somebody who parses or writes packets would need.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.imports import ROOT
from tests.support.packages import PACKAGES

DRIVERS = [
    package.distribution
    for package in PACKAGES
    if package.distribution not in ("sio-core", "sio-compat")
]

# Whole literals: packet types as digits, fields of the handshake, of placeholders and of queries.
WORDS = frozenset(
    {
        "probe",
        "upgrades",
        "pingInterval",
        "pingTimeout",
        "maxPayload",
        "_placeholder",
        "EIO",
        "b64",
        *"0123456",
    }
)

# The start of a literal: a message packet with a Socket.IO type, a probe; anywhere: the separator
# of packets in a polling payload.
PATTERNS = (
    re.compile(r"4[0-6](?!\d)"),
    re.compile(r"[0-6]probe"),
    re.compile(r"(?s).*\x1e"),
)


def literals(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each literal that is not a docstring or a bare expression."""
    bare = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in bare:
            if isinstance(node.value, str):
                yield node.lineno, node.value
            elif isinstance(node.value, bytes):
                yield node.lineno, node.value.decode("latin-1")


def speaks_protocol(text: str) -> bool:
    return text in WORDS or any(pattern.match(text) for pattern in PATTERNS)


def words_in(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    where = path.relative_to(ROOT).as_posix()
    return [f"{where}:{line}: {text!r}" for line, text in literals(tree) if speaks_protocol(text)]


@pytest.mark.parametrize("distribution", DRIVERS)
def test_no_protocol_words(distribution: str) -> None:
    files = sorted((ROOT / "packages" / distribution / "src").rglob("*.py"))
    assert files
    found = [word for path in files for word in words_in(path)]
    assert not found, "protocol words outside sio-core:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "code",
    [
        "x = '2probe'",
        "if kind == '3': pass",
        "send('40{}')",
        "f'42{x}'",
        "d['upgrades']",
        "x = b'\\x1e'",
    ],
)
def test_the_search_finds_them(code: str) -> None:
    assert any(speaks_protocol(text) for _, text in literals(ast.parse(code)))


@pytest.mark.parametrize(
    "code", ["'''40 is a word here'''", "x = '400 Bad Request'", "x = 'websocket'", "x = 404"]
)
def test_the_search_leaves_the_rest_alone(code: str) -> None:
    assert not any(speaks_protocol(text) for _, text in literals(ast.parse(code)))

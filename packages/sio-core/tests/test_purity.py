"""sio_core imports nothing that can wait and does nothing that conftest.py's guard forbids."""

import ast
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import sio_core

SOURCE = Path(str(sio_core.__file__)).parent

# Modules that wait, look at a clock, draw random numbers, or reach the operating system.
FORBIDDEN = frozenset(
    {
        "_socket",
        "_thread",
        "asyncio",
        "asyncore",
        "concurrent",
        "contextlib.chdir",
        "ctypes",
        "fcntl",
        "fileinput",
        "ftplib",
        "getpass",
        "glob",
        "gzip",
        "http.client",
        "http.server",
        "imaplib",
        "io",
        "locale",
        "logging",
        "mmap",
        "multiprocessing",
        "os",
        "pathlib",
        "pickle",
        "platform",
        "poplib",
        "queue",
        "random",
        "sched",
        "secrets",
        "select",
        "selectors",
        "shelve",
        "shutil",
        "signal",
        "smtplib",
        "socket",
        "socketserver",
        "sqlite3",
        "ssl",
        "subprocess",
        "syslog",
        "tempfile",
        "threading",
        "time",
        "tkinter",
        "urllib.request",
        "uuid",
        "webbrowser",
        "xmlrpc",
    }
)

# Points in time are values that packets may carry; asking for the present one is not.
FORBIDDEN_CALLS = frozenset(
    {
        "open",
        "print",
        "input",
        "breakpoint",
        "__import__",
        "exec",
        "eval",
        "date.today",
        "datetime.now",
        "datetime.today",
        "datetime.utcnow",
        "datetime.datetime.now",
    }
)


def forbidden_in(tree: ast.AST) -> Iterator[str]:
    """Yield what is impure in a module: imports, and calls of builtins that do I/O."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            module = node.module or ""
            names = [module, *(f"{module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in FORBIDDEN_CALLS:
            yield f"line {node.lineno}: {ast.unparse(node.func)}()"
        yield from (f"line {node.lineno}: {name}" for name in names if _is_forbidden(name))


def _is_forbidden(name: str) -> bool:
    parts = name.split(".")
    return any(".".join(parts[: size + 1]) in FORBIDDEN for size in range(len(parts)))


@pytest.mark.parametrize(
    "path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE))
)
def test_no_forbidden_import(path: Path) -> None:
    assert list(forbidden_in(ast.parse(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    "code",
    [
        "import time",
        "import os.path",
        "from asyncio import Lock",
        "from urllib import request",
        "def f():\n    import socket",
        "open('x')",
        "datetime.now(UTC)",
    ],
)
def test_the_search_finds_impurity(code: str) -> None:
    assert list(forbidden_in(ast.parse(code)))


@pytest.mark.parametrize("code", ["import json", "from .time import x", "from urllib import parse"])
def test_the_search_leaves_the_rest_alone(code: str) -> None:
    assert not list(forbidden_in(ast.parse(code)))


def core_function(body: str) -> Callable[[], Any]:
    """Return a function that passes for one of sio_core: the guard goes by the module's name."""
    space: dict[str, Any] = {"__name__": "sio_core.not_really"}
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    exec(compile(f"def run():\n{lines}", "<not really sio_core>", "exec"), space)
    function: Callable[[], Any] = space["run"]
    return function


DELIBERATE = [
    ("import socket\nsocket.socket()", "socket.__new__"),
    ("import socket\nsocket.getaddrinfo('127.0.0.1', 1)", "socket.getaddrinfo"),
    ("open(__import__('os').devnull, 'rb')", "open"),
    ("open(__import__('os').devnull, 'w')", "open"),
    ("import os\nos.listdir('.')", "os.listdir"),
    ("import subprocess\nsubprocess.run(['true'])", "subprocess.Popen"),
]
if sys.version_info >= (3, 13):
    # Older interpreters say nothing of these two; there the search for imports has to do.
    DELIBERATE += [
        ("import time\ntime.sleep(0)", "time.sleep"),
        ("import _thread\n_thread.start_new_thread(int, ())", "_thread.start_new_thread"),
    ]


@pytest.mark.parametrize(("body", "event"), DELIBERATE)
def test_the_guard_catches(body: str, event: str, guard: Any) -> None:
    with pytest.raises(AssertionError, match=event):
        core_function(body)()
    assert guard.seen[0].startswith(event)
    # Seen on purpose, so this test itself is not to be failed for it.
    guard.seen.clear()


def test_a_swallowed_violation_still_fails_the_test(guard: Any) -> None:
    code = "try:\n    open('x')\nexcept BaseException:\n    pass"
    inner = type(guard)()
    inner.seen = guard.seen
    watch = inner.watch()
    watch.__enter__()
    core_function(code)()
    with pytest.raises(AssertionError, match="open"):
        watch.__exit__(None, None, None)
    guard.seen.clear()


def test_the_guard_lets_others_use_files(guard: Any, request: pytest.FixtureRequest) -> None:
    assert request.path.read_text(encoding="utf-8").startswith('"""')
    assert guard.seen == []


def test_the_guard_lets_core_import_lazily(guard: Any) -> None:
    body = "import sys\nsys.modules.pop('colorsys', None)\nimport colorsys"
    core_function(body)()
    assert guard.seen == []

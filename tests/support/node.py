"""Node.js with the packages that ``tests/js/package-lock.json`` lists, installed once."""

import hashlib
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.support.components import give_up, require

JS = Path(__file__).resolve().parent.parent / "js"


class Node(NamedTuple):
    """The program to run, and the folder whose ``node_modules`` it should see (its cwd)."""

    executable: str
    directory: Path


def node() -> Node:
    """Return Node.js with the packages installed, or skip the test (fail it in CI)."""
    executable, npm = require("node"), require("npm")
    stamp = JS / "node_modules" / ".test-stamp"
    wanted = hashlib.sha256((JS / "package-lock.json").read_bytes()).hexdigest()
    with _only_one(JS / ".lock"):
        if not stamp.exists() or stamp.read_text() != wanted:
            _install(npm)
            stamp.write_text(wanted)
    return Node(executable, JS)


def _install(npm: str) -> None:
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(
        command, cwd=JS, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        last = "\n".join(done.stderr.strip().splitlines()[-5:])
        give_up("npm packages", f"npm ci failed in tests/js: {last}", "cd tests/js && npm ci")


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    """Hold a lock that other test processes respect; a process that dies lets go of it."""
    with path.open("w") as file:
        if os.name == "posix":
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield

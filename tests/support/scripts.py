"""Scripts of `tests/js`, run by Node.js: what each scenario of theirs came to, as JSON lines."""

import json
import queue
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support.node import Node

# A hang guard only, above that of the scripts.
LIMIT = 60


class Script:
    """A running script of `tests/js`; its results come as JSON lines."""

    def __init__(self, node: Node, name: str, **config: Any) -> None:
        self.process = subprocess.Popen(
            [node.executable, name, json.dumps(config)],
            cwd=node.directory,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put("")

    def line(self) -> dict[str, Any]:
        """Return the next line of output."""
        text = self._lines.get(timeout=LIMIT)
        assert text, "the script ended before it was done"
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            rest = [text]
            while text := self._lines.get(timeout=LIMIT):
                rest.append(text)
            pytest.fail("the script failed:\n" + "".join(rest), pytrace=False)
        return found

    def say(self, text: str) -> None:
        """Write a line to the script's input."""
        assert self.process.stdin is not None
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def finish(self) -> None:
        """Wait until every scenario was run and the script has ended; fail with all that failed."""
        failed, count = self._results()
        assert self.process.wait(LIMIT) == 0
        _judge(failed, count)

    def run(self, **config: Any) -> None:
        """Have every scenario run once more, of a script that is told how by its input."""
        self.say(json.dumps(config))
        _judge(*self._results())

    def _results(self) -> tuple[list[str], int]:
        """Wait until every scenario was run. Returns what failed, and how many there were."""
        failed: list[str] = []
        count = 0
        while "done" not in (line := self.line()):
            count += 1
            if not line["ok"]:
                failed.append(f"{line['scenario']}:\n{line['error']}")
        assert count == line["done"] > 0
        return failed, count

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(LIMIT)


@contextmanager
def running(node: Node, name: str, **config: Any) -> Iterator[Script]:
    script = Script(node, name, **config)
    try:
        yield script
    finally:
        script.stop()


def _judge(failed: list[str], count: int) -> None:
    if failed:
        pytest.fail(f"{len(failed)} of {count} failed\n\n" + "\n\n".join(failed), pytrace=False)

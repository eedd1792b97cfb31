"""Examples that serve, as processes: run as their users run them.

A test module asks for the fixture with `pytest_plugins = ["tests.support.example_servers"]`.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.components import require
from tests.support.servers import PATIENCE, Served

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
HOW_TO_QUIT = b"(Press CTRL+C to quit)\n"
"""What aiohttp prints once it serves."""


def command(name: str, *options: str) -> list[str]:
    """How an example is run; gevent is in an environment of its own."""
    python = require("greenlets") if name == "plain-wsgi" else sys.executable
    return [python, "-u", str(EXAMPLES / name / "server.py"), *options]


def run(name: str, *options: str, **kwargs: Any) -> subprocess.CompletedProcess[str]:
    """Run an example where it cannot start."""
    return subprocess.run(
        command(name, *options), capture_output=True, text=True, check=False, **kwargs
    )


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """`start(name, *options)`: an example that serves; it must end quietly at Ctrl-C."""
    started: list[Served] = []

    def begin(name: str, *options: str) -> Served:
        output = tmp_path / f"{len(started)}.log"
        with output.open("wb") as errors:
            process = subprocess.Popen(
                command(name, "--port", "0", *options),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        served = Served(process, 0, output)
        started.append(served)
        assert process.stdout is not None
        line = process.stdout.readline().decode()
        address = re.search(r" http://127\.0\.0\.1:(\d+)(?:/$| )", line)
        assert address, f"{name} did not start: {line}{served.log()}"
        served.port = int(address.group(1))
        return served

    yield begin
    for served in started:
        process = served.process
        process.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)
        try:
            rest, _ = process.communicate(timeout=PATIENCE)
        finally:
            served.stop()
        assert (process.returncode, served.log()) == (0, "")
        assert rest in (b"", HOW_TO_QUIT)

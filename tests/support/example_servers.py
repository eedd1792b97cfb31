"""The fixture `start`: an example that serves, as a process, run as its users run it.

A test module asks for it with `pytest_plugins = ["tests.support.example_servers"]`; `run` and
`command` stand in `tests/support/examples.py`.
"""

import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.examples import command
from tests.support.servers import PATIENCE, Served

HOW_TO_QUIT = b"(Press CTRL+C to quit)\n"
"""What aiohttp prints once it serves."""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """`start(name, *options)`: an example that serves; it must end quietly at Ctrl-C."""
    started: list[Served] = []

    def begin(name: str, *options: str) -> Served:
        output = tmp_path / f"{len(started)}.log"
        with output.open("wb") as errors:
            process = subprocess.Popen(
                command(name, "--port", "0", *options),
                bufsize=0,  # the first line and no byte more: communicate() hands out the rest
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
        assert isinstance(process, subprocess.Popen)
        process.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)
        try:
            rest, _ = process.communicate(timeout=PATIENCE)
        finally:
            served.stop()
        assert (process.returncode, served.log()) == (0, "")
        assert rest in (b"", HOW_TO_QUIT)

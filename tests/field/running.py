"""Programs that others wrote for python-socketio, as processes.

Their environment has sio-compat in its place. What they run stands in `apps`, which no test
imports.
"""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.components import require
from tests.support.ports import free_port
from tests.support.servers import PATIENCE, Served, answers

# NiceGUI behaves in another way where it believes that pytest runs it.
NOT_THEIRS = ("PYTHONPATH", "PYTEST_")
APPS = Path(__file__).parent / "apps"


def variables(**more: str) -> dict[str, str]:
    """The variables of a program's process: what is installed there counts, and it is no test."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(NOT_THEIRS)}
    return {**kept, "PYTHONUNBUFFERED": "1", **more}


@contextmanager
def serving(
    folder: Path,
    command: Callable[[int], Sequence[str]],
    component: str = "field",
    loud_end: bool = False,
    **more: str,
) -> Iterator[Served]:
    """Run `python` with `command(port)` and `more` variables in `folder`; wait for its answer.

    At the end of the block it is asked to end, and must have printed no complaint; with `loud_end`
    that is asked before.
    """
    python = require(component)
    output, port = folder / "program.log", free_port()
    with output.open("wb") as file:
        process = subprocess.Popen(
            [python, *command(port)],
            cwd=folder,
            env=variables(**more),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    served = Served(process, port, output)
    try:
        if not answers(served):
            pytest.fail(f"the program did not start:\n{served.log()}", pytrace=False)
        yield served
        if loud_end:
            served.check()
    finally:
        served.stop()
    if not loud_end:
        served.check()


def uvicorn(app: str, *options: str) -> Callable[[int], Sequence[str]]:
    """The command that serves `module:name` of `apps`."""
    command = ("-m", "uvicorn", app, "--app-dir", str(APPS), "--host", "127.0.0.1", *options)
    return lambda port: [*command, "--log-level", "warning", "--port", str(port)]


def run(script: str, *arguments: object, component: str = "field") -> Any:
    """Run a script of `apps` to its end. Returns the JSON of the last line that it printed."""
    done = subprocess.run(
        [require(component), str(APPS / script), *map(str, arguments)],
        env=variables(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def heard(served: Served, text: str, mark: int = 0) -> None:
    """Wait until a program has printed the text, after the first `mark` bytes."""
    deadline = time.monotonic() + PATIENCE
    while text not in served.log(mark):
        if time.monotonic() > deadline:
            pytest.fail(f"waited in vain for {text!r}:\n{served.log(mark)}", pytrace=False)
        time.sleep(0.02)

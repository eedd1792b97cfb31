"""Examples that serve, as processes: run as their users run them."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.components import require

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def command(name: str, *options: str) -> list[str]:
    """How an example is run; gevent is in an environment of its own."""
    python = require("greenlets") if name == "plain-wsgi" else sys.executable
    return [python, "-u", str(EXAMPLES / name / "server.py"), *options]


def run(name: str, *options: str, **kwargs: Any) -> subprocess.CompletedProcess[str]:
    """Run an example where it cannot start."""
    return subprocess.run(
        command(name, *options), capture_output=True, text=True, check=False, **kwargs
    )


class Example:
    """An example that serves on a free port, and says its address behind the words `says`."""

    def __init__(self, says: str, name: str, *options: str) -> None:
        self.process = subprocess.Popen(
            command(name, "--port", "0", *options),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.startswith(f"{says}: http://127.0.0.1:"):
            pytest.fail(f"{name} did not start: {line}{self.stop()}")
        self.url = line.split()[-1]
        self.port = int(self.url.split(":")[2].partition("/")[0])

    def stop(self) -> str:
        """End the process as Ctrl-C does. Returns what it wrote to standard error."""
        if self.process.poll() is None:
            if os.name == "posix":
                self.process.send_signal(signal.SIGINT)
            else:
                self.process.terminate()
        return self.process.communicate(timeout=60)[1]

"""Examples that serve, as processes: run as their users run them."""

import subprocess
import sys
from pathlib import Path
from typing import Any

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

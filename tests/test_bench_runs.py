"""The benchmark runs and says plainly what it lacks; no test here judges a speed."""

import json
import math
import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.support.components import require

RUN = Path(__file__).resolve().parents[1] / "bench" / "run.py"
RATIO = re.compile(r"^echo32: CPU per message, ours/theirs: (\S+) ", re.MULTILINE)


def bench(*arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the benchmark command to its end."""
    environment = dict(os.environ, PATH=path or os.environ["PATH"])
    environment.pop("SIO_PEER_PYTHON", None)  # it would stand in for --theirs
    return subprocess.run(
        [sys.executable, str(RUN), *arguments],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
    )


def test_prints_a_finite_ratio(tmp_path: Path) -> None:
    require("gcc")
    record = tmp_path / "bench.json"
    arguments = ["--theirs", sys.executable, "--scenario", "echo32", "--loop", "asyncio"]
    run = bench(*arguments, "--quick", "--json", str(record))
    assert run.returncode == 0, run.stderr
    found = RATIO.search(run.stdout)
    assert found, run.stdout
    assert math.isfinite(float(found[1]))
    scenario = json.loads(record.read_text())["scenarios"]["echo32"]
    assert len(scenario["runs"]) == 1
    assert scenario["ratios"]["cpu"]["median"] > 0


def test_names_the_module_that_an_interpreter_lacks(tmp_path: Path) -> None:
    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    run = bench("--theirs", str(tmp_path / "bare" / "bin" / "python"), "--loop", "asyncio")
    assert run.returncode == 2
    assert "--theirs" in run.stderr
    assert "lacks socketio, uvicorn, websockets" in run.stderr


def test_says_what_to_install_without_gcc(tmp_path: Path) -> None:
    run = bench("--theirs", sys.executable, "--loop", "asyncio", path=str(tmp_path))
    assert run.returncode == 2
    assert "gcc is not installed" in run.stderr


@pytest.mark.parametrize("arguments", [[], ["--theirs", "nowhere/python"]])
def test_asks_for_an_interpreter(arguments: list[str]) -> None:
    run = bench(*arguments)
    assert run.returncode == 2
    assert "--theirs" in run.stderr

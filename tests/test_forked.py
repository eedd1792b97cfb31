"""`tests/support/forked`: what a template forks is a process as any other, but for its imports."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.forked.processes import Forked, start
from tests.support.servers import PATIENCE, ROOT

Start = Callable[..., tuple[Forked, Path]]
TELLS = """
import json, os, sys
print(json.dumps({
    "argv": sys.argv, "name": __name__, "path": sys.path[0], "directory": os.getcwd(),
    "variables": dict(os.environ), "had": "colorsys" in sys.modules, "input": sys.stdin.read(),
    "files": os.listdir("/proc/self/fd"), "group": os.getpgid(0), "session": os.getsid(0),
}))
print("to stderr", file=sys.stderr)
"""


@pytest.fixture
def begin(tmp_path: Path) -> Start:
    """Return a function that starts a program, and returns where it prints."""

    def begin(program: str, *arguments: str, **kwargs: str) -> tuple[Forked, Path]:
        (tmp_path / "told.py").write_text(program)
        env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **kwargs}
        command, output = [sys.executable, "-m", "told", *arguments], tmp_path / "output"
        found = start("t", command, output, imports=["colorsys"], env=env, directory=tmp_path)
        return found, output

    return begin


def test_it_is_a_process_of_its_own(begin: Start, tmp_path: Path) -> None:
    process, output = begin(TELLS, "one", "two", WORD="of this one")
    assert process.wait(PATIENCE) == 0
    told, error = output.read_text().splitlines()
    found = json.loads(told)
    assert error == "to stderr"
    assert found["argv"] == [str(tmp_path / "told.py"), "one", "two"]
    assert found["name"] == "__main__"
    assert found["directory"] == found["path"] == str(tmp_path)
    assert (found["had"], found["input"]) == (True, "")
    assert found["variables"]["WORD"] == "of this one"
    assert found["group"] == found["session"] == process.pid
    assert len(found["files"]) == 4  # three, and the folder that is looked at
    process, output = begin(TELLS)
    assert process.wait(PATIENCE) == 0
    assert "WORD" not in json.loads(output.read_text().splitlines()[0])["variables"]


@pytest.mark.parametrize(
    ("program", "status", "says"),
    [
        ("raise SystemExit(7)", 7, ""),
        ("import atexit; atexit.register(print, 'at exit')", 0, "at exit\n"),
        ("import threading as t; t.Timer(0.1, lambda: print('last')).start()", 0, "last\n"),
        ("import os; os.kill(os.getpid(), 9)", -signal.SIGKILL, ""),
    ],
)
def test_its_end(begin: Start, program: str, status: int, says: str) -> None:
    process, output = begin(program)
    assert process.wait(PATIENCE) == process.poll() == process.returncode == status
    assert output.read_text() == says
    process.kill()  # has nobody to end


def test_an_error_is_printed(begin: Start) -> None:
    process, output = begin("raise ValueError('of this one')")
    assert process.wait(PATIENCE) == 1
    assert output.read_text().startswith("Traceback")
    assert output.read_text().endswith("\nValueError: of this one\n")


def test_signals(begin: Start) -> None:
    process, output = begin("import time; print('begun'); time.sleep(60)")
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.1)
    assert process.poll() is None
    process.terminate()
    assert process.wait(PATIENCE) == -signal.SIGTERM
    waits = "import signal, time\ntry: print('begun'); time.sleep(60)\n"
    process, output = begin(f"{waits}except KeyboardInterrupt: print('interrupted')")
    while output.read_text() != "begun\n":
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 0
    assert output.read_text() == "begun\ninterrupted\n"

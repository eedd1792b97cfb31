"""`beside.py`: python-socketio in the same environment is noticed when `socketio` is imported."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sio_compat.beside import find, text_of


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("python_socketio-5.18.1.dist-info", "python-socketio"),
        ("Python-SocketIO-5.0.egg-info", "python-socketio"),
        ("python_engineio-4.15.1.dist-info", "python-engineio"),
    ],
)
def test_the_metadata_is_found(tmp_path: Path, folder: str, name: str) -> None:
    (tmp_path / folder).mkdir()
    there = str(tmp_path)
    assert find(["", str(tmp_path / "missing"), __file__, there]) == {name: there}


@pytest.mark.parametrize(
    "name", ["python_socketio", "python_socketio_extra-1.dist-info", "socketio"]
)
def test_other_folders_are_not(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    assert find([str(tmp_path)]) == {}


def test_the_text_says_what_helps_in_one_folder_and_in_two() -> None:
    both = {"python-engineio": "/site", "python-socketio": "/site"}
    assert text_of(both, "/site") == (
        "python-socketio and python-engineio beside sio-compat, whose packages have the same "
        "names: run 'pip uninstall -y python-socketio python-engineio sio-compat', then install "
        "sio-compat again"
    )
    text = text_of({"python-socketio": "/system"}, "/site")
    assert "python-socketio in /system, sio-compat in /site" in text
    assert text.endswith("'pip uninstall -y python-socketio'")


def test_the_warning_names_the_line_that_imports_and_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "python_socketio-5.18.1.dist-info").mkdir()
    program = f"import sys; sys.path.append({str(tmp_path)!r})\nimport socketio\nsocketio.Server"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stderr.startswith("<string>:2: UserWarning: python-socketio in ")
    assert done.stderr.count("UserWarning") == 1
    without = [sys.executable, "-W", "error", "-c", "import socketio"]
    assert subprocess.run(without, check=False).returncode == 0


def test_the_module_says_what_is_installed(tmp_path: Path) -> None:
    def run(**env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "socketio"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **env},
        )

    done = run()
    assert (done.returncode, done.stderr) == (0, "")
    first, *lines = done.stdout.splitlines()
    assert first.startswith("socketio is sio-compat 0.")
    (line,) = [line for line in lines if line.startswith("sio-redis")]
    assert line.split()[2:] == ["RedisManager,", "AsyncRedisManager"]

    (tmp_path / "python_socketio-5.18.1.dist-info").mkdir()
    path = os.pathsep.join([os.environ.get("PYTHONPATH", ""), str(tmp_path)])
    done = run(PYTHONPATH=path)
    assert done.returncode == 1
    assert done.stdout.startswith("python-socketio can still be imported instead: run 'pip ")

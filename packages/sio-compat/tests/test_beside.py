"""`_beside.py`: python-socketio in the same environment is noticed when `socketio` is imported."""

import subprocess
import sys
from pathlib import Path

import pytest

from socketio._beside import is_installed


@pytest.mark.parametrize(
    "name", ["python_socketio-5.18.1.dist-info", "Python-SocketIO-5.0.egg-info"]
)
def test_the_metadata_is_found(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    assert is_installed(["", str(tmp_path / "missing"), __file__, str(tmp_path)])


@pytest.mark.parametrize(
    "name", ["python_socketio", "python_socketio_extra-1.dist-info", "socketio"]
)
def test_other_folders_are_not(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    assert not is_installed([str(tmp_path)])


def test_the_warning_names_the_line_that_imports_and_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "python_socketio-5.18.1.dist-info").mkdir()
    program = f"import sys; sys.path.append({str(tmp_path)!r})\nimport socketio\nsocketio.Server"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "pip uninstall -y python-socketio sio-compat" in done.stderr
    assert done.stderr.count("UserWarning") == 1
    without = [sys.executable, "-W", "error", "-c", "import socketio"]
    assert subprocess.run(without, check=False).returncode == 0

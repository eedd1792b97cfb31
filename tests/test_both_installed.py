"""python-socketio and sio-compat in one environment: in both orders, and after one was removed.

The files of the released package are copied over ours as pip does it, and taken away as its RECORD
says.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.servers import ROOT

SOURCES = [str(ROOT / "packages" / name / "src") for name in ("sio-core", "sio-server")]
OURS = ROOT / "packages" / "sio-compat" / "src"
WAY_OUT = "run 'pip uninstall -y python-socketio python-engineio sio-compat', then install"


class Environment:
    """A folder of installed packages, beside which the interpreter has none."""

    def __init__(self, python: str, folder: Path) -> None:
        self._python = python
        self._folder = folder
        (self._theirs,) = Path(python).parent.parent.glob("lib/python*/site-packages")
        (self._metadata,) = self._theirs.glob("python_socketio-*.dist-info")

    def install_ours(self) -> None:
        """Copy the files of sio-compat."""
        for source in OURS.iterdir():
            self._copy(source, source.name)

    def install_theirs(self) -> None:
        """Copy the files of python-socketio, and what pip writes about them."""
        for name in ("socketio", "engineio", "bidict", self._metadata.name):
            self._copy(self._theirs / name, name)
        shutil.copy(self._theirs / "typing_extensions.py", self._folder)

    def _copy(self, source: Path, name: str) -> None:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, self._folder / name, ignore=ignored, dirs_exist_ok=True)

    def remove_theirs(self) -> None:
        """Delete what was installed with python-socketio, whosever it is now."""
        for line in (self._metadata / "RECORD").read_text(encoding="utf-8").splitlines():
            (self._folder / line.split(",")[0]).unlink(missing_ok=True)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Python in it."""
        path = os.pathsep.join([str(self._folder), *SOURCES])
        return subprocess.run(
            [self._python, "-S", *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": path},
        )


@pytest.fixture
def environment(peer_python: str, tmp_path: Path) -> Environment:
    return Environment(peer_python, tmp_path)


IMPORT = ("-c", "import socketio; print(socketio.AsyncServer.__module__)")


def test_ours_over_theirs_warns(environment: Environment) -> None:
    environment.install_theirs()
    environment.install_ours()
    done = environment.run(*IMPORT)
    assert done.stdout == "sio_server.async_server\n"
    assert done.stderr.count("UserWarning") == 1
    assert WAY_OUT in done.stderr
    done = environment.run("-m", "socketio")
    assert (done.returncode, WAY_OUT in done.stdout) == (1, True)


def test_theirs_over_ours_is_said_when_it_is_asked_for(environment: Environment) -> None:
    environment.install_ours()
    environment.install_theirs()
    assert environment.run(*IMPORT).stdout == "socketio.async_server\n"
    done = environment.run("-m", "socketio")
    assert done.returncode == 1
    assert "socketio is python-socketio, which was installed over sio-compat" in done.stdout
    assert WAY_OUT in done.stdout


def test_what_a_removal_took_away_is_said_when_it_is_asked_for(environment: Environment) -> None:
    environment.install_theirs()
    environment.install_ours()
    environment.remove_theirs()
    assert "has no attribute 'AsyncServer'" in environment.run(*IMPORT).stderr
    done = environment.run("-m", "socketio")
    assert done.returncode == 1
    assert done.stdout.startswith("files of sio-compat went away with python-socketio: run ")

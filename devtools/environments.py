"""Hatch, in a virtual environment of its own, and the environments that `hatch.toml` describes."""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

from devtools import processes
from devtools.output import ROOT, fail, say

TOOLS = ROOT / ".tools"
BIN = "Scripts" if os.name == "nt" else "bin"
HATCH = "hatch>=1.18,<2"
MAKING = ("Creating environment", "Syncing dependencies")

_tools = Lock()
_locks: dict[str, Lock] = {}
_made: dict[str, Path | str] = {}


def tool_python() -> Path:
    """Return the interpreter that has Hatch, making its virtual environment when needed."""
    python = TOOLS / BIN / ("python.exe" if os.name == "nt" else "python")
    stamp = TOOLS / "hatch.stamp"
    wanted = f"{HATCH} {sys.version} {sys.base_prefix}"
    if stamp.exists() and stamp.read_text() == wanted and python.exists():
        return python
    if subprocess.call([sys.executable, "-m", "pip", "--version"], stdout=subprocess.DEVNULL) != 0:
        fail(f"pip is needed: {sys.executable} -m ensurepip, or your system's python3-pip.")
    say("dev.py: installing Hatch into .tools/ (once)")
    # Without pip inside, the environment needs no python3-venv package on Debian.
    venv.EnvBuilder(with_pip=False, clear=True, symlinks=os.name != "nt").create(TOOLS)
    # Python compiles the little of it that is used.
    install = ("install", "--quiet", "--no-compile", HATCH)
    command = [sys.executable, "-m", "pip", "--python", str(python), *install]
    if processes.call(command) != 0:
        fail("Hatch could not be installed; pip says why above.")
    stamp.write_text(wanted)
    return python


# uWSGI is built from source: a third less time without an optimizer that the tests do not need, and
# a third less again with those alone of its forty plugins that docs/deployment.md runs it with.
PLUGINS = "embedded_plugins=python,gevent,corerouter,http"
BUILT = {"uwsgi": {"CFLAGS": "-O0", "UWSGI_PROFILE_OVERRIDE": PLUGINS}}


def hatch(
    *args: str, cwd: Path = ROOT, more: Mapping[str, str] | None = None
) -> tuple[int, list[str]]:
    """Run Hatch with its data below `.tools/`, and with `more` variables.

    Returns: its exit status, and what it printed.
    """
    python = tool_python()
    env = dict(
        os.environ,
        HATCH_DATA_DIR=str(TOOLS / "data"),
        HATCH_CONFIG=str(TOOLS / "config.toml"),
        HATCH_ENV="default",
        HATCH_INTERACTIVE="0",
        **(more or {}),
    )
    for name in ("VIRTUAL_ENV", "PYTHONPATH", "HATCH_ENV_ACTIVE"):
        env.pop(name, None)
    (TOOLS / "config.toml").touch()
    lines: list[str] = []

    def hear(line: str) -> None:
        lines.append(line)
        if line.startswith(MAKING[0]):  # it takes a while
            say(f"dev.py: {line[0].lower()}{line[1:]}")

    status = processes.collect([str(python), "-m", "hatch", *args], hear, cwd=cwd, env=env)
    return status, lines


def forget_stale_environments() -> None:
    """Remove environments made before a manifest or a package's version changed.

    Hatch follows changes of hatch.toml by itself, but not those of the workspace's members.
    """
    digest = hashlib.sha256()
    for pattern in ("hatch.toml", "packages/*/pyproject.toml", "packages/*/src/*/__about__.py"):
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    stamp = TOOLS / "environments.stamp"
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    shutil.rmtree(TOOLS / "data" / "env", ignore_errors=True)
    stamp.write_text(digest.hexdigest())


class Unmade(Exception):
    """An environment could not be made: the text says which and why."""


def environment(name: str) -> Path:
    """Return the interpreter of a Hatch environment that is complete and up to date.

    Threads may ask for different ones side by side. Raises Unmade.
    """
    with _tools:
        if not _locks:
            tool_python()
            forget_stale_environments()
        lock = _locks.setdefault(name, Lock())
    with lock:
        if name not in _made:
            _made[name] = _make(name)
    found = _made[name]
    if isinstance(found, str):
        raise Unmade(found)
    return found


def _make(name: str) -> Path | str:
    """Have Hatch make an environment. Returns its interpreter, or why there is none."""
    command = ("run", f"{name}:python", "-c", "import sys; print(sys.executable)")
    status, lines = hatch(*command, more=BUILT.get(name))
    if status != 0 or not lines:
        return "\n".join([*lines, f"dev.py: the environment {name!r} could not be made."])
    return Path(lines[-1])


def variables(python: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the process environment in which the tools of `python`'s environment are found."""
    env = dict(os.environ, VIRTUAL_ENV=str(python.parent.parent), **(extra or {}))
    env["PATH"] = os.pathsep.join([str(python.parent), env.get("PATH", "")])
    return env

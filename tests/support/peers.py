"""The servers that the clients are tested against, each a process with the events of `apps.peer`.

Node.js's own, python-socketio's and this project's, all with the same paths and events.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.components import require
from tests.support.forked.processes import start
from tests.support.node import node
from tests.support.ports import free_port
from tests.support.servers import ROOT, Served, answers

Command = tuple[list[str], dict[str, str], Path]
"""What to run, with which variables beside those of the tests, and where."""

UVICORN = ["-m", "uvicorn", "--host", "127.0.0.1", "--no-access-log", "--port"]
GUNICORN = ["-m", "gunicorn", "--no-control-socket", "--threads", "50", "--bind"]


APP = "tests.apps.peer:app"


def _node(package: str) -> Callable[[int, str], Command]:
    def command(port: int, _app: str) -> Command:
        executable, directory = node()
        return [executable, "peer.cjs", package, str(port)], {}, directory

    return command


def _python_socketio(asynchronous: bool) -> Callable[[int, str], Command]:
    def command(port: int, app: str) -> Command:
        # Without PYTHONPATH, in which `socketio` may be this project's.
        python, env = require("python-socketio"), {"PYTHONPATH": str(ROOT)}
        if asynchronous:
            run = [python, *UVICORN, str(port), app]
            return run, {**env, "SIO_TEST_ASYNC": "1"}, ROOT
        return [python, *GUNICORN, f"127.0.0.1:{port}", app], env, ROOT

    return command


def _ours(asynchronous: bool) -> Callable[[int, str], Command]:
    def command(port: int, app: str) -> Command:
        env = {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
        if asynchronous:
            run = [sys.executable, *UVICORN, str(port), app]
            return run, {**env, "SIO_TEST_ASYNC": "1"}, ROOT
        module = ["-m", "tests.support.wsgi_servers", "werkzeug"]
        return [sys.executable, *module, str(port), app], env, ROOT

    return command


def _ours_in_greenlets(server: str, mode: str) -> Callable[[int, str], Command]:
    def command(port: int, app: str) -> Command:
        _, env, directory = _ours(False)(port, app)
        run = [require("greenlets"), "-m", "tests.support.wsgi_servers", server, str(port), app]
        return run, {**env, "SIO_TEST_MODE": mode, "SIO_TEST_PATCHED": "1"}, directory

    return command


def _ours_in_gunicorn(port: int, app: str) -> Command:
    command, env, directory = _ours(False)(port, app)
    return [command[0], *GUNICORN, f"127.0.0.1:{port}", app], env, directory


def _ours_in_gunicorn_for_asgi(port: int, app: str) -> Command:
    command, env, directory = _ours(True)(port, app)
    bound = ["--bind", f"127.0.0.1:{port}"]
    run = [command[0], "-m", "gunicorn", "--no-control-socket", "-k", "asgi", *bound, app]
    return run, env, directory


COMMANDS: dict[str, Callable[[int, str], Command]] = {
    "node-4.8": _node("socket.io"),
    "node-3.1": _node("socket.io-v3"),
    "python-socketio-asgi": _python_socketio(True),
    "python-socketio-wsgi": _python_socketio(False),
    "ours-asgi": _ours(True),
    "ours-wsgi": _ours(False),
}
OLDER: dict[str, Callable[[int, str], Command]] = {
    "node-2.5": _node("socket.io-v2"),
    "node-1.7": _node("socket.io-v1"),
}
"""Those that speak Engine.IO 3, with fewer paths."""
ALL_COMMANDS = {
    **COMMANDS,
    **OLDER,
    "ours-gunicorn": _ours_in_gunicorn,
    "ours-gunicorn-asgi": _ours_in_gunicorn_for_asgi,
    "ours-gevent": _ours_in_greenlets("pywsgi", "gevent"),
    "ours-eventlet": _ours_in_greenlets("eventlet", "eventlet"),
}
"""All of these, older ones, web servers that can have several processes, and greenlets."""
OF_UVICORN = (
    *("uvicorn.main", "uvicorn.lifespan.on", "uvicorn.loops.uvloop", "uvloop"),
    *("uvicorn.protocols.http.auto", "uvicorn.protocols.websockets.auto"),
)
OF_GUNICORN = ("gunicorn.app.wsgiapp", "gunicorn.workers.gthread")
IMPORTS: Mapping[str, Sequence[str]] = {
    "ours-asgi": (*OF_UVICORN, "socketio:AsyncServer", "socketio:ASGIApp", "msgspec"),
    "ours-wsgi": (
        *("werkzeug.serving", "tests.support.moved_program", "tests.support.stopping"),
        *("socketio:Server", "socketio:WSGIApp", "msgspec"),
    ),
    "python-socketio-asgi": (*OF_UVICORN, "socketio"),
    "python-socketio-wsgi": (*OF_GUNICORN, "socketio"),
}
"""What those import that are started often: these begin with it (`tests/support/forked`)."""


def spawn(
    name: str,
    output: Path,
    port: int | None = None,
    *,
    arguments: Sequence[str] = (),
    secure: bool = False,
    app: str = APP,
    env: Mapping[str, str] | None = None,
    imports: Sequence[str] = (),
) -> Served:
    """Start a server on a free port, or on `port`, and wait until it answers.

    Those of Python run `app`, with `env` added to their variables; `imports` is what `app` imports
    (`module:attribute` where it is imported as an attribute).

    The caller stops what is returned.
    """
    for _ in range(3):  # another process may take the free port first
        served = _run(name, output, port or free_port(), arguments, app, env or {}, imports)
        served.secure = secure
        if answers(served):
            return served
        served.stop()
        if "use" not in served.log():
            break
    pytest.fail(f"{name} did not start:\n{served.log()}", pytrace=False)


def _run(
    name: str,
    output: Path,
    port: int,
    arguments: Sequence[str],
    app: str,
    added: Mapping[str, str],
    imports: Sequence[str],
) -> Served:
    command, env, directory = ALL_COMMANDS[name](port, app)
    command = [*command, *arguments]
    env = {**os.environ, "PYTHONUNBUFFERED": "1", **env, **added}
    if name in IMPORTS:
        found = (*IMPORTS[name], *imports)
        process = start(name, command, output, imports=found, env=env, directory=directory)
        return Served(process, port, output)
    with output.open("wb") as file:
        popen = subprocess.Popen(
            command,
            cwd=directory,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Served(popen, port, output)


@dataclass
class Peers:
    """Servers that tests share, by name."""

    directory: Path
    running: dict[str, Served] = field(default_factory=dict)

    def get(self, name: str) -> Served:
        """Return a running server; it is started only once."""
        served = self.running.get(name)
        if served is None or not served.alive():
            served = self.running[name] = spawn(name, self.directory / f"{name}.log")
        return served

    def restart(self, served: Served) -> None:
        """End a server as a crash does, and start another in its place, on the same port."""
        name = next(name for name, other in self.running.items() if other is served)
        served.kill()
        served.process = spawn(name, served.output, served.port).process

"""Clients and servers of `engineio` with those of python-engineio and of Node.js, both ways."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.apps.engine_client import DATA, TRANSPORTS, plain
from tests.support.components import require
from tests.support.engine_servers import launch
from tests.support.node import node
from tests.support.ports import free_port
from tests.support.servers import PATIENCE, ROOT, Served, answers

Start = Callable[[str], Served]


def launch_node(output: Path) -> Served:
    executable, directory = node()
    port = free_port()
    with output.open("wb") as file:
        process = subprocess.Popen(
            [executable, "engine.cjs", "serve", str(port)],
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    served = Served(process, port, output)
    assert answers(served), served.log()
    return served


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Return what starts a server by its name, once."""
    folder = tmp_path_factory.mktemp("engine")
    running: dict[str, Served] = {}

    def get(name: str) -> Served:
        if name not in running:
            output = folder / f"{name}.log"
            if name == "node":
                running[name] = launch_node(output)
            else:
                whose, _, server = name.partition(" ")
                running[name] = launch(server, output, theirs=whose == "theirs")
        return running[name]

    yield get
    for served in running.values():
        served.kill()  # that of python-engineio takes its time to end


def run(command: list[str], directory: Path, path: str) -> Any:
    """Return what a program printed, which is JSON."""
    done = subprocess.run(
        command,
        cwd=directory,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=3 * PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


OURS = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
ROWS = [
    *(("ours", colour, "theirs uvicorn") for colour in ("async", "blocking")),
    *(("ours", colour, "node") for colour in ("async", "blocking")),
    ("ours", "async", "ours uvicorn"),
    *(("theirs", "async", server) for server in ("ours uvicorn-sio", "ours werkzeug")),
    *(("theirs", "blocking", server) for server in ("ours uvicorn-sio", "ours werkzeug")),
]


@pytest.mark.parametrize(("whose", "colour", "server"), ROWS)
def test_python_clients(whose: str, colour: str, server: str, start: Start) -> None:
    served = start(server)
    python = require("python-socketio") if whose == "theirs" else sys.executable
    path = str(ROOT) if whose == "theirs" else OURS
    command = [python, "-m", "tests.apps.engine_client", colour, served.origin]
    happened = run(command, ROOT, path)
    echoed = [plain(data) for data in DATA]
    for transports, what in zip(TRANSPORTS, happened, strict=True):
        assert what == [
            *["connect", ["connected", ["welcome", 1]], *echoed, transports[-1]],
            *["server disconnect", "client disconnect", "refused"],
        ]


@pytest.mark.parametrize("server", ["ours uvicorn-sio", "ours werkzeug"])
def test_a_client_of_node(server: str, start: Start) -> None:
    served = start(server)
    executable, directory = node()
    happened = run([executable, "engine.cjs", "connect", served.origin], directory, "")
    for what in happened:
        assert what == [
            *["open", '["welcome",1]', "text", "a€😀", '{"a":[1,{"b":null}]}', [0, 1, 255]],
            *["close", "transport close"],
        ]

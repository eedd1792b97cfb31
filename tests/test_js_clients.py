"""The JavaScript clients, as npm has them, against this project's server.

It runs under uvicorn, and all the clients under each framework too.
"""

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.node import Node
from tests.support.scripts import LIMIT, Script, running

ROOT = Path(__file__).resolve().parent.parent

# The log of a healthy server has no errors but those that say why a request was refused.
COMPLAINT = re.compile(
    r"^(ERROR|CRITICAL):(?!\S+:request refused: )|Traceback|never (retrieved|awaited)",
    re.MULTILINE,
)


class Server:
    """A running `tests.support.js_server`, and what it wrote to its log."""

    def __init__(self, port: int = 0, kind: str = "uvicorn") -> None:
        self._log: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.js_server", str(port), kind],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        assert self.process.stdout is not None
        first = self.process.stdout.readline()
        while first and not first.startswith("{"):  # what the framework's application printed
            first = self.process.stdout.readline()
        assert first, f"the server did not start:\n{self.log}"
        self.port: int = json.loads(first)["port"]

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        self._log.extend(self.process.stderr)

    @property
    def log(self) -> str:
        return "".join(self._log)

    def stop(self) -> None:
        """End the process; its log is complete then."""
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(LIMIT)
        self._reader.join(LIMIT)

    def check(self) -> None:
        """Fail if the log, of a server that has ended, has what a healthy one does not write."""
        complaint = COMPLAINT.search(self.log)
        assert complaint is None, f"the server complained:\n{self.log[complaint.start() :][:4000]}"


@contextmanager
def serving(port: int = 0, kind: str = "uvicorn") -> Iterator[Server]:
    server = Server(port, kind)
    try:
        yield server
    finally:
        server.stop()
    server.check()


class Servers:
    """One server of each kind, for all tests but those that end it."""

    def __init__(self) -> None:
        self._all: list[Server] = []
        self._by_kind: dict[str, Server] = {}

    def get(self, kind: str) -> Server:
        server = self._by_kind.get(kind)
        if server is None or server.process.poll() is not None:
            server = self._by_kind[kind] = Server(kind=kind)
            self._all.append(server)
        return server

    def stop(self) -> None:
        for server in self._all:
            server.stop()
        for server in self._all:
            server.check()


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    servers = Servers()
    yield servers
    servers.stop()


class Matrices:
    """For each server one running `matrix.cjs`: starting Node.js costs more than its scenarios."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._running: dict[int, Script] = {}

    def run(self, port: int, **config: Any) -> None:
        script = self._running.pop(port, None) or Script(self._node, "matrix.cjs", port=port)
        try:
            script.run(**config)
        except BaseException:  # what a failure left behind is nobody else's
            script.stop()
            raise
        self._running[port] = script

    def stop(self) -> None:
        for script in self._running.values():
            script.stop()


@pytest.fixture(scope="module")
def matrices(node: Node) -> Iterator[Matrices]:
    matrices = Matrices(node)
    yield matrices
    matrices.stop()


PATHS = {
    ("default", False): "/socket.io",
    ("msgpack", False): "/msgpack",
    # Servers that refuse WebSockets, so that the clients must fall back.
    ("default", True): "/polling",
    ("msgpack", True): "/polling-msgpack",
}


FRAMEWORKS = ("aiohttp", "tornado", "sanic")
# Under a framework the other parser and the older client go the same way: one upgrade each.
MATRIX = [
    (server, client, transport, parser)
    for server in ("uvicorn", *FRAMEWORKS)
    for client in (4, 3)
    for transport in ("polling", "websocket", "upgrade", "fallback")
    for parser in ("default", "msgpack")
    if server == "uvicorn" or transport == "upgrade" or (client, parser) == (4, "default")
]


@pytest.mark.parametrize(("server", "client", "transport", "parser"), MATRIX)
def test_every_client_transport_and_parser(
    servers: Servers, matrices: Matrices, server: str, client: int, transport: str, parser: str
) -> None:
    path = PATHS[parser, transport == "fallback"]
    port = servers.get(server).port
    matrices.run(port, path=path, client=client, transport=transport, parser=parser)


@pytest.mark.parametrize("kind", ["uvicorn"])
def test_options_limits_and_http(node: Node, servers: Servers, kind: str) -> None:
    server = servers.get(kind)
    with running(node, "surface.cjs", port=server.port, path="/socket.io") as script:
        script.finish()
    deadline = time.monotonic() + LIMIT
    while "allow_eio3" not in server.log:
        assert time.monotonic() < deadline, "the log must name the option that older clients need"
        time.sleep(0.01)


@pytest.mark.parametrize("kind", ["uvicorn", *FRAMEWORKS])
def test_clients_come_back_after_a_restart(node: Node, servers: Servers, kind: str) -> None:
    first = servers.get(kind)
    with ExitStack() as stack:
        scripts = [
            stack.enter_context(
                running(node, "restart.cjs", port=first.port, path="/socket.io", client=client)
            )
            for client in ((4, 3) if kind == "uvicorn" else (4,))
        ]
        for script in scripts:
            assert script.line() == {"server": "down"}
        first.stop()
        for script in scripts:
            script.say("down")
            assert script.line() == {"server": "up"}
        stack.enter_context(serving(first.port, kind))
        for script in scripts:
            script.say("up")
        for script in scripts:
            script.finish()

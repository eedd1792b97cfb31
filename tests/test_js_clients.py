"""The JavaScript clients, as npm has them, against this project's server.

It runs under uvicorn, and all the clients under each framework too.
"""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.node import Node
from tests.support.scripts import LIMIT, running

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
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(LIMIT)
        self._reader.join(LIMIT)


@contextmanager
def serving(port: int = 0, kind: str = "uvicorn") -> Iterator[Server]:
    server = Server(port, kind)
    try:
        yield server
    finally:
        server.stop()
    complaint = COMPLAINT.search(server.log)
    assert complaint is None, f"the server complained:\n{server.log[complaint.start() :][:4000]}"


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with serving(kind=request.param) as started:
        yield started


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


@pytest.mark.parametrize(
    ("server", "client", "transport", "parser"), MATRIX, indirect=["server"], scope="module"
)
def test_every_client_transport_and_parser(
    node: Node, server: Server, client: int, transport: str, parser: str
) -> None:
    path = PATHS[parser, transport == "fallback"]
    with running(
        node,
        "matrix.cjs",
        port=server.port,
        path=path,
        client=client,
        transport=transport,
        parser=parser,
    ) as script:
        script.finish()


def test_options_limits_and_http(node: Node) -> None:
    with serving() as server:
        with running(node, "surface.cjs", port=server.port, path="/socket.io") as script:
            script.finish()
        server.stop()
        assert "allow_eio3" in server.log, "the log must name the option that older clients need"


@pytest.mark.parametrize(
    ("client", "kind"), [(3, "uvicorn"), *((4, kind) for kind in ("uvicorn", *FRAMEWORKS))]
)
def test_clients_come_back_after_a_restart(node: Node, client: int, kind: str) -> None:
    with (
        serving(kind=kind) as first,
        running(node, "restart.cjs", port=first.port, path="/socket.io", client=client) as script,
    ):
        assert script.line() == {"server": "down"}
        first.stop()
        script.say("down")
        assert script.line() == {"server": "up"}
        with serving(first.port, kind):
            script.say("up")
            script.finish()

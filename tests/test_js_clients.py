"""The JavaScript clients, as npm has them, against this project's server.

It runs under uvicorn, and all the clients under each framework too.
"""

import json
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.node import Node

ROOT = Path(__file__).resolve().parent.parent

# The log of a healthy server has no errors but those that say why a request was refused.
COMPLAINT = re.compile(
    r"^(ERROR|CRITICAL):(?!\S+:request refused: )|Traceback|never (retrieved|awaited)",
    re.MULTILINE,
)

# A hang guard only, above that of the scripts.
LIMIT = 60


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


class Script:
    """A running script of `tests/js`; its results come as JSON lines."""

    def __init__(self, node: Node, name: str, **config: Any) -> None:
        self.process = subprocess.Popen(
            [node.executable, name, json.dumps(config)],
            cwd=node.directory,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put("")

    def line(self) -> dict[str, Any]:
        """Return the next line of output."""
        text = self._lines.get(timeout=LIMIT)
        assert text, "the script ended before it was done"
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            rest = [text]
            while text := self._lines.get(timeout=LIMIT):
                rest.append(text)
            pytest.fail("the script failed:\n" + "".join(rest), pytrace=False)
        return found

    def say(self, text: str) -> None:
        """Write a line to the script's input."""
        assert self.process.stdin is not None
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def finish(self) -> None:
        """Wait until every scenario was run, and fail with all that failed."""
        failed: list[str] = []
        count = 0
        while "done" not in (line := self.line()):
            count += 1
            if not line["ok"]:
                failed.append(f"{line['scenario']}:\n{line['error']}")
        assert count == line["done"] > 0
        assert self.process.wait(LIMIT) == 0
        if failed:
            pytest.fail(f"{len(failed)} of {count} failed\n\n" + "\n\n".join(failed), pytrace=False)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(LIMIT)


@contextmanager
def running(node: Node, name: str, **config: Any) -> Iterator[Script]:
    script = Script(node, name, **config)
    try:
        yield script
    finally:
        script.stop()


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


@pytest.mark.parametrize("transport", ["polling", "websocket", "upgrade"])
@pytest.mark.parametrize("server", ["uvicorn", *FRAMEWORKS], indirect=True)
def test_clients_of_every_generation(node: Node, server: Server, transport: str) -> None:
    with running(
        node, "generations.cjs", port=server.port, path="/generations", transport=transport
    ) as script:
        script.finish()

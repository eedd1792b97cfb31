"""Fixtures that start the web servers of ``servers.py``, share them and look through their logs.

A test module asks for them with ``pytest_plugins = ["tests.support.serving"]``.
"""

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.servers import WIRE, Served, get, launch


@dataclass
class Pool:
    """Servers that tests share, by everything that makes them differ."""

    directory: Path
    running: dict[str, Served] = field(default_factory=dict)

    def get(self, name: str, app: str, **kwargs: Any) -> Served:
        """Return a server that runs with these arguments of `launch`; it is started only once."""
        key = json.dumps([name, app, kwargs], sort_keys=True, default=str)
        served = self.running.get(key)
        if served is None or not served.alive():
            served = launch(name, app, self.fresh_output(), **kwargs)
            self.running[key] = served
        return served

    def fresh_output(self) -> Path:
        """Return a new file for what one more server prints."""
        return self.directory / f"{len(list(self.directory.iterdir()))}.log"


@pytest.fixture(scope="session")
def ending_servers() -> Iterator[list[Served]]:
    """Take servers that were told to end, and see at the end of the run that they did it well.

    They give clients that went without a word a few seconds, for which no test has to wait.
    """
    ending: list[Served] = []
    yield ending
    for served in ending:
        served.stop()
    for served in ending:
        served.check()


@pytest.fixture(scope="module")
def server_pool(
    tmp_path_factory: pytest.TempPathFactory, ending_servers: list[Served]
) -> Iterator[Pool]:
    """Share servers between the tests of one module."""
    pool = Pool(tmp_path_factory.mktemp("servers"))
    yield pool
    for served in pool.running.values():
        served.process.terminate()
    ending_servers += pool.running.values()


@pytest.fixture
def serve(server_pool: Pool) -> Iterator[Callable[..., Served]]:
    """Return a function that gives a server to a test; afterwards its log must be clean."""
    used: list[tuple[Served, int]] = []

    def start(name: str, app: str, **kwargs: Any) -> Served:
        served = server_pool.get(name, app, **kwargs)
        used.append((served, served.mark()))
        return served

    yield start
    for served, mark in used:
        with contextlib.suppress(OSError):  # a test may have ended it
            get(served, "/no-such-page")  # whatever was going to be printed is printed by now
        served.check(mark)


@pytest.fixture(params=WIRE)
def serve_wire(
    serve: Callable[..., Served], request: pytest.FixtureRequest
) -> Callable[..., Served]:
    """Return `serve` for one server of each kind: the test sees nothing of the difference."""

    def start(app: str, **kwargs: Any) -> Served:
        return serve(request.param, app, **kwargs)

    return start

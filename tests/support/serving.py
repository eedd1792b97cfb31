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

from tests.support.servers import DRIVERS, WIRE, Served, get, launch

KEPT = 6
"""How many servers without options stay for the modules that come next."""


@dataclass
class Pool:
    """Servers that tests share, by everything that makes them differ."""

    directory: Path
    ending: list[Served]
    running: dict[str, Served] = field(default_factory=dict)
    plain: list[str] = field(default_factory=list)
    """Those that have no options, which every module may ask for, by their last use."""

    def get(self, name: str, app: str, **kwargs: Any) -> Served:
        """Return a server that runs with these arguments of `launch`; it is started only once."""
        key = json.dumps([name, app, kwargs], sort_keys=True, default=str)
        served = self.running.get(key)
        if served is None or not served.alive():
            served = launch(name, app, self.fresh_output(), **kwargs)
            self.running[key] = served
        if not kwargs:
            self.plain = [*(other for other in self.plain if other != key), key]
        return served

    def end_but(self, kept: int) -> None:
        """Tell servers to end, all but the last `kept` of those that have no options."""
        self.plain = self.plain[-kept:] if kept else []
        for key in [key for key in self.running if key not in self.plain]:
            served = self.running.pop(key)
            served.process.terminate()
            self.ending.append(served)

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
        served.stop(asked=True)
    for served in ending:
        served.check()


@pytest.fixture(scope="session")
def servers_of_all(
    tmp_path_factory: pytest.TempPathFactory, ending_servers: list[Served]
) -> Iterator[Pool]:
    """Share servers between the tests of one run."""
    pool = Pool(tmp_path_factory.mktemp("servers"), ending_servers)
    yield pool
    pool.end_but(0)


@pytest.fixture(scope="module")
def server_pool(servers_of_all: Pool) -> Iterator[Pool]:
    """Share servers between the tests of one module, and those without options with the next."""
    yield servers_of_all
    servers_of_all.end_but(KEPT)


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


@pytest.fixture(params=DRIVERS)
def serve_driver(
    serve: Callable[..., Served], request: pytest.FixtureRequest
) -> Callable[..., Served]:
    """Return `serve` for one server of each driver: for what no web server can change."""

    def start(app: str, **kwargs: Any) -> Served:
        return serve(request.param, app, **kwargs)

    return start

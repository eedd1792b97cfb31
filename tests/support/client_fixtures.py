"""Fixtures of the end-to-end tests of the clients.

A test module asks for them with ``pytest_plugins = ["tests.support.client_fixtures"]``.
"""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.support.census import Census, sockets, tasks, threads
from tests.support.driven import KINDS, SIMPLE_KINDS, Drive, driving
from tests.support.hostile import Host
from tests.support.peers import Peers


@pytest.fixture
async def census() -> Census:
    """Count what is there before the test."""
    return Census(threads(), tasks(), sockets())


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
async def drive(request: pytest.FixtureRequest) -> AsyncIterator[Drive]:
    """Return what makes clients, of each kind in turn."""
    async with driving(request.param) as made:
        yield made


@pytest.fixture(params=SIMPLE_KINDS, ids=lambda kind: kind.__name__)
async def drive_simple(request: pytest.FixtureRequest) -> AsyncIterator[Drive]:
    """Return what makes simple clients, of each kind in turn."""
    async with driving(request.param) as made:
        yield made


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    """Return a host that behaves until it is told otherwise."""
    async with Host() as running:
        yield running


@pytest.fixture(scope="session")
def peers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peers]:
    """Share the servers between all tests of the run; this project's must print no complaint."""
    shared = Peers(tmp_path_factory.mktemp("peers"))
    yield shared
    for served in shared.running.values():
        served.kill()
    for name, served in shared.running.items():
        if name.startswith("ours"):
            served.check()

"""Fixtures of the client behaviour suite: clients of both colours, a real and a scripted server."""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest

from sio_client import AsyncClient, AsyncSimpleClient, Client, SimpleClient
from tests.support.forwarder import Forwarder

from .faces import Face
from .loops import LoopThread, until
from .scripted import Scripted
from .site import Site

MakeClient: TypeAlias = Callable[..., Face]
TRANSPORTS = {
    "polling": ["polling"],
    "websocket": ["websocket"],
    "upgrade": ["polling", "websocket"],
}
SWIFT = {"reconnection_delay": 0.01, "reconnection_delay_max": 0.05, "randomization_factor": 0}


@pytest.fixture(scope="session")
def client_loop() -> Iterator[LoopThread]:
    """Return the loop in which every `AsyncClient` lives."""
    loops = LoopThread("clients")
    yield loops
    loops.close()


@pytest.fixture(scope="session")
def server_loop() -> Iterator[LoopThread]:
    """Return the loop of the servers."""
    loops = LoopThread("servers")
    yield loops
    loops.close()


def _making(kind: type[Any], loops: LoopThread) -> Iterator[MakeClient]:
    made: list[Face] = []

    def make(**options: Any) -> Face:
        face = Face(kind, loops, **{**SWIFT, **options})
        made.append(face)
        return face

    yield make
    for face in made:
        face.disconnect()


@pytest.fixture(params=(Client, AsyncClient), ids=lambda kind: kind.__name__)
def make(request: pytest.FixtureRequest, client_loop: LoopThread) -> Iterator[MakeClient]:
    """Return what makes clients, of each colour in turn; they try again soon."""
    yield from _making(request.param, client_loop)


@pytest.fixture(params=(SimpleClient, AsyncSimpleClient), ids=lambda kind: kind.__name__)
def make_simple(request: pytest.FixtureRequest, client_loop: LoopThread) -> Iterator[MakeClient]:
    """Return what makes simple clients, of each colour in turn."""
    yield from _making(request.param, client_loop)


@pytest.fixture(params=list(TRANSPORTS.values()), ids=list(TRANSPORTS))
def transports(request: pytest.FixtureRequest) -> list[str]:
    """Return what `connect` is given: polling, WebSocket, or both for the upgrade."""
    value: list[str] = request.param
    return value


@pytest.fixture(scope="module")
def site(server_loop: LoopThread) -> Iterator[Site]:
    """Return a real server that the tests of a module share."""
    site = Site(server_loop)
    site.start()
    yield site
    site.stop()


def break_off(gate: Forwarder, noticed: Callable[[], object]) -> None:
    """Cut a client off until it has noticed: over polling it would ask again at once."""
    gate.open = False
    gate.cut()
    until(noticed)
    gate.open = True


@pytest.fixture
def gate(site: Site) -> Iterator[Forwarder]:
    """Return a way to the real server that can be cut and closed."""
    with Forwarder(site.port) as gate:
        yield gate


@pytest.fixture
def scripted(server_loop: LoopThread) -> Iterator[Scripted]:
    """Return a scripted server that behaves until it is told otherwise."""
    scripted = Scripted(server_loop)
    yield scripted
    scripted.stop()
    assert not scripted.host.complaints

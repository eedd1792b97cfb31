"""Fixtures of the behaviour suite: a server for each test, in each of its modes."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server_behaviour.clients import Polling, Socket
from tests.server_behaviour.harness import ASYNCIO, Serving
from tests.server_behaviour.servers import MemoryAsyncio, MemoryBlocking, Remote, Running
from tests.support.servers import Served, launch

KINDS = ("polling", "websocket")
HOSTS = {
    True: "tests.server_behaviour.asgi_host:app",
    False: "tests.server_behaviour.wsgi_host:app",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    serving = getattr(metafunc.function, "serving", None)
    if serving is None:
        return
    for name, values in getattr(metafunc.function, "each", ()):
        metafunc.parametrize(name, values)
    if {"client", "stranger"} & set(metafunc.fixturenames):
        metafunc.parametrize("kind", KINDS)
    metafunc.parametrize("server", serving.modes, indirect=True)


@pytest.fixture(scope="module", autouse=True)
def _no_garbage_of_others() -> None:
    # Tasks that an earlier test left to its closed event loop complain when they are collected,
    # and a test here would be blamed.
    gc.collect()


class Processes:
    """One process for each mode with a web server, for the whole suite."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._running: dict[str, Served] = {}

    def get(self, mode: str) -> Served:
        """The process of a mode; skips the test where its web server is missing."""
        if mode not in self._running:
            output = self._directory / f"{mode}.log"
            self._running[mode] = launch(mode, HOSTS[mode in ASYNCIO], output)
        return self._running[mode]

    def stop(self) -> None:
        """End them all."""
        for served in self._running.values():
            served.process.terminate()
        for served in self._running.values():
            served.stop(asked=True)


@pytest.fixture(scope="session")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    found = Processes(tmp_path_factory.mktemp("behaviour"))
    yield found
    found.stop()


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[Running]:
    """The server of the test, which is ended behind it; its log must be clean."""
    mode: str = request.param
    serving: Serving = request.function.serving
    found: Running
    if mode == "memory-asyncio":
        found = MemoryAsyncio(serving)
    elif mode == "memory-blocking":
        found = MemoryBlocking(serving)
    else:
        served = request.getfixturevalue("processes").get(mode)
        found = Remote(mode, served, serving, mode in ASYNCIO)
    yield found
    found.stop()
    if not serving.complaints and (lines := found.complaints()):
        pytest.fail("the server logged:\n" + "\n".join(lines), pytrace=False)


@pytest.fixture
def stranger(server: Running, kind: str) -> Iterator[Polling | Socket]:
    """A client that has shaken hands, over both transports."""
    found = server.client(kind)
    yield found
    found.hang_up()


@pytest.fixture
def client(stranger: Polling | Socket) -> Polling | Socket:
    """A client that has joined "/", over both transports."""
    stranger.join()
    return stranger

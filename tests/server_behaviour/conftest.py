"""Fixtures of the behaviour suite: a server for each test, in each of its modes."""

import contextlib
import gc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.server_behaviour.clients import Polling, Socket
from tests.server_behaviour.harness import ASYNCIO, MEMORY, Serving
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


@pytest.fixture(scope="session", autouse=True)
def _no_garbage_of_others() -> None:
    # Tasks that an earlier test left to its closed event loop complain when they are collected,
    # and a test here would be blamed.
    gc.collect()


class Processes:
    """One process for each mode with a web server, for the whole suite."""

    def __init__(self, directory: Path, modes: set[str]) -> None:
        self._pool = ThreadPoolExecutor(len(modes) or 1)
        # Those that are needed start side by side.
        self._starting = {
            mode: self._pool.submit(launch, mode, HOSTS[mode in ASYNCIO], directory / f"{mode}.log")
            for mode in sorted(modes)
        }

    def get(self, mode: str) -> Served:
        """The process of a mode; skips the test where its web server is missing."""
        return self._starting[mode].result()

    def stop(self) -> None:
        """End them all."""
        running = []
        for starting in self._starting.values():
            with contextlib.suppress(pytest.skip.Exception, pytest.fail.Exception):
                running.append(starting.result())
        for served in running:
            served.process.terminate()
        for served in running:
            served.stop()
        self._pool.shutdown()


@pytest.fixture(scope="session")
def processes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Processes]:
    wanted = {
        item.callspec.params["server"]  # type: ignore[attr-defined]
        for item in request.session.items
        if hasattr(getattr(item, "function", None), "serving")
    }
    found = Processes(tmp_path_factory.mktemp("behaviour"), wanted - set(MEMORY))
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

"""Attempts that come to nothing in unusual ways: each has failed, and the next one is made."""

import asyncio
import selectors
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from sio_client import AsyncClient, Client
from sio_client.drivers.threads import io_thread
from sio_core.exceptions import ConnectionError
from tests.support.site import Site, cut

from ..blocking_support import OurServer, until

SOON: dict[str, Any] = {"reconnection_delay": 0.01, "reconnection_delay_max": 0.01}


class Stop(BaseException):
    """What is no `Exception`, as the timeouts of gevent are."""


class Odd(Exception):
    """What no network and no argument raises."""


KINDS = [asyncio.CancelledError, Stop, Odd]


class Arguments:
    """The functions for `connect`: each in turn raises once, after `good` calls that do not."""

    def __init__(self, url: str, kind: type[BaseException], good: int) -> None:
        self._url = url
        self._kind = kind
        self._left = {"url": good, "headers": good, "auth": good}
        self.raised: list[str] = []

    def _call(self, name: str, value: Any) -> Any:
        self._left[name] -= 1
        if self._left[name] < 0 and name not in self.raised:
            self.raised.append(name)
            raise self._kind
        return value

    def url(self) -> str:
        return str(self._call("url", self._url))

    def headers(self) -> dict[str, str]:
        return dict(self._call("headers", {"X-One": "1"}))

    def auth(self) -> dict[str, Any]:
        return dict(self._call("auth", {}))

    async def url_later(self) -> str:
        return self.url()

    async def headers_later(self) -> dict[str, str]:
        return self.headers()

    async def auth_later(self) -> dict[str, Any]:
        return self.auth()


@pytest.fixture(scope="module")
def server() -> Iterator[OurServer]:
    server = OurServer()
    yield server
    server.stop()


@pytest.mark.parametrize("kind", KINDS)
async def test_async_functions_end_in_any_way_in_the_first_attempt(
    site: Site, kind: type[BaseException]
) -> None:
    client = AsyncClient(**SOON)
    arguments = Arguments(site.url, kind, good=0)
    for name in ("url", "headers", "auth"):
        with pytest.raises(ConnectionError) as caught:
            await client.connect(
                arguments.url_later, headers=arguments.headers_later, auth=arguments.auth_later
            )
        assert isinstance(caught.value.__cause__, kind)
        assert arguments.raised[-1] == name
    await client.connect(
        arguments.url_later, headers=arguments.headers_later, auth=arguments.auth_later
    )
    assert client.connected
    await client.disconnect()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("later", [False, True])
async def test_async_functions_end_in_any_way_in_later_attempts(
    site: Site, kind: type[BaseException], later: bool
) -> None:
    client = AsyncClient(**SOON)
    failed: list[str] = []
    connects = 0
    again = asyncio.Event()
    client.on("connect_error", failed.append)

    @client.event
    def connect() -> None:
        nonlocal connects
        connects += 1
        if connects == 2:
            again.set()

    arguments = Arguments(site.url, kind, good=1)
    names = ("url", "headers", "auth")
    url, headers, auth = (getattr(arguments, f"{n}_later" if later else n) for n in names)
    await client.connect(url, headers=headers, auth=auth, transports=["websocket"])
    cut(client)
    await again.wait()
    assert arguments.raised == list(names)
    assert len(failed) == 3
    assert kind.__name__ in failed[0]
    await client.disconnect()


async def test_the_task_of_an_attempt_is_cancelled(site: Site) -> None:
    client = AsyncClient()
    asked = asyncio.Event()

    async def auth() -> None:
        asked.set()
        await asyncio.Event().wait()

    connecting = asyncio.create_task(client.connect(site.url, auth=auth))
    await asked.wait()
    for task in asyncio.all_tasks() - {connecting, asyncio.current_task()}:
        if "_evaluate" in repr(task.get_coro()):
            task.cancel()
    with pytest.raises(ConnectionError, match="CancelledError"):
        await connecting


def test_functions_end_in_any_way_in_the_first_attempt(server: OurServer) -> None:
    client = Client(**SOON)
    for kind in KINDS:
        arguments = Arguments(server.url, kind, good=0)
        for _ in range(3):
            # What is no `Exception` is for whoever called connect: it may be the caller's timeout.
            expected = ConnectionError if issubclass(kind, Exception) else kind
            with pytest.raises(expected):
                client.connect(arguments.url, headers=arguments.headers, auth=arguments.auth)
        assert arguments.raised == ["url", "headers", "auth"]
        client.connect(arguments.url, headers=arguments.headers, auth=arguments.auth)
        client.disconnect()


@pytest.mark.parametrize("kind", KINDS)
def test_functions_end_in_any_way_in_later_attempts(
    server: OurServer, kind: type[BaseException]
) -> None:
    client = Client(**SOON)
    failed: list[str] = []
    client.on("connect_error", failed.append)
    arguments = Arguments(server.url, kind, good=1)
    client.connect(arguments.url, headers=arguments.headers, auth=arguments.auth)
    first = client.sid
    _break(client)
    until(lambda: client.sid not in (None, first))
    assert arguments.raised == ["url", "headers", "auth"]
    assert len(failed) == 3
    assert kind.__name__ in failed[0]
    client.disconnect()


@pytest.mark.parametrize("kind", KINDS)
def test_a_later_attempt_raises_anything(
    server: OurServer, kind: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(**SOON)
    failed: list[str] = []
    client.on("connect_error", failed.append)
    client.connect(server.url)
    first, run = client.sid, client._connect_run
    assert run is not None
    make, errors = run._new_attempt, [kind, kind]

    def fail(*args: Any) -> Any:
        if errors:
            raise errors.pop()
        return make(*args)

    monkeypatch.setattr(run, "_new_attempt", fail)
    _break(client)
    until(lambda: client.sid not in (None, first))
    assert len(failed) == 2
    client.disconnect()


@pytest.mark.parametrize("name", ["sio-client-attempt", "sio-client-resolver"])
def test_no_thread_for_a_later_attempt(
    server: OurServer, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(**SOON)
    failed: list[str] = []
    client.on("connect_error", failed.append)
    url = server.url.replace("127.0.0.1", "localhost")
    client.connect(lambda: url)
    first, start = client.sid, threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name == name and len(failed) < 2:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    _break(client)
    until(lambda: client.sid not in (None, first))
    assert len(failed) == 2
    client.disconnect()


def _break(client: Client) -> None:
    """Break the client's connection as a network does."""

    def lose() -> None:
        line = client._driver.line
        assert line is not None
        for pipe in list(line.pipes):
            pipe._lose(ConnectionResetError("the network broke"))

    client._driver.thread.post(lose)


class Leaping(selectors.DefaultSelector):
    """A selector for which long times pass at once; `leapt` is how many seconds have."""

    leapt = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "the thread would sleep for ever"
        if timeout < 1000.0 or (ready := super().select(0)):
            return super().select(timeout) if timeout < 1000.0 else ready
        Leaping.leapt += timeout
        return []


def test_an_attempt_that_is_due_in_hours(
    server: OurServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(io_thread.selectors, "DefaultSelector", Leaping)
    monkeypatch.setattr(Leaping, "leapt", 0.0)
    client = Client(reconnection_delay=7200, reconnection_delay_max=7200, randomization_factor=0)
    client._driver.now = lambda: time.monotonic() + Leaping.leapt
    client.connect(server.url)
    first = client.sid
    _break(client)
    until(lambda: client.sid not in (None, first))
    assert 7000 < Leaping.leapt < 7300
    client.disconnect()


def test_settings_are_made_anew_for_other_headers_alone() -> None:
    client = Client()
    headers = {"a": "1"}
    asked = "http://chat.example", headers, None, None, None, "socket.io", 1
    run = client._begin_run(threading.Event, False, True, *asked)
    first = run._settings_with(headers, asked[0])
    assert run._settings_with({"a": "1"}, asked[0]) is first
    headers["a"] = "2"
    second = run._settings_with(headers, asked[0])
    assert second.headers == (("a", "2"),)
    assert second.cookies is first.cookies

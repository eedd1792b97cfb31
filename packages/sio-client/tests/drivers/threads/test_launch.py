"""The thread of `Client`'s driver: when it begins, and what happens when it cannot."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from sio_client import Client
from sio_core.exceptions import ConnectionError

from ...blocking_support import HANG, OurServer, until


@pytest.fixture(scope="module")
def server() -> Iterator[OurServer]:
    server = OurServer()
    yield server
    server.stop()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the threads that are started."""
    names: list[str] = []
    start = threading.Thread.start

    def noted(thread: threading.Thread) -> None:
        names.append(thread.name)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", noted)
    return names


def ours(names: list[str]) -> list[str]:
    return [name for name in names if name.startswith("sio-client")]


def test_nothing_to_handle_takes_no_thread(server: OurServer, started: list[str]) -> None:
    client = Client()
    client.connect(server.url)
    client.emit("repeat", 1)
    assert client.call("echo", 1) == 1
    client.disconnect()
    client.wait()
    assert ours(started) == ["sio-client-io"]


def test_one_thread_handles_all(server: OurServer, started: list[str]) -> None:
    seen: list[Any] = []
    client = Client()
    for name in ("connect", "disconnect", "again", "__disconnect_final"):
        client.on(name, lambda *args, name=name: seen.append((name, threading.get_ident())))
    client.connect(server.url)
    client.emit("repeat", 3)
    until(lambda: len(seen) == 4)
    client.disconnect()
    client.wait()
    assert [name for name, _ in seen] == [
        "connect", "again", "again", "again", "disconnect", "__disconnect_final",
    ]  # fmt: skip
    assert len({thread for _, thread in seen}) == 1
    assert ours(started) == ["sio-client-io", "sio-client-handlers"]


@pytest.mark.parametrize("where", ["class", "client"])
def test_a_hook_sees_what_nobody_handles(server: OurServer, where: str) -> None:
    seen: list[str] = []

    def hook(event: str, namespace: str, *args: Any) -> None:
        seen.append(event)

    class Mine(Client):
        if where == "class":

            def _trigger_event(self, event: str, namespace: str, *args: Any) -> Any:
                hook(event, namespace, *args)
                return super()._trigger_event(event, namespace, *args)

    client = Mine()
    if where == "client":
        client._trigger_event = hook  # type: ignore[method-assign]
    client.connect(server.url)
    assert seen == ["connect"]
    client.emit("repeat", 1)
    until(lambda: seen == ["connect", "again"])
    client.disconnect()
    client.wait()
    assert seen == ["connect", "again", "disconnect", "__disconnect_final"]


def test_no_thread_can_be_started(server: OurServer, monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name == "sio-client-io":
            raise RuntimeError("can't start new thread")
        start(thread)

    client = Client()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError, match="can't start"):
            client.connect(server.url)
    assert not client.connected
    client.connect(server.url)
    assert client.call("echo", 1) == 1
    client.disconnect()


def test_disconnected_before_there_is_a_thread(server: OurServer) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def auth() -> None:
        asked.set()
        go_on.wait(HANG)

    client = Client()
    raised: list[BaseException] = []

    def connect() -> None:
        try:
            client.connect(server.url, auth=auth)
        except ConnectionError as error:
            raised.append(error)

    thread = threading.Thread(target=connect)
    thread.start()
    assert asked.wait(HANG)
    client.interrupt()  # what it leaves behind concerns no later connection
    client.disconnect()
    go_on.set()
    thread.join(HANG)
    assert len(raised) == 1
    client.connect(server.url)
    assert client.call("echo", 1) == 1
    client.disconnect()


@pytest.mark.parametrize("what", ["loop", "pipe"])
def test_a_driver_that_fails_is_no_disconnect_of_the_application(
    server: OurServer, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    reasons: list[Any] = []
    client = Client()
    client.on("disconnect", reasons.append)
    client.connect(server.url, transports=["websocket"])

    def fail() -> None:
        if what == "pipe":
            line = client._driver.line
            assert line is not None
            for pipe in line.pipes:
                pipe._interest = 4  # it does not know any more what is watched
                assert pipe._sock is not None
                client._driver.thread.selector.unregister(pipe._sock)
        raise ArithmeticError

    client._driver.thread.post(fail)
    client.wait()
    (reason,) = reasons
    assert reason.describe() == "transport error (the client's driver failed)"
    assert "ArithmeticError" in caplog.text
    client.connect(server.url)
    assert client.call("echo", 1) == 1
    client.disconnect()

"""How many threads the handlers of `Client` take, and what happens when none can be started."""

import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from sio_client import Client

from ...blocking_support import HANG, OurServer, until


@pytest.fixture(scope="module")
def server() -> Iterator[OurServer]:
    server = OurServer()
    yield server
    server.stop()


def test_many_handlers_wait_for_answers(
    server: OurServer,
) -> None:
    count = 300
    client = Client()
    answers: list[int] = []
    most = 0

    @client.event
    def again(number: int) -> None:
        nonlocal most
        most = max(most, threading.active_count())
        answers.append(client.call("echo", number, timeout=HANG))

    before = threading.active_count()
    client.connect(server.url, transports=["websocket"])
    client.emit("repeat", count)
    until(lambda: len(answers) == count)
    assert sorted(answers) == list(range(count))
    assert most - before <= 33
    client.disconnect()


def test_the_limit_is_an_option(server: OurServer, caplog: pytest.LogCaptureFixture) -> None:
    client = Client(max_handler_threads=2, engineio_logger=logging.getLogger("test"))
    go_on, seen = threading.Event(), []

    @client.event
    def again(number: int) -> None:
        seen.append(number)
        client.sleep(0)
        go_on.wait(HANG)

    client.connect(server.url)
    client.emit("repeat", 10)
    until(lambda: len(seen) == 2)
    assert client.call("echo", 1) == 1
    until(lambda: "max_handler_threads" in caplog.text)
    go_on.set()
    until(lambda: len(seen) == 10)
    assert seen == list(range(10))
    client.disconnect()


@pytest.mark.parametrize("value", [0, -1, "many", 2.5, True])
def test_the_limit_cannot_be(value: Any) -> None:
    with pytest.raises(ValueError, match="max_handler_threads"):
        Client(max_handler_threads=value)


def test_no_event_is_lost_while_no_thread_can_be_started(
    server: OurServer, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client()
    seen: list[int] = []
    client.on("again", seen.append)
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name == "sio-client-handlers":
            raise RuntimeError("can't start new thread")
        start(thread)

    client.connect(server.url)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        # The thread of before, which may be there yet, has something else to do.
        go_on = threading.Event()
        with client._driver.lock:
            client._driver.dispatcher.put(lambda: go_on.wait(HANG))
            client._driver.dispatcher.relieve(float("inf"))
        client.emit("repeat", 3)
        until(lambda: "no thread can be started" in caplog.text)
        assert client.call("echo", 1) == 1
    until(lambda: seen == [0, 1, 2])
    go_on.set()
    client.disconnect()

"""The process's handler of SIGINT: it is there as long as a client needs it."""

import gc
import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from sio_client import Client
from sio_client.process_end.ctrl_c import CTRL_C

from ..blocking_support import HANG, OurServer, until


@pytest.fixture(scope="module")
def server() -> Iterator[OurServer]:
    server = OurServer()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def before() -> Iterator[list[int]]:
    """The interrupts that the handler of before got; in the end it is there again."""
    got: list[int] = []

    def mine(number: int, frame: Any) -> None:
        got.append(number)

    kept = signal.signal(signal.SIGINT, mine)
    # The tests before may have put Python's own in the place of ours, which still counts as there.
    CTRL_C._installed = False
    yield got
    now = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, kept)
    assert now is mine


def installed() -> bool:
    return "CtrlC" in repr(signal.getsignal(signal.SIGINT))


def test_disconnect_with_a_handler_that_hangs(server: OurServer) -> None:
    go_on = threading.Event()
    client = Client()
    client.on("disconnect", lambda reason: go_on.wait(HANG))
    client.connect(server.url)
    assert installed()
    client.disconnect()
    assert not installed()
    go_on.set()
    client.wait()


def test_wait_after_the_server_ended_it(server: OurServer) -> None:
    client = Client()
    client.connect(server.url)
    client.emit("kick")
    client.wait()


def test_disconnected_by_another_thread(server: OurServer) -> None:
    one, two = Client(), Client()
    one.connect(server.url)
    two.connect(server.url)
    thread = threading.Thread(target=one.disconnect)
    thread.start()
    thread.join(HANG)
    assert installed()
    two.disconnect()


def test_a_client_that_is_dropped(server: OurServer) -> None:
    client = Client()
    client.connect(server.url)
    client.emit("kick")
    until(client._driver.thread.idle.is_set)
    assert installed()
    del client
    gc.collect()


def test_an_interrupt(server: OurServer, before: list[int]) -> None:
    client = Client()
    client.connect(server.url)
    signal.raise_signal(signal.SIGINT)
    assert before == [signal.SIGINT]
    assert not client.connected
    assert not installed()
    client.connect(server.url)
    assert installed()
    client.disconnect()

"""The watch for signals that end the process."""

import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from sio_wsgi.signals import SignalWatch


@pytest.fixture
def told() -> Iterator[list[str]]:
    """Yield what was told to a web server that handles SIGTERM, and to us."""
    notes: list[str] = []
    before = signal.signal(signal.SIGTERM, lambda *_: notes.append("web server"))
    try:
        yield notes
    finally:
        signal.signal(signal.SIGTERM, before)


def watch(notes: list[str]) -> SignalWatch:
    return SignalWatch(lambda: notes.append("we"))


def test_we_are_told_before_the_web_server_is(told):
    watch(told).start()
    for _ in range(2):
        signal.raise_signal(signal.SIGTERM)
    assert told == ["we", "web server"] * 2


def test_it_begins_once(told):
    watching = watch(told)
    watching.start()
    handler: Any = signal.getsignal(signal.SIGTERM)
    watching.start()
    assert signal.getsignal(signal.SIGTERM) is handler


def test_it_begins_in_the_main_thread_alone(told):
    watching = watch(told)
    thread = threading.Thread(target=watching.start)
    thread.start()
    thread.join()
    signal.raise_signal(signal.SIGTERM)
    assert told == ["web server"]
    watching.start()
    signal.raise_signal(signal.SIGTERM)
    assert told == ["web server", "we", "web server"]


def test_no_handler_is_set_where_there_is_none(told):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    watch(told).start()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

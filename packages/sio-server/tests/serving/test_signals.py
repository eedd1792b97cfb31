"""`serving/signals.py`: the watch for signals that end the process."""

import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from sio_server.serving.signals import PassOn, SignalWatch


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
    def stopping(pass_on: PassOn) -> None:
        notes.append("we")
        pass_on()

    return SignalWatch(stopping)


def test_we_are_told_before_the_web_server_is(told):
    watch(told).start()
    for _ in range(2):
        signal.raise_signal(signal.SIGTERM)
    assert told == ["we", "web server"] * 2


def test_a_handler_that_is_set_later_is_watched_for_too(told):
    watching = watch(told)
    watching.start()
    signal.signal(signal.SIGTERM, lambda *_: told.append("another web server"))
    watching.start()
    signal.raise_signal(signal.SIGTERM)
    assert told == ["we", "another web server"]


def test_signals_are_given_back(told):
    before = signal.getsignal(signal.SIGTERM)
    watching = watch(told)
    watching.start()
    watching.stop()
    assert signal.getsignal(signal.SIGTERM) is before


def test_what_others_took_meanwhile_stays_theirs(told):
    first, second = watch(told), watch(told)
    first.start()
    second.start()
    theirs = signal.getsignal(signal.SIGTERM)
    first.stop()
    assert signal.getsignal(signal.SIGTERM) is theirs
    signal.raise_signal(signal.SIGTERM)
    assert told == ["we", "we", "web server"]


def test_another_thread_leaves_the_signals_as_they_are(told):
    watching = watch(told)
    watching.start()
    ours = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=watching.stop)
    thread.start()
    thread.join()
    assert signal.getsignal(signal.SIGTERM) is ours
    watching.stop()
    assert signal.getsignal(signal.SIGTERM) is not ours


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

"""`reasons.py`: words that compare as text, and what they become for applications."""

import pytest

from sio_core.reasons import (
    CLIENT_DISCONNECT,
    FORCED_CLOSE,
    PARSE_ERROR,
    PING_TIMEOUT,
    SERVER_DISCONNECT,
    TRANSPORT_CLOSE,
    TRANSPORT_ERROR,
    Reason,
    disconnect_reason,
    reason,
)


def test_a_reason_is_its_word() -> None:
    too_large = Reason(TRANSPORT_ERROR, "payload too large")
    assert too_large == "transport error"
    assert hash(too_large) == hash("transport error")
    assert too_large.detail == "payload too large"
    assert too_large.describe() == "transport error (payload too large)"
    assert Reason(PING_TIMEOUT).describe() == "ping timeout"
    assert Reason(PING_TIMEOUT).detail == ""


@pytest.mark.parametrize(
    ("word", "detail", "documented"),
    [
        (TRANSPORT_ERROR, "x", "transport error (x)"),
        (TRANSPORT_CLOSE, "", "transport close"),
        (PING_TIMEOUT, "", "ping timeout"),
        (CLIENT_DISCONNECT, "", "client disconnect"),
        (SERVER_DISCONNECT, "", "server disconnect"),
        (PARSE_ERROR, "", "transport error (parse error)"),
        (PARSE_ERROR, "not JSON", "transport error (parse error: not JSON)"),
        (FORCED_CLOSE, "", "server disconnect"),
        (FORCED_CLOSE, "server shutting down", "server disconnect (server shutting down)"),
    ],
)
def test_the_word_for_applications(word: str, detail: str, documented: str) -> None:
    assert disconnect_reason(Reason(word, detail)).describe() == documented


def test_handlers_find_every_word_by_its_documented_name() -> None:
    documented = {name: word for name, word in vars(reason).items() if name.isupper()}
    assert documented == {
        "CLIENT_DISCONNECT": CLIENT_DISCONNECT,
        "SERVER_DISCONNECT": SERVER_DISCONNECT,
        "PING_TIMEOUT": PING_TIMEOUT,
        "TRANSPORT_CLOSE": TRANSPORT_CLOSE,
        "TRANSPORT_ERROR": TRANSPORT_ERROR,
    }

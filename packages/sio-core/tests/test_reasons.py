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
)


def test_a_reason_is_its_word() -> None:
    reason = Reason(TRANSPORT_ERROR, "payload too large")
    assert reason == "transport error"
    assert hash(reason) == hash("transport error")
    assert reason.detail == "payload too large"
    assert reason.describe() == "transport error (payload too large)"
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

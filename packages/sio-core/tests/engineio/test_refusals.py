"""`refusals.py`: numbers, messages and statuses that clients know."""

import json

import pytest

from sio_core.engineio.refusals import MESSAGES, Code, Refusal

TABLE = [
    (0, "Transport unknown", 400),
    (1, "Session ID unknown", 400),
    (2, "Bad handshake method", 400),
    (3, "Bad request", 400),
    (4, "Forbidden", 403),
    (5, "Unsupported protocol version", 400),
]


@pytest.mark.parametrize(("number", "message", "status"), TABLE)
def test_json_for_a_request_and_the_bare_message_for_a_websocket(
    number: int, message: str, status: int
) -> None:
    code = Code(number)
    assert MESSAGES[code] == message
    refusal = Refusal(code, message, "for the log")
    answer = refusal.response((("x", "y"),), websocket=False)
    assert answer.status == status
    assert json.loads(answer.body) == {"code": number, "message": message}
    assert answer.headers == (("content-type", "application/json"), ("x", "y"))
    answer = refusal.response((), websocket=True)
    assert (answer.status, answer.body) == (status, message.encode())
    assert answer.headers == (("content-type", "text/html; charset=UTF-8"),)


def test_there_are_no_other_codes() -> None:
    assert [code.value for code in Code] == [number for number, _, _ in TABLE]
    assert set(MESSAGES) == set(Code)


def test_the_log_is_told_the_context_and_the_detail() -> None:
    assert Refusal(Code.BAD_REQUEST, "m", "why").explanation == "why"
    assert Refusal(Code.BAD_REQUEST, "m", "why", "more").explanation == "why (more)"

"""Each line of what behaves differently is shown: beside python-socketio, or by a test of its own.

The programs in `differences` do the same with the `socketio` that is installed, once in
python-socketio's environment and once in this one.
"""

import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest

from tests.support.servers import ROOT

PAGE = ROOT / "docs" / "different.md"

NAMELESS = '44/nowhere,"Unable to connect"'
NAMED = '44/nowhere,{"message":"Invalid namespace"}'
PIGEON = '{"code": 0, "message": "Transport unknown"}'
REASON = {"/": {"message": "not you", "data": {"why": 7}}}

# What each comes to: with python-socketio, and here.
SERVERS: dict[str, tuple[Any, Any]] = {
    "an exception in an event handler": ("not logged", "logged"),
    "arguments that do not fit a handler": ([[], "not warned"], [[], "warned"]),
    "which arguments a handler takes": (
        "called with 2 and then with 1 beside the sid",
        "called with 2 beside the sid",
    ),
    "`call` to a client that leaves": ("TimeoutError", "CallAbortedError"),
    "`TimeoutError`": (False, True),
    '`emit(..., to="")` or `to=[]`': (["everyone"] * 2, ["nobody"] * 2),
    '`emit("connect")` and other reserved names': (None, "LocalProtocolError"),
    "more than 10 bytes values in an event": (None, "LocalProtocolError"),
    "input that breaks the protocol": (["goes on"] * 2, ["ended"] * 2),
    "a second connect to a namespace": ("goes on", "ended"),
    "an unknown namespace": ([NAMELESS], [NAMED]),
    "more than 16 packets in a polling request": ([200, 0], [200, 20]),
    "an error response": ('"Invalid transport"', PIGEON),
    "JSON": (['42["\\u00e9"]'], ['42["é"]']),
    "JSONP": ([200, True], [400, False]),
    "`async_handlers=False` in `Server`": ("in that of the request", "in another thread"),
    "`X-Forwarded-` headers": ("believed", "not believed"),
    "a `cookie` given as text": (False, True),
    "logging at INFO": ([True] * 3, [False] * 3),
    "`json=`": (['42["SAID"]'] * 2, ['42["SAID"]', '42["said"]']),
    "WebSocket messages under aiohttp": ([101, "permessage-deflate"], [101, None]),
    "Engine.IO 3 clients": (400, 200),
}
CLIENTS: dict[str, tuple[Any, Any]] = {
    "a connection that could not be made": (
        ["One or more namespaces failed to connect: /", "no data"],
        ["One or more namespaces failed to connect: / (not you)", REASON],
    ),
    "`call` when the connection is lost": ("TimeoutError", "CallAbortedError"),
    "an event without a handler that the server wants acknowledged": ("answered", "not answered"),
    "`emit` of a reserved name, such as `disconnect`": ("sent", "ValueError"),
    "a path in the URL": ("ignored", "ValueError"),
    "a message larger than the server takes": ("sent", ["ValueError", True, False]),
    "`http_session`": (["makes requests", "1"], ["makes none", "1"]),
    "`TimeoutError`": ("another one", "the built-in one"),
}
ALONE: dict[str, tuple[Any, Any]] = {
    "`requests`, `aiohttp`, `websocket-client`": ("ConnectionError", "connected"),
}
PROGRAMS = {"servers": SERVERS, "clients": CLIENTS, "alone": ALONE}

# What cannot be shown side by side in a moment, and the test that shows what happens here.
ELSEWHERE = {
    "a client that does not read": "packages/sio-core/tests/engineio/test_session.py::"
    "test_too_many_bytes_close_a_slow_client",
    "a connection without a namespace": "tests/test_wire_heartbeat.py::"
    "test_a_client_without_a_namespace_is_ended",
    "a silent client": "packages/sio-core/tests/engineio/test_heartbeat.py::"
    "test_a_silent_client_is_dead_at_interval_plus_timeout_and_not_before",
    "a body that is too large": "tests/test_wire_http.py::test_a_body_that_is_too_large_is_a_413",
    "order of handlers in `Server`": "tests/test_wsgi_servers.py::"
    "test_a_burst_of_one_client_is_answered_in_order",
    "the origin behind TLS in the ASGI server itself": "tests/test_web_servers.py::"
    "test_the_same_origin_over_tls",
    "at SIGTERM": "tests/test_stopping.py::test_two_hundred_websockets_fifty_polls_and_half_a_post",
    "Sanic": "packages/sio-sanic/tests/test_workers.py::test_several_workers_are_refused",
    "`monitor_clients`, `binary`": "packages/sio-server/tests/test_construction.py::"
    "test_row_10_binary_is_accepted_with_a_warning",
    "order of handlers in `Client`": "tests/client_behaviour/test_handlers.py::"
    "test_handlers_begin_in_order",
    "`disconnect` handlers": "packages/sio-client/tests/drivers/asyncio/test_races.py::"
    "test_disconnect_twice_and_at_the_same_time",
    "some namespaces refused": "tests/client_behaviour/test_refusals.py::"
    "test_one_namespace_of_several_is_refused",
    "namespaces that the server refuses when the client connects again": "tests/client_behaviour/"
    "test_reconnecting.py::test_a_refusal_when_connecting_again_is_the_end_of_an_attempt",
    "`wait_timeout`": "packages/sio-core/tests/socketio/client/test_client.py::"
    "test_namespaces_that_are_not_answered_in_time",
    "`disconnect()`": "tests/client_behaviour/test_disconnecting.py::"
    "test_what_was_emitted_goes_out_before_the_goodbye",
    "more than 16 packets in one polling request": "packages/sio-core/tests/engineio/client/"
    "test_polling.py::test_a_post_has_no_more_packets_than_are_allowed",
    "silence over polling": "packages/sio-core/tests/engineio/client/test_client.py::"
    "test_silence_is_noticed_at_interval_and_timeout",
    "after `os.fork()`": "packages/sio-client/tests/process_end/test_process.py::"
    "test_a_forked_child_is_refused",
}


def rows() -> list[str]:
    """What is different, by the first words of each line."""
    text, found, _ = PAGE.read_text(encoding="utf-8").partition("\n## Names that are different\n")
    assert found
    cells = [line[1:].split("|") for line in text.splitlines() if line.startswith("| ")]
    return [words for words in (row[0].strip() for row in cells if len(row) == 5) if words]


def begin(python: str, program: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [python, "-W", "ignore", "-m", f"tests.differences.{program}"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


@pytest.fixture(scope="module")
def found(peer_python: str) -> dict[str, list[dict[str, Any]]]:
    """What each program came to, with python-socketio and here; all run side by side."""
    running = {
        program: [begin(python, program) for python in (peer_python, sys.executable)]
        for program in PROGRAMS
    }
    return {
        program: [json.loads(one.communicate(timeout=100)[0].splitlines()[-1]) for one in both]
        for program, both in running.items()
    }


@pytest.mark.parametrize("program", PROGRAMS)
def test_side_by_side(found: Any, program: str) -> None:
    theirs, ours = found[program]
    expected = PROGRAMS[program]
    assert theirs == {words: left for words, (left, _) in expected.items()}
    assert ours == {words: right for words, (_, right) in expected.items()}


def test_every_line_of_the_list_is_shown() -> None:
    shown = {*SERVERS, *CLIENTS, *ALONE, *ELSEWHERE}
    listed = rows()
    assert len(listed) == len(set(listed))
    assert set(listed) == shown


@pytest.mark.parametrize("words", ELSEWHERE)
def test_the_tests_that_show_the_others_are_there(words: str) -> None:
    path, _, name = ELSEWHERE[words].partition("::")
    text = (ROOT / path).read_text(encoding="utf-8")
    assert re.search(rf"^(async )?def {name}\(", text, re.MULTILINE)

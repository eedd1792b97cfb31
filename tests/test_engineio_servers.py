"""Applications of `engineio` in both colours, over every kind of web server."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from engineio.exceptions import ConnectionError
from tests.support.client_transports import TRANSPORTS
from tests.support.engine_servers import SERVERS, launch
from tests.support.engine_talk import Talk
from tests.support.servers import PATIENCE, Served, get

POLLING = "/engine.io/?EIO=4&transport=polling"
DATA = ["text", "a€😀", "", {"a": [1, {"b": None}]}, [1, "two", True], b"", bytes(range(256))]


@pytest.fixture(scope="module", params=SERVERS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    served = launch(request.param, tmp_path_factory.mktemp("engine") / "server.log")
    yield served
    served.stop()


@pytest.fixture
def talk() -> Iterator[Callable[..., Talk]]:
    """Return what makes clients, all of which leave in the end."""
    made: list[Talk] = []

    def make(**options: Any) -> Talk:
        made.append(Talk(**options))
        return made[-1]

    yield make
    for client in made:
        client.eio.disconnect()


@pytest.fixture(params=TRANSPORTS.values(), ids=list(TRANSPORTS))
def transports(request: pytest.FixtureRequest) -> list[str]:
    value: list[str] = request.param
    return value


def test_messages_of_every_kind(
    server: Served, transports: list[str], talk: Callable[..., Talk]
) -> None:
    client = talk().connect(server, transports)
    assert client.event() == "connect"
    for data in DATA:
        assert client.ask(data) == data
    assert client.ask(7) == "7"
    assert client.ask(None) == ""
    assert client.ask({"do": "pack"}) == "packed"
    client.eio.disconnect()
    assert client.event() == "client disconnect"


def test_what_the_connect_handler_sends_and_keeps(
    server: Served, transports: list[str], talk: Callable[..., Talk]
) -> None:
    client = talk().connect(server, transports, "greet=1&q=2")
    assert client.next() == ["welcome", 1]
    session = client.ask({"do": "session"})
    assert {"greet", "q", "EIO", "transport"} <= set(session["query"])
    assert session["transport"] == transports[0]
    assert session["seen"] == 1
    assert client.ask({"do": "session"})["seen"] == 2


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("refuse=false", "Unauthorized"),
        ("refuse=text", "not today"),
        ("refuse=data", {"retry": 7}),
        ("raise=1", "Unauthorized"),
    ],
)
def test_a_refused_client_is_told_why(
    server: Served, query: str, body: Any, talk: Callable[..., Talk]
) -> None:
    status, headers, answer = get(server, f"{POLLING}&{query}")
    assert (status, json.loads(answer)) == (401, body)
    assert headers["content-type"].startswith("application/json")
    for transports in (["polling"], ["websocket"]):
        with pytest.raises(ConnectionError) as raised:
            talk().connect(server, transports, query)
        assert "status 401" in str(raised.value.args[0])


def test_the_server_disconnects_one_or_all(
    server: Served, transports: list[str], talk: Callable[..., Talk]
) -> None:
    first, second = talk().connect(server, transports), talk().connect(server, transports)
    first.eio.send({"do": "close"})
    assert [first.event(), first.event()] == ["connect", "server disconnect"]
    first.eio.wait()
    assert (first.eio.state, first.eio.sid, first.eio.transport()) == ("disconnected", None, None)
    assert second.ask("still there") == "still there"
    second.eio.send({"do": "close all"})
    assert [second.event(), second.event()] == ["connect", "server disconnect"]


def test_disconnect_handlers_hear_why_and_find_the_session(
    server: Served, talk: Callable[..., Talk]
) -> None:
    reporter = talk().connect(server, ["polling"])
    known = len(reporter.ask({"do": "log"}))
    talk().connect(server, ["polling"]).eio.disconnect()
    talk().connect(server, ["websocket"]).eio.disconnect()
    talk().connect(server, ["websocket"]).eio.send({"do": "close"})
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        log = reporter.ask({"do": "log"})[known:]
        if len(log) == 6:
            break
        time.sleep(0.02)
    assert [entry[1:] for entry in log if entry[0] == "disconnect"] == [
        ["client disconnect", "True"],
        ["transport close", "True"],
        ["server disconnect", "True"],
    ]


def test_messages_of_one_client_are_handled_at_the_same_time_or_in_turn(
    server: Served, talk: Callable[..., Talk]
) -> None:
    together = talk().connect(server, ["websocket"])
    together.eio.send({"do": "hold"})
    assert [together.ask({"do": "release"}), together.next()] == ["released", "held"]
    in_turn = talk().connect(server, ["websocket"], path="ordered")
    in_turn.eio.send({"do": "later", "seconds": 0.2, "say": "first"})
    in_turn.eio.send({"do": "fail"})
    assert [in_turn.ask("second"), in_turn.next()] == ["first", "second"]


def test_a_handler_that_raises_is_logged_and_ends_nothing(
    server: Served, talk: Callable[..., Talk]
) -> None:
    client = talk().connect(server, ["websocket"])
    mark = server.mark()
    client.eio.send({"do": "fail"})
    assert client.ask("go on") == "go on"
    deadline = time.monotonic() + PATIENCE
    while "the handler of message raised" not in server.log():
        assert time.monotonic() < deadline, server.log(mark)
        time.sleep(0.02)

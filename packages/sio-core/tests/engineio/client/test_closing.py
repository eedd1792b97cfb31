"""`client.py`: closing in every state, and what comes after the end."""

from typing import Any

import pytest

from sio_core import engineio
from sio_core.engineio import (
    Client,
    ClientState,
    ConnectionLost,
    Upgrade,
)
from sio_core.prepared import Prepared
from sio_core.reasons import Reason

from .support import (
    PATIENCE,
    Caller,
    dialling,
    pausing,
    polling,
    upgraded,
    websocket,
)

# Closing -----------------------------------------------------------------------


def test_a_connection_that_was_never_opened_can_be_closed() -> None:
    caller = Caller()
    caller.close()
    assert (caller.reason, caller.actions) == ("forced close", [])


@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_closing_ends_a_handshake(transport: str) -> None:
    caller = Caller(transports=(transport,)).open()
    caller.close()
    assert caller.reason == "forced close"
    assert caller.book.live == {}


def test_closing_over_polling_says_goodbye_behind_what_was_sent() -> None:
    caller = polling()
    for text in ("4a", "4b"):
        caller.send(text)
    caller.close()
    assert caller.client.state is ClientState.CLOSING
    assert caller.losses == []
    caller.answer("POST")
    assert caller.posts == [b"4a", b"4b\x1e1"]
    assert caller.losses == []
    caller.answer("POST")
    assert caller.reason == "forced close"


def test_closing_takes_as_many_posts_as_it_needs() -> None:
    caller = polling(maxPayload=4)
    for text in ("4aaa", "4bbb", "4ccc"):
        caller.send(text)
    caller.close()
    for _ in range(4):
        caller.answer("POST")
    assert caller.posts == [b"4aaa", b"4bbb", b"4ccc", b"1"]
    assert caller.reason == "forced close"


def test_a_poll_that_ends_does_not_end_the_goodbye() -> None:
    caller = polling()
    caller.send("4a")
    caller.close()
    caller.answer("GET", "4late\x1e2\x1e1\x1e9")
    assert (caller.losses, caller.messages) == ([], [])
    assert not caller.busy("GET")
    caller.answer("POST")
    caller.answer("POST")
    assert caller.posts == [b"4a", b"1"]


def test_closing_over_websocket_closes_it_behind_what_was_sent() -> None:
    for caller in (websocket(), upgraded()):
        caller.send("4a")
        caller.close()
        assert isinstance(caller.actions[-1], engineio.CloseWebSocket)
        caller.frame("4late", b"late", "2", "1", "9")
        assert (caller.losses, caller.messages) == ([], [])
        caller.lose()
        assert caller.reason == "forced close"
        assert not isinstance(caller.actions[-1], engineio.AbortWebSocket)


@pytest.mark.parametrize("make", [polling, websocket, dialling, pausing, upgraded])
def test_a_goodbye_has_a_limit(make: Any) -> None:
    caller = make()
    caller.close()
    caller.wait(1.4)
    assert caller.losses == []
    caller.wait(0.1)
    assert caller.reason == "forced close"


def test_the_limit_of_a_goodbye_takes_the_place_of_the_heartbeats() -> None:
    caller = websocket()
    caller.wait(PATIENCE - 1)
    caller.close()
    caller.wait(1.4)
    assert caller.losses == []


@pytest.mark.parametrize("make", [dialling, pausing])
def test_closing_gives_the_upgrade_up(make: Any) -> None:
    caller = make()
    caller.send("4a")
    caller.close()
    assert not caller.busy("socket")
    assert caller.client.upgrade is Upgrade.NONE
    caller.answer("POST")
    if caller.busy("POST"):
        caller.answer("POST")
    assert b"\x1e".join(caller.posts) == b"4a\x1e1"
    assert caller.reason == "forced close"


@pytest.mark.parametrize(
    "end",
    [
        lambda caller: caller.fail("GET", OSError()),
        lambda caller: caller.answer("GET", b"no", 400),
        lambda caller: caller.answer("GET", b"\xff"),
    ],
)
def test_a_poll_that_ends_badly_does_not_cut_off_a_goodbye(end: Any) -> None:
    caller = polling()
    caller.send("4a")
    caller.close()
    end(caller)
    assert caller.events[1:] == []
    while not caller.losses:
        caller.answer("POST")
    assert b"\x1e".join(caller.posts) == b"4a\x1e1"


def test_closing_twice_is_closing_once() -> None:
    for caller in (polling(), websocket(), Caller()):
        caller.close()
        actions, events = list(caller.actions), list(caller.events)
        caller.close()
        assert (caller.actions, caller.events) == (actions, events)


@pytest.mark.parametrize(
    "end",
    [
        lambda caller: caller.fail("POST", OSError()),
        lambda caller: caller.answer("POST", b"", 400),
        lambda caller: caller.note(caller.client.abort(Reason("transport error"), OSError())),
    ],
)
def test_whatever_ends_a_goodbye_it_was_this_side_that_wanted_it(end: Any) -> None:
    caller = polling()
    caller.close()
    end(caller)
    assert caller.events[1:] == [ConnectionLost(Reason("forced close"))]
    assert caller.reason == "forced close"


def test_aborting_drops_what_is_queued() -> None:
    for caller in (polling(), websocket(), pausing()):
        caller.send("4a")
        caller.send("4b")
        cause = OSError()
        caller.note(caller.client.abort(Reason("parse error", "x"), cause))
        assert caller.reason == "parse error (x)"
        assert caller.losses[0].cause is cause


@pytest.mark.parametrize("make", [Caller, polling, websocket, pausing, upgraded])
def test_nothing_that_comes_after_the_end_means_anything(make: Any) -> None:
    caller = make()
    caller.note(caller.client.abort(Reason("transport error")))
    client: Client = caller.client
    for id in range(6):
        for events in (
            client.http_response(id, 200, b"4late", 0.0),
            client.http_failed(id, OSError(), 0.0),
            client.websocket_opened(id, 0.0),
            client.websocket_frame(id, "4late", 0.0),
            client.websocket_frame(id, b"late", 0.0),
            client.websocket_lost(id, None, 0.0),
            client.handle_timeout(1e9),
            client.close(0.0),
            client.abort(Reason("transport error")),
        ):
            assert events == []
    client.send(Prepared(("4late",)))
    assert client.take_actions() == []
    caller.note([])

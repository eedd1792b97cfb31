"""`client.py`: the handshake, receiving and the heartbeat."""

import math
from typing import Any

import pytest

from sio_core.engineio import (
    CancelHTTP,
    Client,
    ClientState,
    ConnectionLost,
    ConnectionOpened,
    MessageReceived,
    OpenWebSocket,
    SendHTTP,
    Upgrade,
)
from sio_core.reasons import Reason

from .support import (
    INTERVAL,
    PATIENCE,
    TIMEOUT,
    Caller,
    dialling,
    open_packet,
    pausing,
    polling,
    upgraded,
    websocket,
)

# Handshake ---------------------------------------------------------------------


def test_the_handshake_over_polling_is_one_get() -> None:
    caller = Caller(timestamps=False).open()
    assert caller.actions == [SendHTTP(1, "GET", "EIO=4&transport=polling")]
    assert (caller.client.state, caller.client.sid) == (ClientState.OPENING, None)


def test_the_handshake_over_websocket_opens_one() -> None:
    caller = Caller(transports=("websocket",), timestamps=False).open()
    assert caller.actions == [OpenWebSocket(1, "EIO=4&transport=websocket")]
    assert caller.client.transport == "websocket"


def test_a_connection_is_opened_once() -> None:
    caller = Caller().open()
    with pytest.raises(AssertionError):
        caller.client.open(0.0)


def test_the_open_packet_opens_the_connection_and_polling_begins() -> None:
    caller = polling()
    assert caller.events == [ConnectionOpened()]
    assert caller.client.state is ClientState.OPEN
    assert caller.client.sid == "abc"
    assert caller.busy("GET")
    assert repr(caller.client) == "<Client polling open>"
    assert "abc" not in repr(caller.client.handshake)


def test_the_open_packet_on_a_websocket_opens_the_connection() -> None:
    caller = websocket()
    assert caller.events == [ConnectionOpened()]
    assert caller.frames == []
    assert repr(caller.client) == "<Client websocket open>"


def test_packets_behind_the_open_packet_are_not_lost() -> None:
    caller = Caller().open()
    caller.answer("GET", open_packet() + "\x1e4hello\x1ebAQI=")
    assert caller.events[1:] == [MessageReceived("hello"), MessageReceived(b"\x01\x02")]


def test_every_request_has_a_query_of_its_own() -> None:
    caller = polling()
    caller.answer("GET", "6")
    caller.send("4a")
    queries = [action.query for action in caller.actions if isinstance(action, SendHTTP)]
    assert len(set(queries)) == 4
    assert all("&t=" in query for query in queries)
    assert all("&sid=abc&" in query for query in queries[1:])


def test_the_session_id_is_quoted() -> None:
    caller = polling(sid="a&b=c/é #")
    assert "&sid=a%26b%3Dc%2F%C3%A9%20%23&" in caller.actions[-1].query  # type: ignore[union-attr]


@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_a_handshake_that_takes_too_long(transport: str) -> None:
    caller = Caller(transports=(transport,), handshake_timeout=3.0).open()
    caller.wait(2.9)
    assert caller.losses == []
    caller.wait(0.1)
    assert caller.reason == "transport error (no open packet in time)"


def test_a_websocket_that_opens_and_says_nothing_is_a_handshake_that_takes_too_long() -> None:
    caller = Caller(transports=("websocket",)).open()
    caller.opened()
    caller.wait(5.0)
    assert caller.reason == "transport error (no open packet in time)"


@pytest.mark.parametrize("status", [400, 403, 404, 500, 204, 302])
def test_a_refused_handshake_says_what_the_server_answered(status: int) -> None:
    caller = Caller().open()
    caller.answer("GET", b'{"code":4}', status)
    reason = Reason("transport error")
    assert caller.events == [ConnectionLost(reason, None, status, b'{"code":4}')]
    assert caller.reason == f"transport error (the server answered {status})"


def test_a_refused_websocket_says_what_the_server_answered() -> None:
    caller = Caller(transports=("websocket",)).open()
    cause = OSError()
    caller.lose(cause, status=400, body=b"Bad Request")
    (lost,) = caller.losses
    assert (lost.cause, lost.status, lost.body) == (cause, 400, b"Bad Request")


def test_a_websocket_that_does_not_come_to_be() -> None:
    caller = Caller(transports=("websocket",)).open()
    cause = OSError()
    caller.lose(cause)
    assert caller.reason == "transport error (the WebSocket broke)"
    assert (caller.losses[0].cause, caller.losses[0].status) == (cause, None)


def test_a_handshake_that_fails() -> None:
    caller = Caller().open()
    cause = OSError()
    caller.fail("GET", cause)
    assert caller.reason == "transport error (a request failed)"
    assert caller.losses[0].cause is cause


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "no open packet"),
        (b"4hello", "no open packet"),
        (b"bAQI=", "no open packet"),
        (b"<html>", "no open packet"),
        (b"0", "invalid open packet"),
        (b"0{}", "invalid open packet"),
        (b"\xff", "payload is not UTF-8"),
        (b"b!", "binary packet is not base64"),
    ],
)
def test_what_is_no_open_packet_ends_the_handshake(body: bytes, reason: str) -> None:
    caller = Caller().open()
    caller.answer("GET", body)
    assert caller.reason == f"parse error ({reason})"


def test_a_binary_frame_is_no_open_packet() -> None:
    caller = Caller(transports=("websocket",)).open()
    caller.opened()
    caller.frame(b"0{}")
    assert caller.reason == "parse error (no open packet)"


@pytest.mark.parametrize(
    ("transports", "upgrades"),
    [
        (("polling",), ["websocket"]),
        (("polling", "websocket"), []),
        (("websocket",), ["websocket"]),
    ],
)
def test_no_upgrade_when_one_side_does_not_want_it(
    transports: tuple[str, ...], upgrades: list[str]
) -> None:
    caller = Caller(transports=transports).open()
    packet = open_packet(upgrades=upgrades)
    if transports[0] == "polling":
        caller.answer("GET", packet)
    else:
        caller.frame(packet)
    assert caller.client.upgrade is Upgrade.NONE
    assert caller.client.next_deadline() == caller.clock.now + PATIENCE


# Receiving ---------------------------------------------------------------------


def test_messages_over_polling_come_in_order_and_the_next_poll_begins() -> None:
    caller = polling()
    caller.answer("GET", "4a\x1ebAQ==\x1e6\x1e4\x1e4€")
    assert caller.messages == ["a", b"\x01", "", "€"]
    assert caller.busy("GET")


def test_messages_over_websocket() -> None:
    caller = websocket()
    caller.frame("4a", b"\x01", "4", b"", "4€")
    assert caller.messages == ["a", b"\x01", "", b"", "€"]


def test_hundreds_of_packets_in_one_answer() -> None:
    caller = polling()
    caller.answer("GET", "\x1e".join(f"4{number}" for number in range(500)))
    assert caller.messages == [str(number) for number in range(500)]


def test_an_answer_with_too_many_packets() -> None:
    caller = Caller(transports=("polling",), max_payload_packets=2).open()
    caller.answer("GET", open_packet())
    caller.answer("GET", "4a\x1e4b\x1e4c")
    assert caller.messages == []
    assert caller.reason == "parse error (too many packets in one payload)"


@pytest.mark.parametrize("packet", ["0", "0{}", "3", "3probe", "5", "6", "6x"])
def test_packets_that_mean_nothing_here_are_ignored(packet: str) -> None:
    poller, socket = polling(), websocket()
    poller.answer("GET", packet)
    socket.frame(packet)
    assert poller.losses == socket.losses == []


@pytest.mark.parametrize("packet", ["", "7", "x", "٤", "\ud800"])
def test_a_packet_of_no_known_type_ends_the_connection(packet: str) -> None:
    socket = websocket()
    socket.frame(packet)
    assert socket.reason == "parse error (unknown packet type)"


@pytest.mark.parametrize("body", [b"", b"7", b"<html>", b"\x1e", b"\xc3", b"bA", b"4a\x1e9"])
def test_an_answer_that_is_garbage_ends_the_connection(body: bytes) -> None:
    caller = polling()
    caller.answer("GET", body)
    assert caller.reason.startswith("parse error (")
    assert not caller.busy("GET")


def test_what_came_before_the_garbage_counts_and_what_comes_behind_does_not() -> None:
    caller = polling()
    caller.answer("GET", "4a\x1e9\x1e4b")
    assert caller.messages == ["a"]


@pytest.mark.parametrize("status", [400, 413, 500, 204, 301])
def test_any_other_status_than_200_ends_the_connection(status: int) -> None:
    for what in ("GET", "POST"):
        caller = polling()
        caller.send("4a")
        caller.answer(what, b"4no", status)
        assert caller.reason == f"transport error (the server answered {status})"
        assert caller.messages == []
        # Only a refused handshake has an answer to be shown.
        assert (caller.losses[0].status, caller.losses[0].body) == (None, b"")


@pytest.mark.parametrize("what", ["GET", "POST"])
def test_a_request_that_fails_ends_the_connection_at_once(what: str) -> None:
    caller = polling()
    caller.send("4a")
    other = caller.id_of("POST" if what == "GET" else "GET")
    cause = OSError()
    caller.fail(what, cause)
    assert caller.reason == "transport error (a request failed)"
    assert caller.losses[0].cause is cause
    assert caller.actions[-1] == CancelHTTP(other)


@pytest.mark.parametrize("upgraded_first", [False, True])
def test_a_lost_websocket_ends_the_connection(upgraded_first: bool) -> None:
    caller = upgraded() if upgraded_first else websocket()
    caller.lose()
    assert caller.reason == "transport close"


def test_the_code_of_the_servers_close_frame_is_in_the_reason() -> None:
    caller = websocket()
    caller.lose(code=1012)
    assert caller.reason == "transport close (the server closed the WebSocket with code 1012)"


def test_a_broken_websocket_ends_the_connection_with_its_cause() -> None:
    caller = websocket()
    cause = OSError()
    caller.lose(cause)
    assert caller.reason == "transport error (the WebSocket broke)"
    assert caller.losses[0].cause is cause


def test_the_server_says_goodbye() -> None:
    for caller in (polling(), dialling(), pausing()):
        caller.answer("GET", "4a\x1e1\x1e4b")
        assert caller.reason == "transport close"
        assert caller.messages == ["a"]
    socket = websocket()
    socket.frame("1")
    assert socket.reason == "transport close"


# Heartbeat ---------------------------------------------------------------------


def test_a_ping_is_answered_with_its_data() -> None:
    caller = polling()
    caller.answer("GET", "2")
    assert caller.posts == [b"3"]
    socket = websocket()
    socket.frame("2", "2x")
    assert socket.frames == ["3", "3x"]


def test_a_ping_behind_others_is_answered_behind_what_is_queued() -> None:
    caller = polling()
    caller.send("4a")
    caller.send("4b")
    caller.answer("GET", "2")
    caller.answer("POST")
    assert caller.posts == [b"4a", b"4b\x1e3"]


@pytest.mark.parametrize("make", [polling, websocket, dialling, upgraded])
def test_nothing_has_to_be_read_until_the_next_ping(make: Any) -> None:
    assert Client().quiet_until == math.inf
    caller = make()
    opened = caller.client.next_deadline() if make is not dialling else None
    due = caller.client.quiet_until
    assert opened is None or due == opened - TIMEOUT
    caller.clock.advance(INTERVAL + 1)
    if caller.client.transport == "websocket":
        caller.frame("2")
    else:
        caller.answer("GET", "2")
    assert caller.client.quiet_until == caller.clock.now + INTERVAL
    caller.note(caller.client.abort(Reason("transport error")))
    assert caller.client.quiet_until == math.inf


def test_one_pong_answers_all_the_pings_before_it() -> None:
    caller = polling()
    caller.answer("GET", "\x1e".join(["2"] * 1000))
    assert caller.posts == [b"3"]
    caller.answer("GET", "2\x1e2")
    assert caller.client.queued_bytes == 1
    caller.answer("POST")
    assert caller.posts == [b"3", b"3"]
    caller.answer("GET", "2")
    caller.answer("POST")
    assert caller.posts == [b"3", b"3", b"3"]


def test_one_pong_answers_all_the_pings_of_one_turn() -> None:
    socket = websocket()
    for _ in range(2):
        before = len(socket.frames)
        for _ in range(3):
            assert socket.client.websocket_frame(socket.id_of("socket"), "2", 101.0) == []
        socket.note([])
        assert socket.frames[before:] == ["3"]


def test_a_pong_that_waited_for_the_upgrade_is_sent_once() -> None:
    caller = pausing()
    caller.answer("GET", "2\x1e2")
    assert caller.client.transport == "websocket"
    assert [frame for frame in caller.frames if frame == "3"] == ["3"]
    caller.frame("2")
    assert [frame for frame in caller.frames if frame == "3"] == ["3", "3"]


@pytest.mark.parametrize("make", [polling, websocket, dialling, upgraded])
def test_silence_is_noticed_at_interval_and_timeout(make: Any) -> None:
    caller = make()
    caller.wait(PATIENCE - 0.001)
    assert caller.losses == []
    caller.wait(0.001)
    assert caller.reason == "ping timeout"


@pytest.mark.parametrize("packet", ["4hello", "6", "3", "0"])
def test_only_pings_count_as_signs_of_life(packet: str) -> None:
    for caller in (polling(), websocket()):
        caller.wait(PATIENCE - 1)
        if caller.client.transport == "polling":
            caller.answer("GET", packet)
        else:
            caller.frame(packet)
        caller.wait(1)
        assert caller.reason == "ping timeout"


def test_a_ping_begins_the_wait_anew() -> None:
    for caller in (polling(), websocket()):
        caller.wait(PATIENCE - 1)
        if caller.client.transport == "polling":
            caller.answer("GET", "2")
        else:
            caller.frame("2")
        caller.wait(PATIENCE - 0.001)
        assert caller.losses == []
        caller.wait(0.001)
        assert caller.reason == "ping timeout"


def test_the_heartbeat_goes_on_over_the_upgrade() -> None:
    caller = pausing()
    caller.wait(5)
    caller.answer("GET", "6")
    assert caller.upgraded
    caller.wait(PATIENCE - 5.001)
    assert caller.losses == []
    caller.wait(0.001)
    assert caller.reason == "ping timeout"


def test_an_early_or_extra_timeout_does_nothing() -> None:
    caller = Caller()
    caller.tick()
    caller.open()
    caller.tick()
    caller.answer("GET", open_packet())
    caller.tick()
    assert caller.events == [ConnectionOpened()]

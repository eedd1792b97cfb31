"""`client.py`: the handshake, polling, the heartbeat and what ends a connection."""

from typing import Any

import pytest

from sio_core import engineio
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
from sio_core.prepared import Prepared
from sio_core.reasons import Reason

from .client_support import (
    PATIENCE,
    Caller,
    dialling,
    open_packet,
    pausing,
    polling,
    upgraded,
    websocket,
)

# Handshake ------------------------------------------------------------------


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


# Receiving ------------------------------------------------------------------


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


# Heartbeat ------------------------------------------------------------------


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


# Sending over polling -------------------------------------------------------


def test_one_post_at_a_time_and_what_waits_goes_together() -> None:
    caller = polling()
    for text in "abc":
        caller.send("4" + text)
    assert caller.posts == [b"4a"]
    caller.answer("POST")
    assert caller.posts == [b"4a", b"4b\x1e4c"]
    caller.answer("POST")
    assert not caller.busy("POST")


def test_a_post_has_the_content_type_of_text() -> None:
    caller = polling()
    caller.send("451-", b"\x01\x02")
    post = caller.actions[-1]
    assert isinstance(post, SendHTTP)
    assert (post.method, post.content_type) == ("POST", "text/plain; charset=UTF-8")
    assert post.body == b"451-\x1ebAQI="


def test_the_body_of_an_answer_to_a_post_does_not_matter() -> None:
    caller = polling()
    caller.send("4a")
    caller.answer("POST", b"\xff" * 1000)
    assert caller.losses == []


def test_a_post_has_no_more_bytes_than_the_server_takes() -> None:
    caller = polling(maxPayload=10)
    caller.send("4first")
    for text in ("4aaa", "4bbbb", "4c"):
        caller.send(text)
    caller.answer("POST")
    assert caller.posts[1:] == [b"4aaa\x1e4bbbb"]  # 10 bytes
    caller.answer("POST")
    assert caller.posts[2:] == [b"4c"]


def test_bytes_are_counted_as_they_are_sent() -> None:
    caller = polling(maxPayload=10)
    caller.send("4first")
    for frame in ("4€€", b"\x00\x00", "4x"):
        caller.send(frame)
    for _ in range(3):
        caller.answer("POST")
    assert caller.posts[1:] == ["4€€".encode(), b"bAAA=\x1e4x"]


def test_a_single_message_that_is_too_large_goes_alone() -> None:
    caller = polling(maxPayload=4)
    caller.send("4a")
    caller.send("4" + "b" * 9)
    caller.send("4c")
    caller.answer("POST")
    caller.answer("POST")
    assert caller.posts == [b"4a", b"4bbbbbbbbb", b"4c"]


def test_a_server_without_a_limit() -> None:
    caller = polling(maxPayload=None)
    caller.send("4a")
    for _ in range(3):
        caller.send("4" + "b" * 1000)
    caller.answer("POST")
    assert len(caller.posts[1]) == 3 * 1001 + 2
    assert not caller.client.too_large(Prepared(("4" * 10_000_000,)))


def test_a_post_has_no_more_packets_than_are_allowed() -> None:
    caller = Caller(transports=("polling",), max_post_packets=4).open()
    caller.answer("GET", open_packet())
    caller.send("4first")
    for number in range(5):
        caller.send(f"4{number}")
    caller.send("451-a", b"1")
    caller.answer("POST")
    assert caller.posts[1] == b"40\x1e41\x1e42\x1e43"
    caller.answer("POST")
    assert caller.posts[2] == b"44\x1e451-a\x1ebMQ=="


def test_attachments_stay_with_their_packet_even_when_they_are_too_many() -> None:
    caller = Caller(transports=("polling",), max_post_packets=2).open()
    caller.answer("GET", open_packet())
    caller.send("4a")
    caller.send("452-b", b"1", b"2")
    caller.send("4c")
    caller.answer("POST")
    caller.answer("POST")
    assert caller.posts[1:] == [b"452-b\x1ebMQ==\x1ebMg==", b"4c"]


def test_a_connection_that_is_not_open_sends_nothing() -> None:
    caller = Caller()
    caller.send("4new")
    caller.open()
    caller.send("4opening")
    caller.answer("GET", open_packet())
    assert caller.posts == []
    caller.close()
    caller.send("4closing")
    caller.answer("POST")
    caller.send("4closed")
    assert caller.posts == [b"1"]


def test_a_volatile_message_goes_when_nothing_is_under_way() -> None:
    caller = polling()
    caller.send("4a", volatile=True)
    assert caller.posts == [b"4a"]


def test_a_volatile_message_is_dropped_behind_others() -> None:
    caller = polling()
    caller.send("4a")
    caller.send("4b", volatile=True)
    caller.answer("POST")
    assert caller.posts == [b"4a"]
    caller.send("4c", volatile=True)
    assert caller.posts == [b"4a", b"4c"]


def test_a_volatile_message_over_websocket_is_sent() -> None:
    caller = websocket()
    caller.send("4a", volatile=True)
    assert caller.frames == ["4a"]


@pytest.mark.parametrize(("size", "large"), [(9, False), (10, True), (1000, True)])
def test_the_size_of_a_text_message(size: int, large: bool) -> None:
    for caller in (polling(maxPayload=10), websocket(maxPayload=10)):
        assert caller.client.too_large(Prepared(("4" + "a" * size,))) is large


def test_the_size_of_a_binary_message_is_that_of_its_wire_form() -> None:
    message = Prepared((b"\x00" * 8,))
    assert polling(maxPayload=12).client.too_large(message)
    assert not polling(maxPayload=13).client.too_large(message)
    assert not websocket(maxPayload=8).client.too_large(message)
    assert websocket(maxPayload=7).client.too_large(message)


def test_nothing_is_too_large_before_the_server_named_a_limit() -> None:
    assert not Caller().client.too_large(Prepared(("4" * 1_000_000,)))


# Too much for a slow server -------------------------------------------------


def overloaded() -> Caller:
    caller = Caller(transports=("polling",), max_queue_bytes=10).open()
    caller.answer("GET", open_packet())
    caller.send("4under way")
    caller.send("4" + "a" * 9)
    assert caller.client.next_deadline() != float("-inf")
    caller.send("4")
    return caller


def test_too_many_bytes_that_wait_end_the_connection() -> None:
    caller = overloaded()
    assert caller.client.next_deadline() == float("-inf")
    caller.wait(0)
    assert caller.reason == "transport error (too many bytes wait for a slow server)"


def test_a_queue_that_was_taken_in_time_is_no_reason_to_end() -> None:
    caller = overloaded()
    caller.answer("POST")
    caller.wait(1)
    assert caller.losses == []
    assert caller.posts[1] == b"4aaaaaaaaa\x1e4"


def test_a_large_message_that_does_not_wait_is_no_reason_to_end() -> None:
    caller = Caller(transports=("polling",), max_queue_bytes=10).open()
    caller.answer("GET", open_packet())
    caller.send("4" * 50)
    caller.wait(1)
    assert caller.losses == []


def test_the_goodbye_behind_a_full_queue_is_still_said() -> None:
    caller = Caller(transports=("polling",), max_queue_bytes=10).open()
    caller.answer("GET", open_packet())
    caller.send("4under way")
    caller.send("4" + "a" * 9)
    caller.close()
    caller.wait(1)
    caller.answer("POST")
    assert caller.posts[1] == b"4aaaaaaaaa\x1e1"


# Closing --------------------------------------------------------------------


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
        lambda caller: caller.fail("GET", OSError()),
        lambda caller: caller.answer("POST", b"", 400),
        lambda caller: caller.answer("GET", b"no", 400),
        lambda caller: caller.answer("GET", b"\xff"),
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

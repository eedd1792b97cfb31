"""`older_link.py`, `generations.py` and the exchange: requests of clients of protocol 3."""

import json

import pytest

from sio_core.engineio import REVISIONS, LinkState, Suspend
from sio_core.engineio.generations import (
    GENERATIONS,
    LINKS,
    OLDER,
    OLDER_AS_TEXT,
    OLDEST,
    OLDEST_AS_TEXT,
)
from sio_core.engineio.link import Link
from sio_core.engineio.older_link import OlderLink
from sio_core.http.cors import Policy
from sio_core.values import Request, Response

from .support import POLLING, WEBSOCKET, World, body, open_data, refusal, response

OLDER_POLLING = "EIO=3&transport=polling"


def older_world(**settings: object) -> World:
    return World("3", allow_eio3=True, **settings)


def test_the_tables() -> None:
    assert GENERATIONS["4"].link is LINKS[4] is Link
    assert {each.link for each in (OLDER, OLDER_AS_TEXT, OLDEST, OLDEST_AS_TEXT)} == {LINKS[3]}
    assert LINKS[3] is OlderLink
    assert OLDER.revision is REVISIONS["3"]


# The handshake ------------------------------------------------------------------------


@pytest.mark.parametrize("eio", ["EIO=3&", "EIO=abc&", "EIO=5&", "EIO=&", ""])
def test_every_revision_but_todays_is_taken_for_the_older_one(eio: str) -> None:
    off = World()
    exchange = off.start(f"{eio}transport=polling")
    assert refusal(exchange) == (400, 5)
    assert "see allow_eio3" in str(exchange.refusal)
    on = World(allow_eio3=True)
    exchange = on.start(f"{eio}transport=polling")
    assert exchange.session is not None
    assert exchange.session.revision.number == 3
    length, _, packet = body(exchange).partition(":")
    assert int(length) == len(packet)
    assert set(open_data(packet)) == {
        "sid",
        "upgrades",
        "pingInterval",
        "pingTimeout",
        "maxPayload",
    }


def test_a_websocket_of_an_older_client_is_refused_with_the_message_alone() -> None:
    world = World()
    exchange = world.start("EIO=3&transport=websocket", websocket=True)
    assert refusal(exchange) == (400, 5)
    assert response(exchange).body == b"Unsupported protocol version"


def test_clients_of_both_generations_have_sessions_on_one_server() -> None:
    world = World(allow_eio3=True)
    today = world.poller()
    older = world.start(OLDER_POLLING).session
    assert older is not None
    assert [today.revision.number, older.revision.number] == [4, 3]
    world.send(today, "4a", "4b")
    world.send(older, "4a", "4b")
    assert body(world.get(today)) == "4a\x1e4b"
    assert body(world.start(f"{OLDER_POLLING}&sid={older.sid}")) == "2:4a2:4b"


@pytest.mark.parametrize("extra", ["", "&b64=1"])
@pytest.mark.parametrize(
    ("eio", "allowed"), [("EIO=3&", True), ("", True), ("EIO=x&", True), ("EIO=4&", False)]
)
def test_later_requests_speak_the_revision_of_the_session(
    extra: str, eio: str, allowed: bool
) -> None:
    world = older_world()
    session = world.poller(extra)
    exchange = world.start(f"{eio}transport=polling&sid={session.sid}")
    if allowed:
        assert isinstance(exchange.step, Suspend)
    else:
        assert refusal(exchange) == (400, 3)
        assert session.poll is None


@pytest.mark.parametrize("eio", ["EIO=3&", "", "EIO=x&"])
def test_a_session_of_today_takes_no_older_request(eio: str) -> None:
    world = World(allow_eio3=True)
    session = world.poller()
    assert refusal(world.start(f"{eio}transport=polling&sid={session.sid}")) == (400, 3)
    upgrade = f"{eio}transport=websocket&sid={session.sid}"
    assert refusal(world.start(upgrade, websocket=True)) == (400, 3)


# Polling ------------------------------------------------------------------------------


def test_messages_come_as_text_or_as_bytes() -> None:
    world = older_world()
    session = world.poller()
    octets = (("content-type", "application/octet-stream"),)
    query = f"{OLDER_POLLING}&sid={session.sid}"
    post = world.start(query, "POST", headers=octets)
    world.note(post.receive_body(b"\x00\x04\xff4\xe2\x82\xac\x01\x03\xff\x04\x01\x02", 0.0))
    assert body(post) == "ok"
    assert body(world.post(session, "2:4€3:4😀6:b4AQI=")) == "ok"
    assert world.messages == ["€", b"\x01\x02", "€", "😀", b"\x01\x02"]


def test_no_packets_at_all() -> None:
    world = older_world()
    session = world.poller()
    assert body(world.post(session, "0:")) == "ok"
    assert (world.messages, world.reasons) == ([], [])
    assert refusal(world.post(session, "")) == (400, 3)
    assert world.reasons == ["parse error (payload is empty)"]


@pytest.mark.parametrize("extra", ["", "&b64=1"])
@pytest.mark.parametrize(("time", "text"), [("&t=1795946224457-0", "€"), ("&t=Q8clAIk", "â\x82¬")])
def test_what_clients_of_before_2015_encode_twice(extra: str, time: str, text: str) -> None:
    world = older_world()
    session = world.poller(time + extra)
    assert body(world.post(session, "4:4â\x82¬2:4€")) == "ok"
    assert world.messages == [text, "€"]


def test_a_session_of_today_takes_no_binary_body() -> None:
    world = World(allow_eio3=True)
    session = world.poller()
    octets = (("content-type", "application/octet-stream"),)
    assert refusal(world.start(f"{POLLING}&sid={session.sid}", "POST", headers=octets)) == (400, 3)
    assert refusal(world.post(session, b"\x01\x02\xff\x04\x01")) == (400, 3)
    assert world.reasons == ["parse error (payload is not UTF-8)"]


@pytest.mark.parametrize("text", ["2:4a" * 6, "\x00\x02\xff4a" * 6])
def test_the_packets_of_a_payload_are_bounded(text: str) -> None:
    world = older_world(max_payload_packets=5)
    session = world.poller()
    assert refusal(world.post(session, text.encode("latin-1"))) == (400, 3)
    assert world.reasons == ["parse error (too many packets in one payload)"]


def test_a_body_that_is_too_large() -> None:
    world = older_world(max_payload=10)
    session = world.poller()
    assert response(world.post(session, "9:4aaaaaaaa")).status == 413
    assert world.reasons == ["transport error (payload too large)"]


def test_large_answers_are_compressed() -> None:
    world = older_world()
    session = world.poller()
    world.send(session, "4" + "x" * 5000)
    answer = response(world.get(session, headers=(("accept-encoding", "gzip"),)))
    assert ("content-encoding", "gzip") in answer.headers


# JSONP --------------------------------------------------------------------------------


def called(answer: Response) -> str:
    text = answer.body.decode()
    assert text.startswith("___eio[7](")
    assert text.endswith(");")
    payload: str = json.loads(text[10:-2])
    return payload


def test_jsonp_carries_payloads_of_text() -> None:
    world = older_world(jsonp=True)
    session = world.start(f"{OLDER_POLLING}&j=7").session
    assert session is not None
    world.send(session, "4a\u2028</script>", b"\x01\x02")
    poll = response(world.get(session, "&j=7"))
    assert called(poll) == "12:4a\u2028</script>6:b4AQI="
    assert b"\\u2028" in poll.body
    assert ("x-content-type-options", "nosniff") in poll.headers
    post = world.post(session, b"d=2%3A4%E2%82%AC6%3Ab4AQI%3D", "&j=7")
    assert body(post) == "ok"
    assert world.messages == ["€", b"\x01\x02"]


def test_jsonp_is_for_pages_of_the_same_origin() -> None:
    world = older_world(jsonp=True)
    elsewhere = (("sec-fetch-site", "cross-site"),)
    assert refusal(world.start(f"{OLDER_POLLING}&j=0", headers=elsewhere)) == (400, 3)
    everyone = older_world(jsonp=True, cors=Policy("*"))
    assert everyone.start(f"{OLDER_POLLING}&j=0", headers=elsewhere).session is not None
    assert refusal(older_world().start(f"{OLDER_POLLING}&j=0")) == (400, 3)


@pytest.mark.parametrize(
    ("t", "binary"),
    [
        ("&t=1437684929463-0", True),
        ("&t=1437684929463-12", True),
        ("&t=1437684929463-0&b64=1", False),
        ("&t=1437684929463", False),
        ("&t=1437684929463-", False),
        ("&t=PnRkW3x", False),
        ("&t=PnRkW3x.0", False),
        ("&t=1437684929463-0x", False),
    ],
)
def test_clients_of_before_2015_are_answered_in_bytes_alone(t: str, binary: bool) -> None:
    world = older_world()
    exchange = world.start(f"{OLDER_POLLING}{t}")
    answer = response(exchange)
    assert (answer.headers[0] == ("content-type", "application/octet-stream")) is binary
    assert (answer.body[:1] == b"\x00") is binary
    assert exchange.session is not None
    world.send(exchange.session, "4a")
    poll = world.start(f"{OLDER_POLLING}&sid={exchange.session.sid}&t=1437684929470-1")
    assert response(poll).body == (b"\x00\x02\xff4a" if binary else b"2:4a")


# WebSocket ----------------------------------------------------------------------------


def test_bytes_come_behind_their_type_and_as_base64() -> None:
    world = older_world()
    link = world.websocket()
    world.receive(link, "4a", b"\x04\x01", "b4AQI=", b"\x04")
    assert world.messages == ["a", b"\x01", b"\x01\x02", b""]
    world.receive(link, b"\x02", "b2", b"\x06")  # a ping, another, and what means nothing
    assert world.sent[link][1:] == ["3", "3"]
    world.receive(link, b"\x01")
    assert world.reasons == ["transport close"]


def test_a_message_that_is_too_large() -> None:
    world = older_world(max_payload=10)
    link = world.websocket()
    world.receive(link, b"\x04" + b"x" * 10)
    assert world.reasons == []
    world.receive(link, b"\x04" + b"x" * 11)
    assert world.reasons == ["transport error (payload too large)"]
    assert link.close_code == 1009


@pytest.mark.parametrize("extra", ["", "&b64=1"])
def test_the_upgrade(extra: str) -> None:
    world = older_world()
    session = world.poller(extra)
    poll = world.get(session)
    link = world.candidate(session)
    world.receive(link, "2probe")
    assert world.sent[link] == ["3probe"]
    assert body(poll) == "1:6"
    again = world.get(session)
    assert isinstance(again.step, Suspend)
    world.pass_time(0.1)
    assert body(again) == "1:6"
    world.send(session, b"\x01")
    world.receive(link, "5")
    assert session.link is link
    world.receive(link, b"\x04\x02")
    assert world.messages == [b"\x02"]
    assert world.sent[link][1:] == [b"\x04\x01" if not extra else "b4AQ=="]
    late = world.get(session)
    world.pass_time(1 / 32)
    assert refusal(late) == (400, 3)


@pytest.mark.parametrize("frame", [b"\x04x", "b4AA==", "b4A", b"", "2", b"\x02"])
def test_whatever_else_comes_on_a_candidate_closes_it_alone(frame: str | bytes) -> None:
    world = older_world()
    session = world.poller()
    link = world.candidate(session)
    world.receive(link, frame)
    assert link.state is LinkState.CLOSING
    assert world.reasons == []
    assert session.probe is None


def test_a_second_websocket_is_accepted_and_closed() -> None:
    world = older_world()
    link = world.websocket()
    other = world.start(f"EIO=3&transport=websocket&sid={link.session.sid}", websocket=True)
    [second] = [each for each in world.links if each is not link]
    world.note(second.opened(0.0))
    world.pass_time(1 / 32)
    assert second.closing
    assert other.refusal is None
    assert not link.closing


def test_the_application_is_asked_as_for_any_other() -> None:
    world = older_world(authorize=True)
    exchange = world.server.exchange(Request("GET", OLDER_POLLING))
    exchange.start(0.0)
    world.note(exchange.allow(0.0, "chosen"))
    assert exchange.session is not None
    assert (exchange.session.sid, exchange.session.revision.number) == ("chosen", 3)


def test_today_with_the_option_on() -> None:
    world = World(allow_eio3=True)
    link = world.websocket()
    assert type(link) is Link
    world.send(link.session, b"\x01")
    world.receive(link, b"\x04x")
    assert world.sent[link][1:] == [b"\x01"]
    assert world.messages == [b"\x04x"]
    assert world.start(WEBSOCKET, websocket=True).refusal is None

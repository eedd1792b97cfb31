"""`client.py` and servers of Socket.IO 2 and before, which speak Engine.IO protocol 3."""

import json
from typing import Any

import pytest

from sio_core import engineio
from sio_core.protocol_errors import LocalProtocolError
from sio_core.reasons import Reason
from sio_core.socketio import (
    AttemptDue,
    AttemptFailed,
    AttemptSucceeded,
    ClientConfig,
    ClientState,
    Connected,
    ConnectRefused,
    Ended,
    NamespaceLeft,
    Packet,
    Reconnecting,
    ServerEventReceived,
)
from sio_core.socketio.msgpack_parser import MsgpackParser

from .support import OPEN, Hand

REFUSAL = {"status": 400, "body": b'{"code":5,"message":"Unsupported protocol version"}'}


def older(*namespaces: str, auth: Any = None, **settings: Any) -> Hand:
    """A client that knows its server to be older, with an open connection."""
    hand = Hand(protocol=3, **settings)
    hand.connect(*namespaces)
    hand.attempt(auth)
    hand.open()
    return hand


# Connecting --------------------------------------------------------------------


def test_the_server_connects_the_default_namespace_by_itself() -> None:
    hand = older()
    assert hand.sent == []
    hand.frame("40")
    socket = hand.client.sockets["/"]
    assert hand.events[1:] == [Connected(socket), AttemptSucceeded()]
    assert socket.sid == "abc"


def test_the_others_are_asked_for_once_the_default_one_is_connected() -> None:
    hand = older("/", "/chat", auth={"token": "a,b"})
    assert hand.sent == []
    hand.frame("40")
    assert hand.sent == ["40/chat?token=a%2Cb,"]
    hand.frame("40/chat,")
    assert hand.client.sockets["/chat"].sid == "/chat#abc"
    assert hand.names[1:] == ["Connected", "Connected", "AttemptSucceeded"]


def test_a_default_namespace_that_nobody_wants_is_taken_silently() -> None:
    hand = older("/chat")
    hand.frame("40", '42["dropped"]')
    assert hand.sent == ["40/chat,"]
    hand.frame("40", "40/chat", '42["dropped"]', '42/chat,["kept"]', "41")
    assert hand.sent == ["40/chat,"]
    assert hand.names[1:] == ["Connected", "AttemptSucceeded", "ServerEventReceived"]
    assert hand.client.state is ClientState.CONNECTED


def test_the_others_are_asked_for_also_where_the_default_one_is_refused() -> None:
    hand = older("/chat")
    hand.frame('44"not today"')
    assert hand.sent == ["40/chat,"]
    hand = older("/", "/chat")
    hand.frame('44"not today"')
    assert hand.sent == ["40/chat,"]
    hand.frame("40/chat")
    assert hand.of_type(AttemptFailed)[0].failure.namespaces == {"/": {"message": "not today"}}


@pytest.mark.parametrize(
    ("said", "data"),
    [
        ('"not today"', {"message": "not today"}),
        ('{"message":"Invalid namespace"}', {"message": "Invalid namespace"}),
        *(
            (said, {"message": "the server refused the namespace", "data": data})
            for said, data in [
                ('{"code":7}', {"code": 7}),
                ("[1,[]]", [1, []]),
                ("7.5", 7.5),
                ("true", True),
                ("null", None),
                ("", None),
            ]
        ),
    ],
)
def test_a_refusal_is_reported_as_that_of_todays_servers_is(said: str, data: Any) -> None:
    hand = older("/guard")
    hand.frame("40", f"44/guard,{said}")
    (refused,) = hand.of_type(ConnectRefused)
    (failed,) = hand.of_type(AttemptFailed)
    assert refused.data == data
    assert failed.failure.namespaces == {"/guard": data}


def test_namespaces_have_their_time_from_the_open_packet_on() -> None:
    hand = Hand(protocol=3)
    hand.connect("/chat")
    hand.attempt(namespace_timeout=5)
    hand.open()
    hand.wait(5)
    assert hand.of_type(AttemptFailed)[0].failure.unanswered == ("/chat",)


def test_auth_that_cannot_be_sent_leaves_the_attempt_due() -> None:
    hand = Hand(protocol=3)
    hand.connect("/chat")
    with pytest.raises(LocalProtocolError, match="text, numbers and booleans"):
        hand.attempt({"token": [1]})
    assert hand.client.state is ClientState.DUE


def test_auth_that_reaches_no_namespace_is_an_error() -> None:
    hand = Hand(protocol=3)
    hand.connect("/")
    with pytest.raises(LocalProtocolError, match="query of the URL"):
        hand.attempt({"token": "x"})
    hand.attempt()


def test_auth_stays_when_the_server_has_ended_the_namespaces_that_it_is_for() -> None:
    hand = older("/", "/chat", auth={"token": "x"})
    hand.frame("40", "40/chat", "41/chat")
    hand.lose()
    hand.wait(10)
    hand.attempt({"token": "x"})
    hand.open()
    hand.frame("40")
    assert hand.names[-1] == "AttemptSucceeded"


def test_the_protocol_is_one_of_two() -> None:
    for wrong in (2, 5, "3"):
        with pytest.raises(LocalProtocolError, match="protocol must be 3, 4 or None"):
            ClientConfig(protocol=wrong)  # type: ignore[arg-type]


# Connected ---------------------------------------------------------------------


def test_bytes_travel_both_ways() -> None:
    hand = older()
    hand.frame("40")
    hand.emit("up", b"\x01")
    placeholder = '{"_placeholder":true,"num":0}'
    assert hand.sent == [f'451-["up",{placeholder}]', b"\x04\x01"]
    hand.frame(f'451-["down",{placeholder}]', b"\x04\x02")
    (event,) = hand.of_type(ServerEventReceived)
    assert (event.name, event.args) == ("down", [b"\x02"])


def test_other_parsers_work_too() -> None:
    hand = older("/", "/chat", auth={"a": 1}, parser=MsgpackParser())
    encode = MsgpackParser().encode

    def say(packet: Packet) -> None:
        (frame,) = encode(packet)
        assert isinstance(frame, bytes)
        hand.frame(b"\x04" + frame)

    say(Packet(0, "/"))
    (asked,) = encode(Packet(0, "/chat?a=1"))
    assert isinstance(asked, bytes)
    assert hand.sent == [b"\x04" + asked]
    say(Packet(0, "/chat"))
    assert hand.names[-1] == "AttemptSucceeded"


def test_an_error_in_a_connected_namespace_is_an_event() -> None:
    hand = older("/", "/chat")
    hand.frame("40", "40/chat", '44/chat,{"oops":1}')
    socket = hand.client.sockets["/chat"]
    assert hand.events[-1] == ServerEventReceived(socket, "error", [{"oops": 1}], None)
    assert socket.connected


def test_the_server_ends_namespaces_one_by_one() -> None:
    hand = older("/", "/chat")
    hand.frame("40", "40/chat", "41")
    assert hand.client.state is ClientState.CONNECTED
    hand.frame("41/chat")
    assert [type(event) for event in hand.events[-2:]] == [NamespaceLeft, Ended]


def test_goodbye() -> None:
    hand = older("/", "/chat")
    hand.frame("40", "40/chat")
    hand.sent.clear()
    hand.disconnect()
    hand.take()
    assert hand.sent == ["41", "41/chat,"]
    assert hand.closing


# Finding out --------------------------------------------------------------------


def polling(hand: Hand, auth: Any, *packets: str) -> list[bytes]:
    """Have a client connect to `/chat`; the server answers in protocol 3. Returns what is sent."""
    hand.connect("/chat")
    client, now = hand.client, hand.clock.now
    engine = client.attempt(now, auth)
    engine.take_actions()
    body = "".join(f"{len(packet)}:{packet}" for packet in packets)
    raised = engine.http_response(1, 200, body.encode(), now)
    hand.events += client.process(engine, raised, now)
    return [a.body for a in engine.take_actions() if isinstance(a, engineio.SendHTTP) and a.body]


POLLING = engineio.ClientConfig(transports=("polling",))
OPEN_PACKET = "0" + json.dumps(OPEN)


def test_over_polling_the_connection_goes_on_as_an_older_one() -> None:
    hand = Hand(engine=POLLING)
    sent = polling(hand, {"token": "x"}, OPEN_PACKET, "40")
    assert sent == [b"16:40/chat?token=x,"]
    assert hand.client.engine is not None
    assert hand.client.engine.revision == 3


def test_auth_that_an_older_server_cannot_be_sent_fails_the_attempt() -> None:
    hand = Hand(engine=POLLING)
    assert polling(hand, {"token": [1]}, OPEN_PACKET, "40") == [b"1:1"]
    (failed,) = hand.of_type(AttemptFailed)
    assert failed.failure.reason == Reason("transport error", "nothing was asked for")
    assert isinstance(failed.failure.cause, LocalProtocolError)
    assert isinstance(hand.events[-1], Ended)


def test_over_websocket_a_message_tells_that_nobody_has_asked_for() -> None:
    hand = Hand()
    hand.connect()
    hand.attempt()
    engine, now = hand.engine, hand.clock.now
    events = engine.websocket_frame(1, OPEN_PACKET, now)
    events += engine.websocket_frame(1, "40", now)
    hand.feed(events)
    assert hand.sent == []
    assert hand.names == ["AttemptDue", "Connected", "AttemptSucceeded"]
    assert hand.client.sockets["/"].sid == "abc"


@pytest.mark.parametrize("namespaces", [("/",), ("/", "/chat"), ("/chat",)])
def test_over_websocket_the_attempt_is_made_again(namespaces: tuple[str, ...]) -> None:
    hand = Hand()
    hand.connect(*namespaces)
    hand.attempt()
    hand.open()
    assert len(hand.sent) == len(namespaces)
    hand.frame("40")
    assert hand.events[1:] == [AttemptDue(0)]
    assert hand.closing
    hand.attempt()
    assert hand.engine.revision == 3
    hand.open()
    hand.frame("40", *(f"40{name}" for name in namespaces if name != "/"))
    assert hand.names[-1] == "AttemptSucceeded"


def test_what_does_not_wait_for_namespaces_is_made_again_too() -> None:
    hand = Hand()
    hand.connect(wait=False)
    hand.attempt(namespace_timeout=5)
    hand.open()
    assert hand.names[-1] == "AttemptSucceeded"
    hand.frame("40")
    assert hand.events[-1] == AttemptDue(0)
    hand.attempt()
    hand.open()
    hand.frame("40")
    assert hand.names[-2:] == ["AttemptSucceeded", "Connected"]


def test_what_was_connected_is_left_when_the_attempt_is_made_again() -> None:
    hand = Hand()
    hand.connect("/", "/chat")
    hand.attempt()
    hand.open()
    hand.accept("/chat")
    hand.frame("40")
    assert hand.names[1:] == ["Connected", "NamespaceLeft", "AttemptDue"]


def test_what_was_found_out_is_remembered() -> None:
    hand = Hand()
    hand.connect()
    hand.attempt()
    hand.open()
    hand.frame("40")
    hand.attempt()
    hand.open()
    hand.frame("40")
    hand.lose()
    assert isinstance(hand.events[-1], Reconnecting)
    hand.wait(10)
    assert hand.events[-1] == AttemptDue(1)
    hand.attempt()
    assert hand.engine.revision == 3


def test_what_was_found_out_is_forgotten_when_an_attempt_fails() -> None:
    hand = Hand()
    hand.connect()
    hand.attempt()
    hand.open()
    hand.frame("40")
    hand.attempt()
    hand.open()
    hand.frame("40")
    hand.lose()
    for revision in (3, 4):
        hand.wait(10)
        hand.attempt()
        assert hand.engine.revision == revision
        hand.lose(OSError())


def test_a_refusal_of_protocol_4_leads_to_an_attempt_in_protocol_3() -> None:
    hand = Hand()
    hand.connect()
    hand.attempt()
    hand.lose(**REFUSAL)
    assert hand.events == [AttemptDue(0), AttemptDue(0)]
    hand.attempt()
    assert hand.engine.revision == 3
    hand.open()
    hand.frame("40")
    assert hand.names[-1] == "AttemptSucceeded"


def test_a_server_that_refuses_both_is_asked_twice_an_attempt() -> None:
    hand = Hand(reconnection_attempts=1)
    hand.connect(retry=True)
    for _ in range(2):
        hand.attempt()
        hand.lose(**REFUSAL)
        hand.attempt()
        hand.lose(**REFUSAL)
        (failed, *_) = hand.of_type(AttemptFailed)
        assert failed.failure.status == 400
        hand.wait(10)
    assert hand.names[-2:] == ["AttemptFailed", "Ended"]


def test_a_server_that_has_become_one_of_today_is_spoken_to_in_protocol_4() -> None:
    hand = Hand()
    hand.connect()
    hand.attempt()
    hand.open()
    hand.frame("40")
    hand.attempt()
    hand.open()
    hand.frame("40")
    hand.lose()
    hand.wait(10)
    hand.attempt()
    hand.lose(**REFUSAL)
    assert hand.events[-1] == AttemptDue(1)
    hand.attempt()
    assert hand.engine.revision == 4
    hand.open()
    hand.accept()
    assert hand.names[-1] == "AttemptSucceeded"


def test_a_protocol_that_was_asked_for_is_the_only_one() -> None:
    for protocol in (3, 4):
        hand = Hand(protocol=protocol)
        hand.connect()
        hand.attempt()
        hand.lose(**REFUSAL)
        assert hand.of_type(AttemptFailed)[0].failure.status == 400
    hand = Hand(protocol=4)
    hand.connect("/chat")
    hand.attempt()
    hand.open()
    hand.frame("40")
    assert hand.names == ["AttemptDue"]


def test_auth_is_not_kept() -> None:
    hand = Hand()
    hand.connect()
    hand.attempt({"token": "secret"})
    assert "secret" in repr(vars(hand.client))
    hand.open()
    assert "secret" not in repr(vars(hand.client))

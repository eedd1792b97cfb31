"""`socketio/decoded.py`: messages that are decoded before `process` mean the same."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sio_core import engineio
from sio_core.codecs.json import ModuleJSON, StdlibJSON
from sio_core.engineio import Closed, Message
from sio_core.reasons import Reason
from sio_core.slices import finish
from sio_core.socketio import EventReceived, JSONParser, Server
from sio_core.socketio.parsers.msgpack_parser import MsgpackParser
from sio_core.socketio.parsers.packets import EVENT, Packet
from sio_core.testing import Ids, Pair
from sio_core.values import Frame

NOW = 5.0
frames = st.sampled_from(
    [
        *(
            '2["a",1]',
            '27["b"]',
            '51-["c",{"_placeholder":true,"num":0}]',
            b"bytes",
            "1",
            "0",
            "0/b",
        ),
        *('2["never', "9", "", '2/other,["a"]', "31[1]", '50-["a"]'),
    ]
)


def connected() -> tuple[Server, engineio.Session]:
    """A server with one client in `/`, and its session."""
    pair = Pair(("websocket",))
    pair.client.connect("/")
    pair.run()
    (session,) = pair.server.engine.sessions.values()
    return pair.server, session


def told(events: list[Any]) -> list[str]:
    return [repr(event) for event in events]


@pytest.fixture(scope="module", autouse=True)
def short_messages_are_long() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sio_core.socketio.decoded.SLICE", 12)
        yield


@given(st.lists(frames, max_size=6))
def test_the_same_events(sent: list[Frame]) -> None:
    outcomes = []
    for way in ("process", "decode", "decode_in_slices"):
        server, session = connected()
        raised: list[Any] = [Message(session, frame) for frame in sent]
        if way == "decode":
            raised = server.decode(raised)
        elif way == "decode_in_slices":
            raised = finish(server.decode_in_slices(raised))
        outcomes.append(told(server.process(raised, NOW)))
    assert outcomes[0] == outcomes[1] == outcomes[2]


def test_what_is_no_message_is_left_alone() -> None:
    server, session = connected()
    closed = Closed(session, Reason("transport close"))
    assert server.decode([closed]) == [closed]
    assert finish(server.decode_in_slices([closed])) == [closed]


def test_nothing_is_decoded_for_a_session_that_is_over() -> None:
    server, session = connected()
    late = Message(session, '2["a","long enough"]')
    server.process(session.end(NOW, Reason("transport close")), NOW)
    assert server.decode([late]) == [late]
    assert finish(server.decode_in_slices([late])) == [late]
    assert server.process([late], NOW) == []


def test_a_session_that_ends_in_between_hears_nothing() -> None:
    server, session = connected()
    decoded = server.decode([Message(session, '2["a"]')])
    server.process(session.end(NOW, Reason("transport close")), NOW)
    assert server.process(decoded, NOW) == []


def test_decoding_looks_at_no_clock_and_changes_no_deadline() -> None:
    server, session = connected()
    due = server.next_deadline()
    decoded = server.decode([Message(session, '51-["a",{"_placeholder":true,"num":0}]')])
    assert server.next_deadline() == due
    server.process(decoded, NOW)
    server.process(server.decode([Message(session, '2["no"]')]), NOW)
    assert session.owner is None, "text while bytes are due"


def test_an_engine_has_nothing_to_decode() -> None:
    engine = engineio.Server(new_sid=Ids("e"))
    _, session = connected()
    message = Message(session, "text")
    assert engine.decode([message]) == [message]
    assert finish(engine.decode_in_slices([message])) == [message]


LONG = '2["a",[' + "1," * 200_000 + "1]]"


def test_a_long_message_is_decoded_in_slices() -> None:
    server, session = connected()
    slices = server.decode_in_slices([Message(session, LONG), Message(session, '2["b"]')])
    for _ in range(20):
        next(slices)
    events = server.process(finish(slices), NOW)
    assert [event.name for event in events if isinstance(event, EventReceived)] == ["a", "b"]


def test_many_messages_are_decoded_in_slices() -> None:
    server, session = connected()
    assert len(list(server.decode_in_slices([Message(session, '2["b"]')] * 100))) >= 99


def test_few_short_messages_are_decoded_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sio_core.socketio.decoded.SLICE", 10_000)
    server, session = connected()
    assert list(server.decode_in_slices([Message(session, '2["b"]')] * 2)) == []


def test_a_session_that_ends_between_two_slices_is_decoded_no_further() -> None:
    server, session = connected()
    message = Message(session, LONG)
    slices = server.decode_in_slices([message])
    for _ in range(5):
        next(slices)
    server.process(session.end(NOW, Reason("transport close")), NOW)
    with pytest.raises(StopIteration) as end:
        next(slices)
    assert end.value.value == [message]
    assert server.process([message], NOW) == []


def test_what_is_wrong_with_a_long_message_ends_its_connection() -> None:
    server, session = connected()
    server.process(finish(server.decode_in_slices([Message(session, LONG + "]")])), NOW)
    assert session.owner is None


def test_a_parser_without_slices_decodes_at_once() -> None:
    class Whole:
        pending = False

        def add(self, frame: Frame) -> Packet:
            return Packet(EVENT, "/", ["whole", frame])

    server, session = connected()
    assert session.owner is not None
    session.owner.decoder = Whole()
    (event,) = server.process(finish(server.decode_in_slices([Message(session, "x" * 99)])), NOW)
    assert isinstance(event, EventReceived)
    assert event.name == "whole"


@pytest.mark.parametrize("early", [True, False])
def test_an_event(early: bool) -> None:
    server, session = connected()
    raised: list[Any] = [Message(session, '21["a",{"b":2}]')]
    (event,) = server.process(server.decode(raised) if early else raised, NOW)
    assert isinstance(event, EventReceived)
    assert (event.name, event.args, event.ack_id) == ("a", [{"b": 2}], 1)


def test_a_server_says_whether_the_application_decodes() -> None:
    class Subclass(JSONParser):
        pass

    engine = engineio.Server(new_sid=Ids("e"))
    assert engine.decodes_itself
    for parser, own in (
        (None, True),
        (JSONParser(StdlibJSON()), True),
        (JSONParser(ModuleJSON(json)), False),
        (Subclass(), False),
        (MsgpackParser(), False),
    ):
        server = Server(engine, new_id=Ids("s"), parser=parser)
        assert server.decodes_itself is own

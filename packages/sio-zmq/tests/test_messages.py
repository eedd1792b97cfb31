"""What is sent over ZeroMQ, and what is made of what comes."""

import json
from typing import Any

import pytest

from sio_core.cluster import Publication
from sio_zmq.messages import Messages

LONGEST = 1000


@pytest.fixture
def messages() -> Messages:
    return Messages("gäme", LONGEST)


def test_the_channel_of_all_servers_has_messages_of_python_socketio(messages: Messages) -> None:
    frame = messages.write(Publication("gäme", b'{"method": "emit"}'))
    expected = {"type": "message", "channel": "gäme", "data": {"method": "emit"}}
    assert json.loads(frame) == expected
    assert frame == json.dumps(expected).encode()
    assert messages.read(frame) == ("gäme", b'{"method": "emit"}')
    (name,) = Messages("another", LONGEST).subscribe(["gäme"])
    assert messages.subscribe(["gäme"]) == [b"{", name]


@pytest.mark.parametrize("channel", ["gäme#all", "gäme#r#/#a room, and *", "plain"])
def test_any_other_channel_has_a_name_before_its_messages(messages: Messages, channel: str) -> None:
    (beginning,) = messages.subscribe([channel])
    frame = messages.write(Publication(channel, b"S1[\0]\n"))
    assert frame.startswith(beginning)
    assert messages.read(frame) == (channel, b"S1[\0]\n")


def test_the_channel_of_all_servers_is_subscribed_to_last(messages: Messages) -> None:
    first, second, *last = messages.subscribe(["a", "gäme", "b"])
    assert (first, second, last) == (b"a\0", b"b\0", messages.unsubscribe(["gäme"]))


def test_a_channel_that_begins_as_another_one_does(messages: Messages) -> None:
    messages.subscribe(["a"])
    assert messages.read(messages.write(Publication("ab", b"payload"))) is None


def test_what_is_not_subscribed_to_any_more_is_for_others(messages: Messages) -> None:
    frame = messages.write(Publication("room", b"payload"))
    assert messages.read(frame) is None
    messages.subscribe(["room", "other"])
    messages.unsubscribe(["room", "never"])
    assert messages.read(frame) is None
    messages.forget()
    assert messages.read(messages.write(Publication("other", b"payload"))) is None


@pytest.mark.parametrize(
    ("message", "payload"),
    [
        ({"channel": "gäme", "data": {"a": 1}, "type": "message"}, {"a": 1}),
        ({"channel": "gäme", "data": '{"a": 1}', "type": "message"}, '{"a": 1}'),
    ],
)
def test_json_that_others_write(messages: Messages, message: Any, payload: Any) -> None:
    for options in ({}, {"ensure_ascii": False}, {"separators": (",", ":")}, {"indent": 1}):
        frame = json.dumps(message, **options).encode()
        assert messages.read(frame) == ("gäme", payload)


@pytest.mark.parametrize(
    "message",
    [
        {"type": "message", "channel": "other", "data": {}},
        {"type": "subscribe", "channel": "gäme", "data": {}},
        {"channel": "gäme", "data": {}},
        {},
    ],
)
def test_json_for_others(messages: Messages, message: Any) -> None:
    assert messages.read(json.dumps(message).encode()) is None


@pytest.mark.parametrize(
    "frame",
    [
        b"{",
        b"{\xff}",
        b'{"a":' * 300,
        b'{"type": "message", "channel": "g\\u00e4me", "data": ' + b"[" * 1000,
        b'{"type":"message","channel":"g\\u00e4me","data":1}',
        b'{"type":"message","channel":"g\\u00e4me"}',
        b'{"a":"' + b"x" * LONGEST + b'"}',
    ],
)
def test_what_cannot_be_read_is_left_to_the_manager(messages: Messages, frame: bytes) -> None:
    assert messages.read(frame) == ("gäme", frame)


@pytest.mark.parametrize("frame", [b"", b"\0", b"x", b"\x80\x04pickle", b"room", b"\xff\0x"])
def test_what_is_no_message(messages: Messages, frame: bytes) -> None:
    messages.subscribe(["room", "gäme"])
    assert messages.read(frame) is None

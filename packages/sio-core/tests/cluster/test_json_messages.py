"""The messages of python-socketio: what is written, and what is made of what comes."""

import json
from types import MappingProxyType
from typing import Any

import pytest

from sio_core import DecodeError, LocalProtocolError
from sio_core.cluster import (
    AckAddress,
    CloseAsked,
    DisconnectAsked,
    EmitReceived,
    EnterAsked,
    LeaveAsked,
    NodeConfig,
)
from sio_core.cluster.json_messages import Callback, JSONMessages, Probe
from sio_core.codecs.choose_json import json_of
from sio_core.socketio import Emit

LIMITS = NodeConfig().limits
MESSAGES = JSONMessages(json_of(None), LIMITS)
OTHERS = JSONMessages(json_of(json), LIMITS)  # it does not say whether it takes bytes


def read(**message: Any) -> Any:
    found = MESSAGES.read({"host_id": "h", **message})
    assert found is not None
    return found.content


EMIT = {"method": "emit", "event": "a", "data": [1], "namespace": "/"}


def test_an_event_is_written_as_python_socketio_does() -> None:
    message, text = MESSAGES.emit(Emit("a", (1, "x"), "/chat", ("r",), ["s"]), "h", 7, None)
    assert message == {
        "method": "emit",
        "event": "a",
        "data": [1, "x"],
        "binary": False,
        "namespace": "/chat",
        "room": "r",
        "skip_sid": "s",
        "callback": None,
        "host_id": "h",
        "sequence": 7,
    }
    assert json.loads(text) == message


@pytest.mark.parametrize("messages", [MESSAGES, OTHERS], ids=["own", "module"])
def test_bytes_are_base64_behind_the_data(messages: JSONMessages) -> None:
    message, text = messages.emit(Emit("a", ({"b": b"\x00\xff"}, b"")), "h", 1, None)
    placeholder = {"_placeholder": True, "num": 0}
    assert message["binary"] is True
    assert message["data"] == [
        [{"b": placeholder}, {**placeholder, "num": 1}],
        "AP8=",
        "",
    ]
    found = messages.read(messages.parse(text))
    assert found is not None
    assert found.content == EmitReceived(Emit("a", [{"b": b"\x00\xff"}, b""]))


@pytest.mark.parametrize("messages", [MESSAGES, OTHERS], ids=["own", "module"])
def test_what_json_cannot_carry_is_the_senders_mistake(messages: JSONMessages) -> None:
    with pytest.raises(LocalProtocolError, match="not possible in JSON"):
        messages.emit(Emit("a", (object(),)), "h", 1, None)


@pytest.mark.parametrize(
    "emit",
    [
        Emit("a", []),
        Emit("a", [None], "/chat"),
        Emit("a", [1], to=("r",)),
        Emit("a", [1], to=("r", "s"), skip=("t", "u")),
        Emit("a", [1], to=(("r", 1),), skip=(("t",),)),
        Emit("a", [1], to=(), volatile=True, compress=False),
    ],
)
def test_an_event_comes_back(emit: Emit) -> None:
    _, text = MESSAGES.emit(emit, "h", 3, None)
    found = MESSAGES.read(MESSAGES.parse(text))
    assert found is not None
    assert (found.host_id, found.sequence, found.content) == ("h", 3, EmitReceived(emit))


def test_an_acknowledgement_that_is_asked_for_has_an_address() -> None:
    message, _ = MESSAGES.emit(Emit("a", [], to=("r",)), "h", 3, 12)
    assert message["callback"] == ["r", "/", 12]
    assert read(**message).ack == AckAddress("h", None, "/", 12, "r")


@pytest.mark.parametrize("args", [[], [1, None], [b"\x01", {"a": [b""]}]])
def test_an_acknowledgement_comes_back(args: list[Any]) -> None:
    address = AckAddress("h", None, "/chat", 12, "r")
    message, text = MESSAGES.callback(address, args, "me", 5)
    assert message["method"] == "callback"
    assert (message["host_id"], message["sid"], message["id"]) == ("h", "r", 12)
    found = MESSAGES.read(MESSAGES.parse(text))
    assert found is not None
    assert (found.host_id, found.content) == ("h", Callback(12, args, "me"))


def test_what_python_socketio_writes_is_read() -> None:
    assert read(**EMIT) == EmitReceived(Emit("a", [1]))
    assert read(**{**EMIT, "data": "plain"}) == EmitReceived(Emit("a", ["plain"]))
    assert read(**{**EMIT, "namespace": None}) == EmitReceived(Emit("a", [1]))
    assert read(method="callback", id=1, args=[2], sid="s", namespace="/") == Callback(1, [2])
    assert read(method="callback", id=1, args=[], probe=True) == Probe(1)
    assert read(method="disconnect", sid="s", namespace="/") == DisconnectAsked("s", "/")
    assert read(method="enter_room", sid="s", room="r") == EnterAsked("s", "/", "r")
    assert read(method="leave_room", sid="s", room=[1, 2]) == LeaveAsked("s", "/", (1, 2))
    assert read(method="close_room", room=3, namespace="/x") == CloseAsked("/x", 3)


def test_other_mappings_and_methods_are_taken() -> None:
    message = MappingProxyType({"host_id": "h", **EMIT})
    assert MESSAGES.read(message) is not None
    assert MESSAGES.read({"host_id": "h", "method": "new"}) is None


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"method": "emit"},
        {"host_id": "h"},
        {"host_id": 1, **EMIT},
        {"host_id": "h", "method": []},
        {"host_id": "h", **EMIT, "event": None},
        {"host_id": "h", **EMIT, "namespace": 1},
        {"host_id": "h", **EMIT, "sequence": "1"},
        {"host_id": "h", **EMIT, "sequence": 0},
        {"host_id": "h", **EMIT, "room": {}},
        {"host_id": "h", **EMIT, "skip_sid": [{}]},
        {"host_id": "h", **EMIT, "callback": 1},
        {"host_id": "h", **EMIT, "callback": [1]},
        {"host_id": "h", **EMIT, "callback": ["r", "/", "x"]},
        {"host_id": "h", **EMIT, "binary": True},
        {"host_id": "h", **EMIT, "binary": True, "data": []},
        {"host_id": "h", **EMIT, "binary": True, "data": [[], 1]},
        {"host_id": "h", **EMIT, "binary": True, "data": [[], "ä"]},
        {"host_id": "h", **EMIT, "binary": True, "data": [[{"_placeholder": True, "num": 0}]]},
        {"host_id": "h", "method": "disconnect"},
        {"host_id": "h", "method": "enter_room", "sid": "s"},
        {"host_id": "h", "method": "close_room", "room": None},
        {"host_id": "h", "method": "callback", "id": "1", "args": []},
        {"host_id": "h", "method": "callback", "id": True, "args": []},
        {"host_id": "h", "method": "callback", "id": 1, "args": [], "sender": 1},
        {"host_id": "h", "method": "node", "sequence": 1},
        {"host_id": "h", "method": "node", "sequence": 1, "head": []},
        {"host_id": "h", "method": "node", "sequence": 1, "head": ["e"]},
        {"host_id": "h", "method": "node", "sequence": 1, "head": [[]]},
        {"host_id": "h", "method": "node", "head": ["p"]},
    ],
)
def test_what_is_no_message_is_refused(message: dict[str, Any]) -> None:
    with pytest.raises(DecodeError):
        MESSAGES.read(message)


@pytest.mark.parametrize(
    "text", [b"", b"1", b"[]", b"{", b"\xff", b'{"a":' + b"[" * 300 + b"]" * 300 + b"}"]
)
def test_what_is_no_json_object_is_refused(text: bytes) -> None:
    with pytest.raises(DecodeError):
        MESSAGES.parse(text)

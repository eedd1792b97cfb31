"""Whatever comes from the broker, a node counts it and goes on."""

import pickle
from collections.abc import Callable
from random import Random
from time import thread_time
from typing import Any

import pytest

from sio_core.cluster import MessageRefused, Node, NodeConfig, Refusal
from sio_core.cluster.routed_messages import write
from sio_core.socketio import Emit, Packet
from sio_core.testing import check_growth

from .nodes import make, sid, tag

EVENT = ("e", "h", 1, "/", None, [], 0, None, "json")
FRAME = ('42["a"]',)


def deep(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


REFUSED: list[tuple[Refusal, Any]] = [
    (Refusal.TOO_LARGE, b"x" * 2_001),
    (Refusal.TOO_LARGE, "x" * 2_001),
    (Refusal.PICKLE, pickle.dumps({"method": "emit"})),
    (Refusal.NOT_JSON, b""),
    (Refusal.NOT_JSON, b"\xff"),
    (Refusal.NOT_JSON, "[1]"),
    (Refusal.NOT_JSON, "\ud800"),
    (Refusal.NOT_JSON, memoryview(b"{")),
    (Refusal.NOT_JSON, b"[" * 1_900),
    (Refusal.NOT_A_MESSAGE, b"{}"),
    (Refusal.NOT_A_MESSAGE, {}),
    (Refusal.NOT_A_MESSAGE, {1: 2}),
    (Refusal.NOT_A_MESSAGE, {"host_id": "h", "method": "node", "sequence": 1, "head": ["p"]}),
    (Refusal.NOT_A_MESSAGE, {"host_id": "h", "method": "emit", "event": "e", "data": deep(300)}),
    (Refusal.NOT_A_MESSAGE, b"S1["),
    (Refusal.NOT_A_MESSAGE, b"S1[]\n"),
    (Refusal.NOT_A_MESSAGE, "S1[\n"),
    (Refusal.NOT_A_MESSAGE, write(EVENT)),
    (Refusal.NOT_A_MESSAGE, write((*EVENT, 1), FRAME)),
    (Refusal.NOT_A_MESSAGE, write((*EVENT[:3], 1, *EVENT[4:]), FRAME)),
    (Refusal.NOT_A_MESSAGE, write((*EVENT[:4], "a", *EVENT[5:]), FRAME)),
    (Refusal.NOT_A_MESSAGE, write((*EVENT[:4], [{}], *EVENT[5:]), FRAME)),
    (Refusal.NOT_A_MESSAGE, write((*EVENT[:5], None, *EVENT[6:]), FRAME)),
    (Refusal.NOT_A_MESSAGE, write((*EVENT[:6], "0", *EVENT[7:]), FRAME)),
    (Refusal.NOT_A_MESSAGE, write((*EVENT[:6], True, *EVENT[7:]), FRAME)),
    (Refusal.NOT_A_MESSAGE, write((*EVENT[:7], 1, "json"), FRAME)),
    (Refusal.NOT_A_MESSAGE, write((*EVENT[:7], ["bad", 1], "json"), FRAME)),
    (Refusal.NOT_A_MESSAGE, write((*EVENT[:7], [tag(1), "1"], "json"), FRAME)),
    (Refusal.NOT_A_MESSAGE, write((*EVENT[:8], None), FRAME)),
    (Refusal.NOT_A_MESSAGE, write(EVENT, ("41",))),
    (Refusal.NOT_A_MESSAGE, write(EVENT, ("1",))),
    (Refusal.NOT_A_MESSAGE, write(EVENT, (b"42",))),
    (Refusal.NOT_A_MESSAGE, write((*EVENT[:8], "msgpack"), (b"\x80",))),
    (Refusal.NOT_A_MESSAGE, write((*EVENT[:7], [tag(1), 1], "json"), ('43["a"]',))),
    (Refusal.NOT_A_MESSAGE, write((*EVENT[:7], [tag(1), 1], "json"), ("42",))),
    (Refusal.NOT_A_MESSAGE, write((*EVENT[:7], [tag(1), 1], "json"), ("42[1]",))),
    (Refusal.OTHER_SERIALIZER, write((*EVENT[:8], "pickle"), FRAME)),
    (Refusal.NOT_A_MESSAGE, write(("a", "h", 1, tag(0), 1))),
    (Refusal.NOT_A_MESSAGE, write(("a", "h", 1, tag(0), "1", "json"), ("430[]",))),
    (Refusal.NOT_A_MESSAGE, write(("a", "h", 1, tag(0), 1, 2), ("430[]",))),
    (Refusal.NOT_A_MESSAGE, write(("a", "h", 1, tag(0), 1, "json"), FRAME)),
    (Refusal.OTHER_SERIALIZER, write(("a", "h", 1, tag(0), 1, "pickle"), ("430[]",))),
    (Refusal.NOT_A_MESSAGE, write(("p", "h", 1, tag(1)))),
    (Refusal.NOT_A_MESSAGE, write(("p", "h", 1, "bad", 1))),
    (Refusal.NOT_A_MESSAGE, write(("p", "h", 1, tag(1), 7))),
    (Refusal.NOT_A_MESSAGE, write(("p", "h", 1, tag(1), [1]))),
    (Refusal.NOT_A_MESSAGE, write(("t", "h", 1, tag(1), "topic"))),
    (Refusal.NOT_A_MESSAGE, write(("t", "h", 1, "short", "topic", 1))),
    (Refusal.NOT_A_MESSAGE, write(("t", "h", 1, tag(1), 7, 1))),
    (Refusal.NOT_A_MESSAGE, write(("q", "h", 1, tag(1), 1))),
    (Refusal.NOT_A_MESSAGE, write(("q", "h", 1, tag(1), "1", "/", "s"))),
    (Refusal.NOT_A_MESSAGE, write(("q", "h", 1, tag(1), 1, "/", 7))),
    (Refusal.NOT_A_MESSAGE, write(("r", "h", 1, tag(1)))),
    (Refusal.NOT_A_MESSAGE, write(("r", "h", 1, tag(1), "1", True, tag(0)))),
    (Refusal.NOT_A_MESSAGE, write(("g", "h", 1, tag(0)))),
    (Refusal.NOT_A_MESSAGE, write(("g", "h", 1, tag(0), "1"))),
]


def listening() -> Node:
    node = make(config=NodeConfig(max_receive_size=2_000))
    node.room_created("/", "chat", 0.0)
    return node


@pytest.mark.parametrize(("reason", "payload"), REFUSED)
def test_garbage_is_refused_and_counted(reason: Refusal, payload: Any) -> None:
    node = listening()
    [refused] = node.receive("socketio", payload, 0.0)
    assert isinstance(refused, MessageRefused)
    assert (refused.reason, refused.count) == (reason, 1)
    assert refused.detail
    assert node.health().counters.refused == {reason: 1}
    assert node.routing


@pytest.mark.parametrize(
    "payload",
    [
        write(("x", "h", 1, 1)),
        write((1, "h", 1, 1)),
        write(("b", "h", 1, 1)),  # the probe of another
        b'{"method":"new","host_id":"h"}',
        write(("r", "h", 1, tag(1), 99, True, tag(0))),
        write(("a", "h", 1, tag(0), 99, "json"), ("430[]",)),
        write(("g", "h", 1, tag(0), 99)),
        # What is for another node, on a channel of all.
        write(("r", "h", 1, tag(1), 99, True, tag(2))),
        write(("a", "h", 1, tag(2), 99, "json"), ("430[]",)),
        write(("g", "h", 1, tag(2), 99)),
        write(("b", "host0", 1, [])),  # no probe that was sent
        b'{"method":"callback","host_id":"host0","id":99,"args":[],"probe":true}',
        b'{"method":"callback","host_id":"host0","id":99,"args":[],"sequence":1}',
    ],
)
def test_what_means_nothing_is_passed_over(payload: bytes) -> None:
    node = listening()
    assert node.receive("socketio", payload, 0.0) == []
    assert node.health().counters.refused == {}
    assert node.health().counters.received == 1


def test_another_process_with_the_same_id_is_noticed() -> None:
    for payload in (
        write(("e", "host0", 1, "/", None, [], 0, None, "json"), FRAME),
        write(("p", "host0", 1, tag(0), 1)),
        b'{"method":"disconnect","host_id":"host0","sid":"s","sequence":1}',
    ):
        node = listening()
        [refused] = node.receive("socketio", payload, 0.0)
        assert isinstance(refused, MessageRefused)
        assert refused.reason is Refusal.OWN_ID
        node.close_room("chat", "/", 0.0)
        assert node.receive("socketio", payload, 0.0) == []  # which may be its own


def test_a_message_without_a_number_may_be_ones_own() -> None:
    message = {"method": "disconnect", "host_id": "host0", "sid": "s"}
    assert listening().receive("socketio", message, 0.0) == []


def test_a_good_message_may_be_text_or_any_buffer() -> None:
    payload = write(EVENT, FRAME)
    for form in (payload, payload.decode(), bytearray(payload), memoryview(payload)):
        assert len(listening().receive("socketio", form, 0.0)) == 1


def test_a_refusal_is_told_once_a_minute() -> None:
    node = listening()
    told = [node.receive("socketio", b"{", float(second)) for second in range(150)]
    events = [events[0] for events in told if events]
    assert [event.count for event in events if isinstance(event, MessageRefused)] == [1, 60, 60]
    assert node.health().counters.refused == {Refusal.NOT_JSON: 150}
    assert len(node.receive("socketio", b"\x80", 149.0)) == 1  # another reason


def test_no_message_that_was_damaged_raises() -> None:
    chance = Random(12)
    good = [payload for _, payload in REFUSED if isinstance(payload, bytes)]
    sender = make(1, NodeConfig(routing=True))
    sender.emit(Emit("a", (b"\x00", "ä"), to=("chat", ("x", 1))), 0.0)
    sender.emit_with_ack(Emit("a", ({"a": []},)), "token", 0.0)
    sender.disconnect(sid(0), "/", 0.0)
    good += [each.payload for each in sender.take_publications()]
    for _ in range(5_000):
        damaged = bytearray(chance.choice(good))
        for _ in range(1 + chance.randrange(3)):
            at = chance.randrange(len(damaged) + 1)
            damaged[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
        listening().receive("socketio", bytes(damaged), 0.0)


LARGEST = 900_000
"""Bytes: with fewer containers than are looked at in two ways, which has a test of its own."""

SIZES: dict[str, Callable[[int], bytes]] = {
    "text": lambda size: b"x" * size,
    "arrays in each other": lambda size: b"[" * size,
    "objects in each other": lambda size: b'{"":' * (size // 4),
    "digits": lambda size: b"1" * size,
    "a head without an end": lambda size: b"S1" + b"[" * size,
    "a head of digits": lambda size: b"S1[" + b"1" * size + b"]\n",
    "a head of rooms": lambda size: write(
        ("e", "h", 1, "/", [["a"]] * (size // 6), [], 0, None, "json"), FRAME
    ),
    "skipped rooms": lambda size: write(
        ("e", "h", 1, "/", None, ["a"] * (size // 4), 0, None, "json"), FRAME
    ),
    "many frames": lambda size: write(EVENT, ('42["a"]', *[b""] * (size // 3))),
    "one frame": lambda size: write(EVENT, ('42["' + "ä" * (size // 2) + '"]',)),
    "frames that announce too much": lambda size: (
        b'S1["e","h",1,"/",null,[],0,null,"json","%s",[%s0]]\n'
        % (b"b" * (size // 4), b"9," * (size // 4 - 1))
    ),
    "an event to decode": lambda size: write(
        (*EVENT[:7], [tag(1), 1], "json"), ('42["a",' + "[]," * (size // 3) + "1]",)
    ),
    "data": lambda size: (
        b'{"method":"emit","host_id":"h","event":"a","data":[' + b"[]," * (size // 3) + b"1]}"
    ),
    "attachments": lambda size: (
        b'{"method":"emit","host_id":"h","event":"a","binary":true,"data":[["x"]'
        + b',"AAAA"' * (size // 7)
        + b"]}"
    ),
    "base64": lambda size: (
        b'{"method":"emit","host_id":"h","event":"a","binary":true,"data":[[],"'
        + b"A" * (size // 4 * 4)
        + b'"]}'
    ),
    "rooms": lambda size: (
        b'{"method":"emit","host_id":"h","event":"a","data":[],"room":['
        + b'"a",' * (size // 4)
        + b'"a"]}'
    ),
}


@pytest.mark.by_size
@pytest.mark.parametrize("make_payload", SIZES.values(), ids=SIZES)
def test_time_by_size(make_payload: Any) -> None:
    def receive(payload: bytes) -> None:
        node = make()
        node.room_created("/", "chat", 0.0)
        node.receive("socketio", payload, 0.0)

    check_growth(receive, make_payload, LARGEST, clock=thread_time)


def test_an_event_of_a_serializer_of_ones_own_passes_through() -> None:
    class Own:
        pending = False

        def encode(self, packet: Packet) -> tuple[str, ...]:
            return (f"own {packet.data[0]}",)

        def decoder(self) -> Any:
            return self

        def add(self, frame: str) -> Packet:
            return Packet(2, "/", [frame[4:]])

    sender, node = make(1, parser=Own()), make(parser=Own())
    node.room_created("/", "chat", 0.0)
    sender.emit(Emit("hey", ()), 0.0)
    sender.emit_with_ack(Emit("hey", ()), "token", 0.0)
    plain, asked = [
        event
        for each in sender.take_publications()
        for event in node.receive(each.channel, each.payload, 0.0)
    ]
    assert plain.message.frames == ("4own hey",)  # type: ignore[union-attr]
    assert asked.emit.event == "hey"  # type: ignore[union-attr]
    named = make(2, serializer="named")
    named.room_created("/", "chat", 0.0)
    sender.emit(Emit("hey", ()), 0.0)
    [each] = sender.take_publications()
    [refused] = named.receive(each.channel, each.payload, 0.0)
    assert isinstance(refused, MessageRefused)
    assert refused.reason is Refusal.OTHER_SERIALIZER

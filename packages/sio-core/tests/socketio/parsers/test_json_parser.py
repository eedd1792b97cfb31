"""`socketio/parsers/json_parser.py` against a table of what socket.io-parser 4.2.7 does."""

import json
import types
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sio_core.codecs.json import ModuleJSON
from sio_core.limits import Limits
from sio_core.protocol_errors import DecodeError, LocalProtocolError
from sio_core.slices import finish
from sio_core.socketio.parsers.json_parser import JSONParser
from sio_core.socketio.parsers.packets import RESERVED_EVENTS, Packet, PacketType
from sio_core.values import Frame

HOLE = '{"_placeholder":true,"num":%s}'


def decode(*frames: Frame, limits: Limits | None = None) -> list[Packet]:
    decoder = JSONParser(limits=limits).decoder()
    packets = [packet for frame in frames if (packet := decoder.add(frame)) is not None]
    assert not decoder.pending
    return packets


# What the JavaScript parser accepts, and what it makes of it.
ACCEPTED: list[tuple[tuple[Frame, ...], Packet]] = [
    (("0",), Packet(0)),
    (("0{}",), Packet(0, "/", {})),
    (('0{"token":"x"}',), Packet(0, "/", {"token": "x"})),
    (("0/admin",), Packet(0, "/admin")),
    (("0/admin,",), Packet(0, "/admin")),
    (('0/admin,{"a":1}',), Packet(0, "/admin", {"a": 1})),
    (("0/admin?token=1,",), Packet(0, "/admin?token=1")),
    (("0/,",), Packet(0, "/")),
    (("012",), Packet(0, "/", None, 12)),
    (("1",), Packet(1)),
    (("1/custom",), Packet(1, "/custom")),
    (("1/custom,",), Packet(1, "/custom")),
    (('2["message"]',), Packet(2, "/", ["message"])),
    (('2["a",1,{"b":[null]}]',), Packet(2, "/", ["a", 1, {"b": [None]}])),
    (("2[1]",), Packet(2, "/", [1])),
    (('20["a"]',), Packet(2, "/", ["a"], 0)),
    (('212["a"]',), Packet(2, "/", ["a"], 12)),
    (('2007["a"]',), Packet(2, "/", ["a"], 7)),
    (("21[1.5]",), Packet(2, "/", [1.5], 1)),
    (('2["a"] ',), Packet(2, "/", ["a"])),
    (("2",), Packet(2, "/", [])),
    (("212",), Packet(2, "/", [], 12)),
    (("2/ns",), Packet(2, "/ns", [])),
    (('2/ns["a"]',), Packet(2, '/ns["a"]', [])),
    (('2/ns,["a"]',), Packet(2, "/ns", ["a"])),
    (('2/ns,7["a"]',), Packet(2, "/ns", ["a"], 7)),
    (('2/a?b=c,["x"]',), Packet(2, "/a?b=c", ["x"])),
    (("3",), Packet(3, "/", [])),
    (("3[]",), Packet(3, "/", [])),
    (("313[1]",), Packet(3, "/", [1], 13)),
    (("4",), Packet(4)),
    (('4"x"',), Packet(4, "/", "x")),
    (("4{}",), Packet(4, "/", {})),
    (("4[1]",), Packet(4, "/", [1])),
    (("4/ns,1.5",), Packet(4, "/ns", 1.5)),
    (("4/ns,7",), Packet(4, "/ns", 7)),
    (("417",), Packet(4, "/", 17)),
    (("4null",), Packet(4)),
    (("4true",), Packet(4, "/", True)),
    (('4/ns,{"message":"no"}',), Packet(4, "/ns", {"message": "no"})),
    ((f'51-["a",{HOLE % 0}]', b"x"), Packet(2, "/", ["a", b"x"])),
    ((f'52-/n,7["a",{HOLE % 1},{HOLE % 0}]', b"x", b"y"), Packet(2, "/n", ["a", b"y", b"x"], 7)),
    ((f'61-7[{{"k":[{HOLE % 0}]}}]', b""), Packet(3, "/", [{"k": [b""]}], 7)),
    (('51-["a"]', b"x"), Packet(2, "/", ["a"])),
    (('5001-["a"]', b"x"), Packet(2, "/", ["a"])),
    (("51-", b"x"), Packet(2, "/", [])),
    (
        ('51-["a",{"_placeholder":1,"num":0}]', b"x"),
        Packet(2, "/", ["a", {"_placeholder": 1, "num": 0}]),
    ),
    (('2["a",{"_placeholder":true,"num":0}]',), Packet(2, "/", ["a", json.loads(HOLE % 0)])),
]

# What it refuses.
REFUSED: list[tuple[Frame, ...]] = [
    *((frame,) for frame in ("7", "9", "abc", "-1", "²", "٢[]")),
    *((frame,) for frame in ("0[]", "0null", '0"x"', "1{}", "1null", "01{}{}")),
    *((frame,) for frame in ("2[]", "2{}", "2[null]", "2null", "2[true]", "2[[]]", '2"a"', "20[]")),
    *((f'2["{name}"]',) for name in sorted(RESERVED_EVENTS)),
    *((f'21["{name}"]',) for name in sorted(RESERVED_EVENTS)),
    *((frame,) for frame in ("2[", '2["a"', '2["a"]]', '2-1["a"]', '21x["a"]', "2,", '2,["a"]')),
    *((frame,) for frame in ("3{}", "3null", '4"')),
    *((frame,) for frame in ('5["a"]', '51["a"]', '5-["a"]', '50-["a"]', '5x-["a"]', "5", "6")),
    *((frame,) for frame in ('5-1-["a"]', '51.0-["a"]', '5²-["a"]', '511-["a"]', '60-["a"]')),
    ('51-["connect"]',),
    ('51-{"a":1}',),
    (f"51-[{HOLE % 0}]",),
    (b"x",),
    ('2["a"]', b"x"),
    ('52-["a"]', b"x", '2["b"]'),
    *((f'51-["a",{HOLE % num}]', b"x") for num in ("1", "-1", '"0"', "null", "true", "0.5")),
    ('51-["a",{"_placeholder":true}]', b"x"),
    ('51-["a"]', b"x", b"y"),
]

# Refused here alone; the module's docstring says why.
STRICTER: list[tuple[Frame, ...]] = [
    ("",),
    (" ",),
    ('2 1["a"]',),
    ('21 ["a"]x',),
    ('2٢["a"]',),
    ('2²["a"]',),
    ('299999999999999999999["x"]',),
    ('2/n,99999999999999999999["x"]',),
    ('21234567890123456["x"]',),
    (f'51-["a",{HOLE % "1e0"}]', b"x"),
    ("0/" + "a" * 512,),
]


@pytest.mark.parametrize(("frames", "packet"), ACCEPTED, ids=str)
def test_accepted(frames: tuple[Frame, ...], packet: Packet) -> None:
    assert decode(*frames) == [packet]


@pytest.mark.parametrize("frames", [*REFUSED, *STRICTER], ids=str)
def test_refused(frames: tuple[Frame, ...]) -> None:
    with pytest.raises(DecodeError):
        decode(*frames)


@pytest.mark.parametrize("codec", [None, ModuleJSON(json)], ids=["default", "module"])
def test_the_same_in_slices(codec: ModuleJSON | None) -> None:
    for frames in [*(frames for frames, _ in ACCEPTED), *REFUSED, *STRICTER]:
        outcomes = []
        for in_slices in (False, True):
            decoder = JSONParser(codec).decoder()
            outcome: list[Packet | str | None] = []
            try:
                for frame in frames:
                    outcome.append(
                        finish(decoder.add_in_slices(frame)) if in_slices else decoder.add(frame)
                    )
            except DecodeError as error:
                outcome.append(str(error))
            outcomes.append((outcome, decoder.pending))
        assert outcomes[0] == outcomes[1], frames


@pytest.mark.parametrize("frames", [*REFUSED, *STRICTER], ids=str)
def test_a_refusal_leaves_nothing_behind(frames: tuple[Frame, ...]) -> None:
    decoder = JSONParser().decoder()
    *before, last = frames
    for frame in before:
        decoder.add(frame)
    with pytest.raises(DecodeError) as caught:
        decoder.add(last)
    assert not decoder.pending
    assert len(str(caught.value)) < 60


def test_ids_and_namespaces_up_to_the_limit() -> None:
    assert decode('2123456789012345["x"]')[0].id == 123456789012345
    assert decode("0/" + "a" * 511)[0].namespace == "/" + "a" * 511


def test_pending_tells_that_attachments_are_missing() -> None:
    decoder = JSONParser().decoder()
    assert decoder.add(f'52-["a",{HOLE % 0},{HOLE % 1}]') is None
    assert decoder.pending
    assert decoder.add(b"x") is None
    assert decoder.pending
    assert decoder.add(b"y") == Packet(2, "/", ["a", b"x", b"y"])
    assert not decoder.pending


def test_bytes_of_attachments_are_bounded_together() -> None:
    limits = Limits(attachment_bytes=4)
    assert decode('52-["a"]', b"123", b"4", limits=limits) == [Packet(2, "/", ["a"])]
    with pytest.raises(DecodeError, match="too large"):
        decode('52-["a"]', b"123", b"45", limits=limits)


def test_attachments_are_bounded_in_number() -> None:
    assert len(decode('510-["a"]', *[b""] * 10)) == 1
    with pytest.raises(DecodeError, match="too many"):
        decode('511-["a"]')
    with pytest.raises(DecodeError, match="illegal"):
        decode("5" + "1" * 5000 + "-[]")


def test_limits_of_the_json_apply() -> None:
    for head in ("2", "21", "2/n,"):
        with pytest.raises(DecodeError, match="too deep"):
            decode(head + '["a",[[]]]', limits=Limits(json_depth=2))
        with pytest.raises(DecodeError, match="too long"):
            decode(head + '["a",123]', limits=Limits(json_int_digits=2))


@given(st.text(max_size=30) | st.text('0123456/,-[]{}"a: ', max_size=12))
def test_any_text_is_a_packet_or_an_error(text: str) -> None:
    decoder = JSONParser().decoder()
    try:
        decoder.add(text)
    except DecodeError:
        assert not decoder.pending


ENCODED: list[Any] = [
    (Packet(0), ("0",)),
    (Packet(0, "/", {"sid": "x"}), ('0{"sid":"x"}',)),
    (Packet(0, "/admin"), ("0/admin,",)),
    (Packet(0, "/admin", {"sid": "x"}), ('0/admin,{"sid":"x"}',)),
    (Packet(1), ("1",)),
    (Packet(1, "/a"), ("1/a,",)),
    (Packet(2, "/", ["a", "é", None]), ('2["a","é",null]',)),
    (Packet(2, "/", ("a", (1,))), ('2["a",[1]]',)),
    (Packet(2, "/", ["a"], 0), ('20["a"]',)),
    (Packet(2, "/a", ["a"], 12), ('2/a,12["a"]',)),
    (Packet(PacketType.EVENT, "/a", ["a"]), ('2/a,["a"]',)),
    (Packet(3, "/", [], 0), ("30[]",)),
    (Packet(3, "/", [1], 7), ("37[1]",)),
    (Packet(4, "/a", {"message": "no"}), ('4/a,{"message":"no"}',)),
    (Packet(4, "/", "no"), ('4"no"',)),
    (Packet(2, "/", ["a", b"x"]), (f'51-["a",{HOLE % 0}]', b"x")),
    pytest.param(
        Packet(2, "/n", ["a", bytearray(b"x"), {"k": memoryview(b"y")}], 3),
        (f'52-/n,3["a",{HOLE % 0},{{"k":{HOLE % 1}}}]', b"x", b"y"),
        id="all kinds of bytes",
    ),
    (Packet(3, "/", [b""], 3), (f"61-3[{HOLE % 0}]", b"")),
]


@pytest.mark.parametrize(("packet", "frames"), ENCODED, ids=str)
@pytest.mark.parametrize("json_module", [None, json], ids=["stdlib", "module"])
def test_encoded(packet: Packet, frames: tuple[Frame, ...], json_module: Any) -> None:
    codec = None if json_module is None else ModuleJSON(json_module)
    if codec is not None and any("é" in frame for frame in frames if isinstance(frame, str)):
        frames = ('2["a","\\u00e9",null]',)
    assert JSONParser(codec).encode(packet) == frames


@given(
    st.sampled_from(["/", "/a", "/chat room"]),
    st.none() | st.integers(0, 10**15 - 1),
    st.lists(st.integers() | st.text() | st.binary(), max_size=8),
    st.booleans(),
)
def test_there_and_back(namespace: str, ack_id: int | None, args: list[Any], answers: bool) -> None:
    data = args if answers else ["name", *args]
    packet = Packet(3 if answers else 2, namespace, data, ack_id)
    assert decode(*JSONParser().encode(packet)) == [packet]


def test_too_many_attachments_are_refused_with_advice() -> None:
    packet = Packet(2, "/", ["a", *[b""] * 11])
    with pytest.raises(LocalProtocolError, match="pack them into one bytes value"):
        JSONParser().encode(packet)
    for allowed in (11, None):
        assert len(JSONParser(max_attachments_out=allowed).encode(packet)) == 12


@pytest.mark.parametrize(
    "packet",
    [
        Packet(0, "/", {"a": b""}),
        Packet(4, "/", {"a": b""}),
        pytest.param(Packet(2, "/", ["a", object()]), id="object"),
        pytest.param(Packet(2, "/", ["a", b"", object()]), id="object beside bytes"),
        pytest.param(Packet(2, "/a", ["a", object()]), id="object in a namespace"),
        Packet(2, "/", ["a", {b"k": 1}]),
        Packet(2, "a", ["a"]),
        Packet(2, "/a,b", ["a"]),
        Packet(5, "/", ["a"]),
        Packet(7),
    ],
    ids=str,
)
def test_what_cannot_be_encoded(packet: Packet) -> None:
    with pytest.raises(LocalProtocolError):
        JSONParser().encode(packet)


def test_a_structure_that_holds_itself_is_refused() -> None:
    cycle: list[Any] = ["a"]
    cycle.append(cycle)
    with pytest.raises(LocalProtocolError, match="holds itself"):
        JSONParser().encode(Packet(2, "/", cycle))


def test_bytes_are_attachments_even_where_the_module_would_make_text_of_them() -> None:
    codec = ModuleJSON(
        types.SimpleNamespace(
            dumps=lambda obj, separators: json.dumps(obj, separators=separators, default=str),
            loads=json.loads,
        )
    )
    for namespace, head in (("/", ""), ("/n", "/n,")):
        frames = JSONParser(codec).encode(Packet(2, namespace, ["a", b"x"]))
        assert frames == (f'51-{head}["a",{HOLE % 0}]', b"x")


def test_what_a_module_decodes_is_checked() -> None:
    codec = ModuleJSON(types.SimpleNamespace(dumps=json.dumps, loads=lambda text: ("a",)))
    decoder = JSONParser(codec).decoder()
    for frame in ('2["a"]', '21["a"]', '2/n,["a"]'):
        with pytest.raises(DecodeError, match="invalid payload"):
            decoder.add(frame)


def test_a_packet_that_waits_can_be_looked_at() -> None:
    decoder = JSONParser().decoder()
    assert decoder.waiting is None
    assert decoder.add('51-["a",{"_placeholder":true,"num":0}]') is None
    assert decoder.waiting == (Packet(2, "/", ["a", {"_placeholder": True, "num": 0}], None), 1)
    decoder.add(b"x")
    assert decoder.waiting is None

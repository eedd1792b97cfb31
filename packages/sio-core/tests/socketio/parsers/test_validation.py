"""`socketio/parsers/validation.py`: the shapes that every parser shares."""

from typing import Any

import pytest

from sio_core.limits import Limits
from sio_core.protocol_errors import DecodeError, LocalProtocolError
from sio_core.socketio.parsers.packets import RESERVED_EVENTS, Packet
from sio_core.socketio.parsers.validation import (
    check_head,
    packet_from_map,
    packet_to_map,
    validate,
)

NO_DICT: list[Any] = [[], "x", 1, True]
GOOD: list[tuple[int, Any]] = [
    (0, None),
    (0, {}),
    (0, {"token": 1}),
    (1, None),
    (2, ["a"]),
    (2, ["a", None, [1]]),
    (2, [1]),
    (2, [1.5]),
    (3, []),
    (3, [None]),
    *((4, data) for data in (None, {"message": "no"}, *NO_DICT)),
]
NO_EVENT: list[Any] = [[], {}, "a", [None], [True], [[]], [{}], 1]
BAD: list[tuple[int, Any]] = [
    *((0, data) for data in NO_DICT),
    *((1, data) for data in ({}, *NO_DICT)),
    *((2, data) for data in NO_EVENT),
    *((2, [name, 1]) for name in sorted(RESERVED_EVENTS)),
    *((3, data) for data in ({}, *NO_DICT[1:])),
    (5, ["a"]),
    (6, []),
    (7, None),
    (-1, None),
]


@pytest.mark.parametrize(("kind", "data"), GOOD)
def test_good_data(kind: int, data: Any) -> None:
    packet = Packet(kind, "/", data)
    assert validate(packet) is packet
    assert packet.data == data


@pytest.mark.parametrize(("kind", "data"), BAD)
def test_bad_data(kind: int, data: Any) -> None:
    with pytest.raises(DecodeError):
        validate(Packet(kind, "/", data))


@pytest.mark.parametrize("kind", [2, 3])
def test_events_and_acknowledgements_always_have_a_list(kind: int) -> None:
    assert validate(Packet(kind)).data == []


def test_a_map_becomes_a_packet() -> None:
    value = {"type": 2, "nsp": "/a", "data": ["e"], "id": 0, "options": {"compress": True}}
    assert packet_from_map(value, Limits()) == Packet(2, "/a", ["e"], 0)
    assert packet_from_map({"type": 1, "nsp": "/"}, Limits()) == Packet(1)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"nsp": "/"},
        {"type": "2", "nsp": "/", "data": ["e"]},
        {"type": True, "nsp": "/"},
        {"type": 2.0, "nsp": "/", "data": ["e"]},
        {"type": 5, "nsp": "/", "data": ["e"]},
        {"type": -1, "nsp": "/"},
        {"type": 0},
        {"type": 0, "nsp": None},
        {"type": 0, "nsp": ""},
        {"type": 0, "nsp": "a"},
        {"type": 0, "nsp": "/" + "a" * 512},
        {"type": 2, "nsp": "/", "data": ["e"], "id": "1"},
        {"type": 2, "nsp": "/", "data": ["e"], "id": 1.0},
        {"type": 2, "nsp": "/", "data": ["e"], "id": True},
        {"type": 2, "nsp": "/", "data": ["e"], "id": -1},
        {"type": 2, "nsp": "/", "data": ["e"], "id": 10**15},
        {"type": 2, "nsp": "/", "data": ["connect"]},
    ],
    ids=str,
)
def test_a_map_that_is_no_packet(value: Any) -> None:
    with pytest.raises(DecodeError):
        packet_from_map(value, Limits())


def test_limits_of_a_map_are_exact() -> None:
    value = {"type": 3, "nsp": "/" + "a" * 511, "data": [], "id": 10**15 - 1}
    assert packet_from_map(value, Limits()).id == 10**15 - 1


def test_a_packet_becomes_a_map_without_what_it_has_not() -> None:
    assert packet_to_map(Packet(1, "/a")) == {"type": 1, "nsp": "/a"}
    assert packet_to_map(Packet(3, "/", [], 0)) == {"type": 3, "nsp": "/", "data": [], "id": 0}


@pytest.mark.parametrize("packet", [Packet(5), Packet(-1), Packet(2, ""), Packet(2, "/a,b")])
def test_impossible_outgoing_packets(packet: Packet) -> None:
    with pytest.raises(LocalProtocolError):
        check_head(packet)

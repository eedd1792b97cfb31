"""Packets and payloads as objects, as programs written for python-engineio make and read them."""

from collections.abc import Iterator
from typing import Any

import pytest

from sio_core.engineio import Closed, Message, packet_object
from sio_core.engineio.packet_object import MESSAGE, NOOP, PING, Packet
from sio_core.engineio.payload_limit import PAYLOAD_LIMIT
from sio_core.engineio.payload_object import DEFAULT, Payload

from .support import World, refusal


@pytest.fixture(autouse=True)
def limit() -> Iterator[None]:
    yield
    PAYLOAD_LIMIT.packets = None


@pytest.mark.parametrize(
    ("data", "frame"),
    [
        ("hi", "4hi"),
        ({"a": 1}, '4{"a":1}'),
        ([1, "b"], '4[1,"b"]'),
        (3, "43"),
        (None, "4"),
        ("", "4"),
        (b"ab", b"ab"),
        (bytearray(b"ab"), b"ab"),
    ],
)
def test_what_a_message_is_encoded_as(data: Any, frame: Any) -> None:
    packet = Packet(MESSAGE, data)
    assert packet.encode() == frame
    assert packet.encode(b64=True) == ("bYWI=" if packet.binary else frame)


@pytest.mark.parametrize(
    ("frame", "data"),
    [
        ("4hi", "hi"),
        ('4{"a":1}', {"a": 1}),
        ("4[1]", [1]),
        ('4"q"', "q"),
        ("4true", True),
        ("4null", None),
        ("45", "5"),
        ("4 5", " 5"),
        ("4", ""),
        ("4[1", "[1"),
        ("4" + "[" * 100_000, "[" * 100_000),
        ("bYWI=", b"ab"),
        (b"\x01", b"\x01"),
        (bytearray(b"\x01"), b"\x01"),
    ],
)
def test_what_a_message_is_decoded_as(frame: Any, data: Any) -> None:
    packet = Packet(encoded_packet=frame)
    assert packet.packet_type == MESSAGE
    assert packet.data == data
    assert packet.binary is isinstance(data, bytes)


def test_packets_without_a_message() -> None:
    assert Packet().encode() == "6"
    assert Packet(PING, "probe").encode() == "2probe"
    packet = Packet(encoded_packet="2[1]")
    assert (packet.packet_type, packet.data) == (PING, "[1]")
    assert packet_object.packet_names[NOOP] == "NOOP"


@pytest.mark.parametrize("frame", ["", "9x", "x", "b!", "bé"])
def test_what_is_no_packet(frame: str) -> None:
    with pytest.raises(ValueError, match="packet"):
        Packet(encoded_packet=frame)


def test_bytes_are_for_messages() -> None:
    with pytest.raises(ValueError, match="only a message"):
        Packet(PING, b"x")


def test_json_of_the_application() -> None:
    class Codec:
        @staticmethod
        def dumps(value: Any) -> str:
            return "[0]"

        @staticmethod
        def loads(text: str) -> Any:
            return "mine"

    class Own(Packet):
        json = Codec

    assert Own(MESSAGE, {}).encode() == "4[0]"
    assert Own(encoded_packet="4[1]").data == "mine"


def test_payloads() -> None:
    payload = Payload([Packet(MESSAGE, "a"), Packet(MESSAGE, b"b")])
    body = payload.encode()
    assert body == "4a\x1ebYg=="
    assert [packet.data for packet in Payload(encoded_payload=body).packets] == ["a", b"b"]
    assert payload.encode(jsonp_index=3) == '___eio[3]("4a\\u001ebYg==");'
    assert [packet.data for packet in Payload(encoded_payload="d=4a").packets] == ["a"]
    assert Payload(encoded_payload="").packets == []
    with pytest.raises(ValueError, match="JSONP"):
        Payload(encoded_payload="d=")


def test_the_limit_of_the_process() -> None:
    assert Payload.max_decode_packets == DEFAULT
    Payload.max_decode_packets = 2
    assert Payload.max_decode_packets == 2
    with pytest.raises(ValueError, match="too many packets"):
        Payload(encoded_payload="4a\x1e4a\x1e4a")
    for wrong in (0, True, "3"):
        with pytest.raises(ValueError, match="whole number"):
            Payload.max_decode_packets = wrong  # type: ignore[assignment]


def test_the_limit_of_the_process_is_in_force_in_servers_that_are_there() -> None:
    world = World()
    session = world.poller()
    Payload.max_decode_packets = 2
    exchange = world.post(session, "4a\x1e4b")
    assert [event.data for event in world.events if isinstance(event, Message)] == ["a", "b"]
    exchange = world.post(session, "4a\x1e4b\x1e4c")
    assert refusal(exchange) == (400, 3)
    assert isinstance(world.events[-1], Closed)

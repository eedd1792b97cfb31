import enum
from typing import Any

import pytest

from sio_core import DecodeError, LocalProtocolError
from sio_core.cluster import Channels, safe_name, tag_of
from sio_core.cluster.channels import is_tag, room_of, sendable

SID = "abcd_-12.abcdefghijabcdefgh-_"


@pytest.mark.parametrize(
    ("room", "tag"),
    [
        (SID, "abcd_-12"),
        (SID[:-1], None),
        (SID + "a", None),
        (SID.replace(".", "x"), None),
        ("abcd_é12.abcdefghijabcdefghij", None),
        ("", None),
        (29, None),
        (("a",) * 29, None),
    ],
)
def test_a_sid_begins_with_the_tag_of_its_node(room: Any, tag: str | None) -> None:
    assert tag_of(room) == tag


def test_a_tag_is_eight_characters() -> None:
    assert is_tag("abcd_-12")
    assert not is_tag("abcd_-1")
    assert not is_tag("abcd.-12")
    assert not is_tag(12345678)


class Colour(enum.StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("room", "channel"),
    [
        ("chat", "c#r#/#chat"),
        ("", "c#r#/#"),
        ("a#b", "c#r#/#a#b"),
        (7, "c#r#/#7"),
        (True, "c#r#/#true"),
        (("a", (1, 2.5)), 'c#r#/#["a",[1,2.5]]'),
        (Colour.RED, "c#r#/#red"),
        ("\ud800", "c#r#/#\\ud800"),
        (SID, "c#n#abcd_-12"),
    ],
)
def test_the_channel_of_a_room_is_made_of_its_name(room: Any, channel: str) -> None:
    assert Channels("c").route_of("/", room) == channel
    assert Channels("c").of_rooms("/", [room]) == channel


def nested(levels: int) -> Any:
    room: Any = "a"
    for _ in range(levels):
        room = (room,)
    return room


@pytest.mark.parametrize("room", [b"a", frozenset("a"), object(), float("nan"), nested(33)])
def test_a_room_without_a_name_in_json_cannot_be_sent(room: Any) -> None:
    for channels in (Channels(), Channels(routes=False)):
        with pytest.raises(LocalProtocolError, match="cannot be named to other servers"):
            channels.route_of("/", room)
        with pytest.raises(LocalProtocolError, match=type(room).__name__):
            channels.of_rooms("/", ["a", room])


def test_everyone_and_several_rooms_have_one_channel() -> None:
    channels = Channels("c")
    assert channels.of_rooms("/", None) == "c#all"
    assert channels.of_rooms("/", ["a", "b"]) == "c#all"
    assert channels.of_rooms("/", [None]) == "c#all"
    assert channels.of_node("abcd_-12") == "c#n#abcd_-12"


def test_without_routes_all_is_on_one_channel() -> None:
    channels = Channels("c", routes=False)
    assert channels.all == channels.of_node("abcd_-12") == channels.route_of("/", "a") == "c"


@pytest.mark.parametrize("room", ["a", 1, None, True, 2.5, ("a", (1, ("b",))), nested(32)])
def test_a_room_comes_back_from_json(room: Any) -> None:
    def thaw(value: Any) -> Any:
        return [thaw(item) for item in value] if isinstance(value, tuple) else value

    assert room_of(thaw(room)) == room
    assert sendable(room) == room


@pytest.mark.parametrize("value", [{}, ["a", {}], [[[{}]]]])
def test_an_object_is_no_room(value: Any) -> None:
    with pytest.raises(DecodeError, match="no name"):
        room_of(value)


def test_a_room_is_not_nested_too_deep() -> None:
    value: list[Any] = []
    for _ in range(32):
        value = [value]
    with pytest.raises(DecodeError, match="too deep"):
        room_of(value)


def test_a_safe_name_is_left_as_it_is() -> None:
    assert safe_name("socketio#r#/#chat-1_a") == "socketio#r#/#chat-1_a"


@pytest.mark.parametrize("channel", ["a b", "a.b", "a*", "a>", "ä", "a" * 201, "\ud800"])
def test_any_other_name_ends_with_a_hash(channel: str) -> None:
    name = safe_name(channel)
    assert name != channel
    assert name.isascii()
    assert len(name) <= 200
    assert not set(name) & set(" .*>")
    assert name == safe_name(channel)
    assert name != safe_name(channel + "x")


def test_a_safe_name_may_be_short() -> None:
    assert len(safe_name("a" * 100, 40)) == 40
    assert len(safe_name("a" * 100, 20)) == 33

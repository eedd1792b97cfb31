"""The rules of the chat example: what it refuses, and that nothing in it grows for ever."""

import importlib.util
import sys
from pathlib import Path

import pytest

from tests.support.pictures import png

PATH = Path(__file__).resolve().parent.parent / "examples" / "chat" / "chatroom.py"
TOKEN = "0123456789abcdef"


@pytest.fixture(scope="module")
def chatroom():
    spec = importlib.util.spec_from_file_location("chatroom", PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules["chatroom"] = module  # where dataclasses look up the annotations
    spec.loader.exec_module(module)
    yield module
    del sys.modules["chatroom"]


@pytest.fixture
def chat(chatroom):
    chat = chatroom.Chat(now=lambda: 1.5)
    chat.arrive("1", "Ada", TOKEN)
    chat.enter("1", "den")
    return chat


def say(chat, number, **more):
    return chat.say("1", {"room": "den", "text": "x", "key": f"{number:016x}"}, **more)


@pytest.mark.parametrize("nick", [None, 7, "", "  ", "x" * 21, "a\0b", "a\u202eb", b"Ben"])
def test_bad_nicknames(chatroom, chat, nick):
    with pytest.raises(chatroom.Refused) as refusal:
        chat.arrive("2", nick, TOKEN)
    assert refusal.value.about == "nick"


@pytest.mark.parametrize("nick", ["ada", " ADA ", "\u0041da"])
def test_taken_nicknames(chatroom, chat, nick):
    with pytest.raises(chatroom.Refused, match="already here"):
        chat.arrive("2", nick, "f" * 16)


def test_composed_and_decomposed_names_are_the_same(chatroom):
    assert chatroom.read_nick("Zoe\u0308") == "Zo\u00eb"


def test_same_window_takes_its_name_back(chat):
    assert chat.arrive("2", "Ada", TOKEN).sid == "1"
    assert chat.depart("1").rooms == ["den"]
    assert chat.rooms() == []


@pytest.mark.parametrize("room", [None, {}, "", "#", "a b", "../x", "x" * 25, "-x"])
def test_bad_rooms(chatroom, chat, room):
    with pytest.raises(chatroom.Refused) as refusal:
        chat.enter("1", room)
    assert refusal.value.about == "room"


def test_rooms_are_bounded(chatroom, chat):
    for person in range(chatroom.ROOMS):
        chat.arrive(f"p{person}", f"p{person}", TOKEN)
    for person in range(chatroom.ROOMS - 1):
        chat.enter(f"p{person}", f"room{person}")
    with pytest.raises(chatroom.Refused, match="Too many rooms"):
        chat.enter("1", "one-more")
    chat.depart("p0")
    chat.enter("1", "one-more")


def test_rooms_of_one_person_are_bounded(chatroom, chat):
    for number in range(chatroom.ROOMS_PER_PERSON - 1):
        chat.enter("1", f"room{number}")
    with pytest.raises(chatroom.Refused, match="Leave one first"):
        chat.enter("1", "one-more")


def test_history_and_its_pictures_are_bounded(chatroom, chat):
    for number in range(100):
        say(chat, number)
    for number in range(100, 110):
        say(chat, number, picture=png(1, 1))
    _, room, new = chat.enter("1", "den")
    assert not new
    assert len(room.posts) == chatroom.POSTS_PER_ROOM
    assert sum(post.picture is not None for post in room.posts) == chatroom.PICTURES_PER_ROOM


def test_message_sent_twice_is_found_by_its_key(chat):
    post = say(chat, 1)
    assert post.time == 1500
    assert chat.said("1", {"room": "den", "key": post.key}) is post
    assert chat.said("1", {"room": "den", "key": "f" * 16}) is None


def test_only_people_in_a_room_speak_there(chatroom, chat):
    chat.arrive("2", "Ben", TOKEN)
    with pytest.raises(chatroom.Refused, match="not in this room"):
        chat.say("2", {"room": "den", "text": "x", "key": TOKEN})
    with pytest.raises(chatroom.Refused, match="not signed in"):
        chat.say("3", {"room": "den", "text": "x", "key": TOKEN})


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBP", "image/webp"),
    ],
)
def test_pictures_are_known_by_their_first_bytes(chatroom, start, kind):
    assert chatroom.picture_kind(chatroom.read_picture(bytearray(start))) == kind


@pytest.mark.parametrize("value", [None, "text", b"", b"<svg>", b"RIFF\0\0\0\0WAVE"])
def test_other_files_are_refused(chatroom, value):
    with pytest.raises(chatroom.Refused):
        chatroom.read_picture(value)


def test_picture_may_be_as_large_as_the_limit(chatroom):
    picture = b"GIF89a".ljust(chatroom.PICTURE_BYTES, b"\0")
    assert chatroom.read_picture(picture) == picture
    with pytest.raises(chatroom.Refused, match="at most 512 KiB"):
        chatroom.read_picture(picture + b"\0")


def test_lone_surrogates_do_not_survive(chatroom):
    assert chatroom.read_text("a\ud800b") == "a?b"

"""What the chat remembers: who is here, which rooms are open and what was said last.

State and rules only, no input or output. Whatever a browser sends is an `object` until a function
of this module has looked at it, and everything that grows has a limit. A broken rule raises
`Refused`, whose text is meant for the person at the other end.
"""

from __future__ import annotations

import re
import secrets
import time
import unicodedata
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

NICK_LENGTH = 20
ROOM_LENGTH = 24
TEXT_LENGTH = 2_000
PICTURE_BYTES = 512 * 1024
POSTS_PER_ROOM = 50
PICTURES_PER_ROOM = 4
ROOMS = 64
ROOMS_PER_PERSON = 8

_ROOM = re.compile(r"\w[\w-]*")
_TOKEN = re.compile(r"[0-9a-f]{16,64}")

# How a picture file starts, and its media type. WebP is looked at apart: its name comes late.
_SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}


class Refused(Exception):
    """A request that breaks a rule, with the form field it is about."""

    def __init__(self, error: str, about: str = "text") -> None:
        super().__init__(error)
        self.about = about


@dataclass(slots=True)
class Person:
    """One connected browser window."""

    sid: str
    nick: str
    token: str
    rooms: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Post:
    """One thing said in a room; `time` is in milliseconds since 1970."""

    id: str
    key: str
    room: str
    nick: str
    text: str
    time: int
    picture: bytes | None = None
    kind: str | None = None

    def to_client(self) -> dict[str, Any]:
        """Describe the post for a browser.

        Returns: a dictionary; `picture` is bytes, which travel as a binary attachment.
        """
        post = {name: getattr(self, name) for name in ("id", "key", "room", "nick", "text", "time")}
        if self.picture is not None:
            post |= {"picture": self.picture, "kind": self.kind}
        return post


@dataclass(slots=True)
class Room:
    """One room: the people in it, by session, and the last posts."""

    name: str
    people: dict[str, Person] = field(default_factory=dict)
    posts: deque[Post] = field(default_factory=lambda: deque(maxlen=POSTS_PER_ROOM))

    def nicks(self) -> list[str]:
        """List who is here, in alphabetical order."""
        return sorted((person.nick for person in self.people.values()), key=str.casefold)

    def find(self, nick: str, key: str) -> Post | None:
        """Find a post by its author and the key that the author's browser gave it."""
        return next((post for post in self.posts if (post.nick, post.key) == (nick, key)), None)

    def keep(self, post: Post) -> None:
        """Remember a post, and forget the oldest picture when there are too many."""
        pictures = [old for old in self.posts if old.picture is not None]
        if post.picture is not None and len(pictures) >= PICTURES_PER_ROOM:
            self.posts.remove(pictures[0])
        self.posts.append(post)


class Chat:
    """The whole chat in memory."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._people: dict[str, Person] = {}
        self._rooms: dict[str, Room] = {}

    def arrive(self, sid: str, nick: object, token: object) -> Person | None:
        """Let a person in under a name that nobody else uses.

        The token is a secret of one browser window: with it a window takes its own name back after
        a lost connection that the server has not noticed yet.

        Returns: the person replaced that way, or None; the caller ends that connection.
        Raises: Refused when the name is bad or taken.
        """
        name = read_nick(nick)
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise Refused("This page is out of date. Reload it.", "nick")
        folded = name.casefold()
        holder = next((p for p in self._people.values() if p.nick.casefold() == folded), None)
        if holder is not None and not secrets.compare_digest(holder.token, token):
            raise Refused(f"{holder.nick} is already here. Choose another name.", "nick")
        self._people[sid] = Person(sid, name, token)
        return holder

    def depart(self, sid: str) -> Person | None:
        """Forget a person, and the rooms that become empty.

        Returns: the person with the rooms they were in, or None when already forgotten.
        """
        person = self._people.pop(sid, None)
        for name in person.rooms if person else ():
            self._remove(sid, name)
        return person

    def enter(self, sid: str, name: object) -> tuple[Person, Room, bool]:
        """Put a person into a room, which is opened when nobody is in it yet.

        Returns: the person, the room, and whether they were not in it before.
        Raises: Refused when the name is bad or a limit is reached.
        """
        person, wanted = self.person(sid), read_room(name)
        room = self._rooms.get(wanted)
        if room is not None and sid in room.people:
            return person, room, False
        if len(person.rooms) >= ROOMS_PER_PERSON:
            raise Refused(f"You are in {ROOMS_PER_PERSON} rooms. Leave one first.", "room")
        if room is None:
            if len(self._rooms) >= ROOMS:
                raise Refused("Too many rooms are open. Join one of them.", "room")
            room = self._rooms[wanted] = Room(wanted)
        room.people[sid] = person
        person.rooms.append(wanted)
        return person, room, True

    def leave(self, sid: str, name: object) -> tuple[Person, str]:
        """Take a person out of a room.

        Returns: the person and the name of the room.
        Raises: Refused when they are not in it.
        """
        person, room = self.place(sid, name)
        person.rooms.remove(room.name)
        self._remove(sid, room.name)
        return person, room.name

    def say(self, sid: str, fields: Mapping[str, object], picture: bytes | None = None) -> Post:
        """Add a post to a room.

        Raises: Refused when the person is not in the room, or the text or the picture is bad.
        """
        person, room = self.place(sid, fields.get("room"))
        text = read_text(fields.get("text", ""))
        if not text and picture is None:
            raise Refused("Write something first.")
        kind = None if picture is None else picture_kind(picture)
        now = int(self._now() * 1000)
        key = read_key(fields.get("key"))
        post = Post(secrets.token_hex(8), key, room.name, person.nick, text, now, picture, kind)
        room.keep(post)
        return post

    def said(self, sid: str, fields: Mapping[str, object]) -> Post | None:
        """Find the post that this request already made, when a browser sends it a second time."""
        person, room = self.place(sid, fields.get("room"))
        return room.find(person.nick, read_key(fields.get("key")))

    def person(self, sid: str) -> Person:
        """Look up a person. Raises: Refused when the session is not signed in (any more)."""
        person = self._people.get(sid)
        if person is None:
            raise Refused("You are not signed in.", "nick")
        return person

    def place(self, sid: str, name: object) -> tuple[Person, Room]:
        """Look up a person and a room that they are in. Raises: Refused when they are not."""
        person = self.person(sid)
        room = self._rooms.get(name) if isinstance(name, str) else None
        if room is None or sid not in room.people:
            raise Refused("You are not in this room.", "room")
        return person, room

    def people(self, name: str) -> list[str]:
        """List who is in a room; nobody is in a room that does not exist."""
        room = self._rooms.get(name)
        return room.nicks() if room else []

    def rooms(self) -> list[dict[str, Any]]:
        """List the open rooms with the number of people in each, in alphabetical order."""
        rooms = sorted(self._rooms.values(), key=lambda room: room.name)
        return [{"name": room.name, "people": len(room.people)} for room in rooms]

    def _remove(self, sid: str, name: str) -> None:
        room = self._rooms[name]
        del room.people[sid]
        if not room.people:
            del self._rooms[name]


def read_nick(value: object) -> str:
    """Check a nickname. Returns: it, tidied up. Raises: Refused."""
    nick = " ".join(_clean(value).split())
    if not nick:
        raise Refused("Enter a nickname.", "nick")
    if len(nick) > NICK_LENGTH:
        raise Refused(f"Use at most {NICK_LENGTH} characters.", "nick")
    if not nick.isprintable():
        raise Refused("Use letters, digits and signs only.", "nick")
    return nick


def read_room(value: object) -> str:
    """Check the name of a room. Returns: it, in lower case. Raises: Refused."""
    name = _clean(value).strip().removeprefix("#").lower()
    if not name:
        raise Refused("Enter the name of a room.", "room")
    if len(name) > ROOM_LENGTH:
        raise Refused(f"Use at most {ROOM_LENGTH} characters.", "room")
    if not _ROOM.fullmatch(name):
        raise Refused("Use letters, digits and hyphens only.", "room")
    return name


def read_text(value: object) -> str:
    """Check the text of a message. Returns: it without space around it. Raises: Refused."""
    text = _clean(value).strip()
    if len(text) > TEXT_LENGTH:
        raise Refused(f"Use at most {TEXT_LENGTH} characters.")
    return text


def read_key(value: object) -> str:
    """Check the key that a browser gives each of its messages. Raises: Refused."""
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise Refused("This page is out of date. Reload it.")
    return value


def read_picture(value: object) -> bytes:
    """Check that a value is a picture that every browser can show. Raises: Refused."""
    if not isinstance(value, bytes | bytearray):
        raise Refused("This is not a picture.", "picture")
    if len(value) > PICTURE_BYTES:
        raise Refused(f"Pictures may have at most {PICTURE_BYTES // 1024} KiB.", "picture")
    picture = bytes(value)
    picture_kind(picture)
    return picture


def picture_kind(picture: bytes) -> str:
    """Tell the media type of a picture from its first bytes. Raises: Refused when it is none."""
    for signature, kind in _SIGNATURES.items():
        if picture.startswith(signature):
            return kind
    if picture[:4] == b"RIFF" and picture[8:12] == b"WEBP":
        return "image/webp"
    raise Refused("Send a PNG, JPEG, GIF or WebP picture.", "picture")


def _clean(value: object) -> str:
    if not isinstance(value, str):
        return ""
    # One way to write each character, so that two names that look the same are the same. Lone
    # surrogates would fail later, when the text is encoded for the other people.
    return unicodedata.normalize("NFC", value.encode("utf-8", "replace").decode("utf-8"))

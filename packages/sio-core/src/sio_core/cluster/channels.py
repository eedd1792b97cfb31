"""What is published where: names that sender and receiver both make out of a room's name.

A program that has just started, and knows of no server, sends to the same channel as all others.
Two rooms may share a channel: what is in the message decides for whom it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Hashable
from hashlib import sha256
from typing import Any

from ..codecs.json import escape_surrogates
from ..protocol_errors import DecodeError, LocalProtocolError

TAG_LENGTH = 8
"""Characters of a node's tag, with which the sids of its clients begin."""
ID_LENGTH = 20
"""Characters of a sid behind the tag and a dot."""

_SID_LENGTH = TAG_LENGTH + 1 + ID_LENGTH
_SID = re.compile(rf"[A-Za-z0-9_-]{{{TAG_LENGTH}}}\.[A-Za-z0-9_-]{{{ID_LENGTH}}}")
_TAG = re.compile(rf"[A-Za-z0-9_-]{{{TAG_LENGTH}}}")
_DEEPEST = 32
"""Tuples in each other, in the name of a room."""
_UNSAFE = re.compile(r"[^A-Za-z0-9_#/-]")
_DIGEST = 32  # hexadecimal digits, of which nobody finds two names with the same

_room_text = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def is_tag(tag: object) -> bool:
    """Tell whether `tag` can be that of a node: 8 letters, digits, hyphens, underscores."""
    return isinstance(tag, str) and _TAG.fullmatch(tag) is not None


def tag_of(room: Hashable) -> str | None:
    """Return the tag of the node that made the sid `room`; None for what is not in that form."""
    if isinstance(room, str) and len(room) == _SID_LENGTH and _SID.fullmatch(room):
        return room[:TAG_LENGTH]
    return None


def sendable(room: Hashable) -> Hashable:
    """Return `room` if it can be sent to other nodes: text, numbers, and tuples of these.

    Raises `LocalProtocolError` for any other.
    """
    if type(room) is not str:
        text_of(room)
    return room


def text_of(room: Hashable) -> str:
    """Return the name of `room` as text: as it is, or as JSON. Raises as `sendable` does."""
    if isinstance(room, str):
        return escape_surrogates(room)
    try:
        text = _room_text(room)
    except (TypeError, ValueError, RecursionError):
        text = ""
    if not text or text.count("[") > _DEEPEST:
        raise LocalProtocolError(
            f"a room that is a {type(room).__name__} cannot be named to other servers: "
            "use text, numbers, or tuples of them"
        )
    return text


def room_of(value: Any) -> Hashable:
    """Return the room that a JSON value stands for: lists are tuples. Raises `DecodeError`."""
    if isinstance(value, str):
        return value
    return _freeze(value, _DEEPEST)


def _freeze(value: Any, depth: int) -> Hashable:
    if isinstance(value, list):
        if not depth:
            raise DecodeError("name of a room is nested too deep")
        return tuple([_freeze(item, depth - 1) for item in value])
    if isinstance(value, dict):
        raise DecodeError("name of a room is no name")
    room: Hashable = value
    return room


class Channels:
    """The channels of one cluster, whose name is `base`.

    `routes` says whether the broker lets a node subscribe to some names; without it everything
    goes to `base`.
    """

    __slots__ = ("all", "base", "routes")

    def __init__(self, base: str = "socketio", *, routes: bool = True) -> None:
        self.base = base
        self.routes = routes
        self.all = f"{base}#all" if routes else base

    def of_node(self, tag: str) -> str:
        """Return the channel of what concerns one node and its clients alone."""
        return f"{self.base}#n#{tag}" if self.routes else self.base

    def route_of(self, namespace: str, room: Hashable) -> str:
        """Return the channel of a room; that of a client's own is its node's.

        Raises `LocalProtocolError` for a room that cannot be named to other nodes.
        """
        if not self.routes:
            sendable(room)
            return self.base
        tag = tag_of(room)
        if tag is not None:
            return f"{self.base}#n#{tag}"
        return f"{self.base}#r#{escape_surrogates(namespace)}#{text_of(room)}"

    def of_rooms(self, namespace: str, to: Collection[Hashable] | None) -> str:
        """Return the channel of an event for the rooms `to`, None being everyone.

        Raises as `route_of` does.
        """
        if to is None:
            return self.all
        if len(to) == 1:
            (room,) = to
            return self.all if room is None else self.route_of(namespace, room)
        for room in to:
            sendable(room)
        return self.all


def safe_name(channel: str, longest: int = 200) -> str:
    """Return a name for `channel` that every broker takes: letters, digits, `_`, `-`, `#`, `/`.

    Names that have other characters, or are longer than `longest`, end with a hash of the whole.
    For NATS, whose names have no blanks and wildcards, and AMQP, whose names have 255 bytes.
    """
    if len(channel) <= longest and not _UNSAFE.search(channel):
        return channel
    digest = sha256(channel.encode(errors="surrogatepass")).hexdigest()[:_DIGEST]
    return f"{_UNSAFE.sub('_', channel)[: max(longest - _DIGEST - 1, 0)]}-{digest}"

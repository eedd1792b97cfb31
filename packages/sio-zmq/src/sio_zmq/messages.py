"""What is sent over ZeroMQ: each message is one frame, whose beginning is what is subscribed to.

On the channel of all servers it is the JSON of python-socketio, in which the channel is named. On
any other it is the channel's name, a zero byte, and the payload: a forwarder then sends what
concerns a room to those alone who have asked for it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from sio_core.cluster import Publication, safe_name
from sio_server.managers.cluster.broker import Received

from .words import END

JSON = b"{"
"""What messages of python-socketio begin with, whatever their channel."""


class Messages:
    """Writes and reads the messages of one cluster, whose channel of all servers is `base`.

    `longest` is how many bytes of JSON are read, when it is not as this class writes it.
    """

    def __init__(self, base: str, longest: int) -> None:
        self._base = base
        self._longest = longest
        self._head = b'{"type": "message", "channel": %s, "data": ' % json.dumps(base).encode()
        self._names: dict[bytes, str] = {}

    def write(self, publication: Publication) -> bytes:
        """Return the frame of a message."""
        if publication.channel == self._base:
            return b"%s%s}" % (self._head, publication.payload)
        return topic(publication.channel) + publication.payload

    def subscribe(self, channels: Sequence[str]) -> list[bytes]:
        """Return what messages on `channels` begin with, so that they are known when they come."""
        self._names.update({topic(channel): channel for channel in channels})
        return self._beginnings(channels)

    def unsubscribe(self, channels: Sequence[str]) -> list[bytes]:
        """Return what messages on `channels` begin with, which are not known any more."""
        for channel in channels:
            self._names.pop(topic(channel), None)
        return self._beginnings(channels)

    def forget(self) -> None:
        """Know no channel any more, as before the first subscription."""
        self._names.clear()

    def _beginnings(self, channels: Sequence[str]) -> list[bytes]:
        # What goes to the channel `base` is JSON without a topic. Servers subscribe to its topic
        # only so that a forwarder can count them. That comes last: a server that has it, and not
        # the other channel for all, would count as none of this project's, see `Node`.
        others = [topic(channel) for channel in channels if channel != self._base]
        return others if len(others) == len(channels) else [*others, JSON, topic(self._base)]

    def read(self, frame: bytes) -> Received | None:
        """Return the channel and the payload of a message; None for one that is for others."""
        if frame.startswith(JSON):
            return self._read_json(frame)
        end = frame.find(END) + 1
        channel = self._names.get(frame[:end])
        return None if channel is None else (channel, frame[end:])

    def _read_json(self, frame: bytes) -> Received | None:
        if frame.startswith(self._head) and frame.endswith(b"}"):
            return self._base, frame[len(self._head) : -1]
        if len(frame) > self._longest:
            return self._base, frame  # which the manager refuses, and counts
        try:
            message = json.loads(frame)
        except (ValueError, RecursionError):
            return self._base, frame  # the same
        if message.get("channel") != self._base or message.get("type") != "message":
            return None
        data = message.get("data")
        return self._base, data if isinstance(data, (dict, str)) else frame


def topic(channel: str) -> bytes:
    """Return what messages on a channel begin with, unless it is that of all servers."""
    return safe_name(channel).encode() + END

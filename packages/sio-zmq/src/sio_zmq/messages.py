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

JSON = b"{"
"""What messages of python-socketio begin with, whatever their channel."""

END = b"\0"
"""What ends the name of a channel."""


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
        return _topic(publication.channel) + publication.payload

    def subscribe(self, channels: Sequence[str]) -> list[bytes]:
        """Return what messages on `channels` begin with, so that they are known when they come."""
        beginnings = []
        for channel in channels:
            beginning = self._beginning(channel)
            self._names[beginning] = channel
            beginnings.append(beginning)
        return beginnings

    def unsubscribe(self, channels: Sequence[str]) -> list[bytes]:
        """Return what messages on `channels` begin with, which are not known any more."""
        beginnings = [self._beginning(channel) for channel in channels]
        for beginning in beginnings:
            self._names.pop(beginning, None)
        return beginnings

    def forget(self) -> None:
        """Know no channel, as where nothing is subscribed to yet."""
        self._names.clear()

    def _beginning(self, channel: str) -> bytes:
        return JSON if channel == self._base else _topic(channel)

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


def _topic(channel: str) -> bytes:
    return safe_name(channel).encode() + END

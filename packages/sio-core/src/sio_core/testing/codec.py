"""The client's own reading and writing of packets, written from the protocol.

It shares nothing with the server's codecs, so that a mistake in one is not
repeated in the other. Socket.IO protocol revision 5, "Packet encoding", and
Engine.IO protocol 4, "HTTP long-polling".
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from typing import Any

from ..values import Frame

_HEAD = re.compile(
    r"(?P<kind>[0-6])(?:(?P<count>\d+)-)?(?:(?P<namespace>/[^,]*)(?:,|$))?(?P<id>\d+)?(?P<data>.*)",
    re.DOTALL,
)


class ProtocolViolation(AssertionError):
    """The server said something that the protocol does not allow."""


@dataclass(slots=True)
class Spoken:
    """A `Spoken` is one Socket.IO packet as the client sees it."""

    kind: int
    namespace: str = "/"
    data: Any = None
    id: int | None = None


def write(spoken: Spoken) -> list[Frame]:
    """Return the Engine.IO packets of one Socket.IO packet, attachments behind it."""
    attachments: list[bytes] = []
    data = _without_bytes(spoken.data, attachments)
    head = str(spoken.kind + 3 if attachments else spoken.kind)
    if attachments:
        head += f"{len(attachments)}-"
    if spoken.namespace != "/":
        head += f"{spoken.namespace},"
    if spoken.id is not None:
        head += str(spoken.id)
    text = "" if data is None else json.dumps(data)
    return [f"4{head}{text}", *attachments]


def _without_bytes(value: Any, found: list[bytes]) -> Any:
    if isinstance(value, bytes):
        found.append(value)
        return {"_placeholder": True, "num": len(found) - 1}
    if isinstance(value, dict):
        return {key: _without_bytes(item, found) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_bytes(item, found) for item in value]
    return value


@dataclass(slots=True)
class Reader:
    """A `Reader` finds the Socket.IO packets in messages: text, or bytes for attachments."""

    waiting: Spoken | None = None
    missing: int = 0
    attachments: list[bytes] = field(default_factory=list)

    def read(self, message: Frame) -> Spoken | None:
        """Take one message. Returns a packet once it is complete."""
        if isinstance(message, bytes):
            return self._attach(message)
        if self.waiting is not None:
            raise ProtocolViolation("text came between a packet and its attachments")
        found = _HEAD.fullmatch(message)
        if found is None:
            raise ProtocolViolation("not a Socket.IO packet")
        data = json.loads(found["data"]) if found["data"] else None
        ack_id = None if found["id"] is None else int(found["id"])
        spoken = Spoken(int(found["kind"]), found["namespace"] or "/", data, ack_id)
        if spoken.kind < 5:
            return spoken
        spoken.kind -= 3
        self.waiting, self.missing = spoken, int(found["count"] or 0)
        if self.missing == 0:
            raise ProtocolViolation("a binary packet announced no attachment")
        return None

    def _attach(self, data: bytes) -> Spoken | None:
        if self.waiting is None:
            raise ProtocolViolation("an attachment came without a packet")
        self.attachments.append(data)
        if len(self.attachments) < self.missing:
            return None
        spoken, attachments = self.waiting, self.attachments
        self.waiting, self.attachments = None, []
        spoken.data = _with_bytes(spoken.data, attachments)
        return spoken


def _with_bytes(value: Any, attachments: list[bytes]) -> Any:
    if isinstance(value, list):
        return [_with_bytes(item, attachments) for item in value]
    if isinstance(value, dict):
        if value.get("_placeholder") is True:
            return attachments[value["num"]]
        return {key: _with_bytes(item, attachments) for key, item in value.items()}
    return value


def write_payload(packets: list[Frame]) -> bytes:
    """Return an HTTP body of Engine.IO packets."""
    texts = [
        packet if isinstance(packet, str) else "b" + base64.b64encode(packet).decode()
        for packet in packets
    ]
    return "\x1e".join(texts).encode()


def read_payload(body: bytes) -> list[Frame]:
    """Return the Engine.IO packets of an HTTP body."""
    return [
        base64.b64decode(packet[1:], validate=True) if packet[:1] == "b" else packet
        for packet in body.decode().split("\x1e")
    ]

"""Messages in the form of Engine.IO protocol 3: each form is made once, for whoever needs it.

A broadcast is one `Prepared` for the clients of both protocols, which keeps its older form. So it
is encoded once for each protocol, however many clients there are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...prepared import PAYLOAD_TYPE, Deferred, Prepared
from ...values import Frame
from .ascii_json import escape_json
from .frames import write_frame, write_text_frame
from .payload import write_binary_packet, write_text_packet

BINARY_PAYLOAD_TYPE = "application/octet-stream"
"""The content type of a binary payload."""


class OlderMessage(Deferred):
    """An `OlderMessage` is a message for peers of protocol 3: bytes have their type in front, too.

    `read` returns the frames of protocol 4 when they are needed, and `size` is about how many bytes
    they have, or -1 to have them counted. The flags are those of `message`, which is not kept: it
    keeps this one.
    """

    __slots__ = ("_as_ascii", "_as_text", "_binary_payload", "_read")

    _as_text: OlderMessage
    """Its form for peers that take text alone, made by `for_text`; unset until then."""
    _as_ascii: OlderMessage
    """The same with payloads in ASCII, made by `for_ascii`; unset until then."""
    write: Callable[[Frame], Frame] = staticmethod(write_frame)
    """What makes a frame of one of protocol 4."""

    def __init__(
        self, read: Callable[[], tuple[Frame, ...]], message: Prepared, size: int = -1
    ) -> None:
        write = self.write
        super().__init__(lambda: map(write, read()), size)
        self.volatile = message.volatile
        self.compress = message.compress
        self._binary_payload: bytes | None = None
        self._read = read

    @property
    def needs_bytes(self) -> bool:
        """True if there are bytes among the frames, or text beyond ASCII.

        Socket.IO 1 in a browser reads that right in binary payloads alone: of text in others it
        thinks that it is UTF-8 which is still to be decoded, and takes the connection for broken.
        """
        return not all(isinstance(frame, str) and frame.isascii() for frame in self._read())

    def payload(self) -> bytes:
        """Return the polling form as text: lengths, colons and packets, bytes as base64."""
        if self._payload is None:
            self._payload = b"".join(map(write_text_packet, self._read()))
        return self._payload

    def binary_payload(self) -> bytes:
        """Return the polling form in which bytes are bytes."""
        if self._binary_payload is None:
            self._binary_payload = b"".join(map(write_binary_packet, self._read()))
        return self._binary_payload

    def for_text(self) -> OlderMessage:
        """Return the form for peers that take text alone, the same one each time."""
        try:
            return self._as_text
        except AttributeError:
            self._as_text = OlderTextMessage(self._read, self, self._size)
            return self._as_text

    def for_ascii(self) -> OlderMessage:
        """Return the form for those whose payloads have JSON in ASCII, the same one each time."""
        try:
            return self._as_ascii
        except AttributeError:
            self._as_ascii = OlderASCIIMessage(self._read, self, self._size)
            return self._as_ascii


class OlderTextMessage(OlderMessage):
    """An `OlderTextMessage` is a message for peers of protocol 3 that take text alone."""

    __slots__ = ()

    write = staticmethod(write_text_frame)

    def for_text(self) -> OlderMessage:
        """Return this message."""
        return self

    for_ascii = for_text


class OlderASCIIMessage(OlderTextMessage):
    """An `OlderASCIIMessage` is a packet of Socket.IO for the same, and its payload is ASCII."""

    __slots__ = ()

    def payload(self) -> bytes:
        """Return the polling form as text, with escapes in JSON."""
        if self._payload is None:
            self._payload = b"".join(map(write_text_packet, map(escape_json, self._read())))
        return self._payload


def older_form(message: Prepared) -> OlderMessage:
    """Return `message` for peers of protocol 3, the same one each time.

    One that is deferred is not encoded for that, and is for one peer alone: each gets its own.
    """
    if isinstance(message, Deferred):
        if isinstance(message, OlderMessage):
            return message
        return OlderMessage(lambda: message.frames, message, message.size)
    try:
        made = message.older
    except AttributeError:
        frames = message.frames
        made = message.older = OlderMessage(lambda: frames, message)
    assert isinstance(made, OlderMessage), "nobody else sets it"
    return made


def text_form(message: Prepared) -> OlderMessage:
    """Return `message` for peers of protocol 3 that take text alone; else as `older_form`."""
    return older_form(message).for_text()


def ascii_form(message: Prepared) -> OlderMessage:
    """Return `message`, a packet of Socket.IO, as `text_form` does; its payload is ASCII."""
    return older_form(message).for_ascii()


def encode_payload(messages: Sequence[Prepared]) -> tuple[bytes, str]:
    """Return the body that carries `messages`, and its content type: binary if one needs that."""
    if any(older_form(message).needs_bytes for message in messages):
        return encode_binary_payload(messages)
    return encode_text_payload(messages)


def encode_binary_payload(messages: Sequence[Prepared]) -> tuple[bytes, str]:
    """Return the body that carries `messages` as bytes, and its content type."""
    body = b"".join([older_form(message).binary_payload() for message in messages])
    return body, BINARY_PAYLOAD_TYPE


def encode_text_payload(messages: Sequence[Prepared]) -> tuple[bytes, str]:
    """Return the body that carries `messages` as text, and its content type."""
    return b"".join([older_form(message).payload() for message in messages]), PAYLOAD_TYPE

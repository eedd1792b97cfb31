"""The default parser: a text frame a packet, and a binary frame an attachment.

Socket.IO protocol revision 5, "Packet encoding":
`<type>[<attachments>-][<namespace>,][<id>][<JSON>]`. It accepts and refuses
what the JavaScript parser (socket.io-parser 4.2.7) does, except that here

* an empty message and blanks where a number belongs are refused (JavaScript
  reads both as 0),
* an acknowledgement id of more than `Limits.ack_id_digits` digits is refused
  (JavaScript rounds it),
* a namespace of more than `Limits.namespace_length` characters is refused,
* a refusal has any JSON value: servers of Socket.IO 2 and before send what the
  application says (JavaScript of today takes text and objects alone).
"""

from __future__ import annotations

from ...codecs.choose_json import default_json, is_own
from ...codecs.json import JSON
from ...limits import Limits
from ...protocol_errors import DecodeError, LocalProtocolError
from ...slices import Slices
from ...values import Frame
from .binary import Place, deconstruct, find_placeholders, put_attachments, reconstruct
from .depth import check_depth_of_text
from .packets import (
    ACK,
    BINARY_ACK,
    BINARY_EVENT,
    CONNECT_ERROR,
    EVENT,
    RESERVED_EVENTS,
    Packet,
)
from .validation import check_head, validate


class JSONParser:
    """This parser writes packets as JSON with binary attachments.

    `json` is the codec, by default that of `sio_core.json.default_json()`.
    `max_attachments_out` bounds the attachments of a packet that is sent: more
    than 10 and JavaScript peers close the connection. None means no bound.
    """

    __slots__ = (
        "_attachments_first",
        "_dumps",
        "_json",
        "_limits",
        "_max_attachments_out",
        "_short",
    )

    def __init__(
        self,
        json: JSON | None = None,
        limits: Limits | None = None,
        *,
        max_attachments_out: int | None = 10,
    ) -> None:
        self._json: JSON = default_json() if json is None else json
        self._dumps = self._json.dumps
        self._limits = Limits() if limits is None else limits
        self._short = 2 * self._limits.json_depth  # characters: every level has two
        self._max_attachments_out = max_attachments_out
        self._attachments_first = not self._json.refuses_bytes

    def encode(self, packet: Packet) -> tuple[Frame, ...]:
        """Return the text frame of `packet` and the frames of its attachments.

        Raises `LocalProtocolError` for data that JSON cannot carry or that is
        deeper than allowed, for more attachments than allowed, and for an
        impossible type or namespace.
        """
        kind = packet.type
        if (kind != EVENT and kind != ACK) or packet.namespace != "/" or self._attachments_first:
            return self._encode_other(packet)
        data, ack_id = packet.data, packet.id
        try:
            text = self._dumps(data)
        except LocalProtocolError:
            return self._encode_with_attachments(packet)
        if len(text) > self._short:
            check_depth_of_text(text, data, self._limits.json_depth)
        head = "2" if kind == EVENT else "3"
        return (head + text if ack_id is None else f"{head}{ack_id}{text}",)

    def _encode_other(self, packet: Packet) -> tuple[Frame, ...]:
        check_head(packet)
        if packet.data is None:
            return (f"{packet.type:d}{_head(packet)}",)
        if self._attachments_first:
            return self._encode_with_attachments(packet)
        try:
            text = self._dumps(packet.data)
        except LocalProtocolError:
            return self._encode_with_attachments(packet)
        if len(text) > self._short:
            check_depth_of_text(text, packet.data, self._limits.json_depth)
        return (f"{packet.type:d}{_head(packet)}{text}",)

    def _encode_with_attachments(self, packet: Packet) -> tuple[Frame, ...]:
        data, attachments = deconstruct(packet.data, self._limits.json_depth)
        text = self._dumps(data)  # raises again where bytes were not the reason
        kind, count = packet.type, len(attachments)
        # Zero attachments are never announced: peers take `50-` for an error.
        if not count:
            return (f"{kind:d}{_head(packet)}{text}",)
        if kind not in (EVENT, ACK):
            raise LocalProtocolError("only events and acknowledgements can carry bytes")
        if self._max_attachments_out is not None and count > self._max_attachments_out:
            raise LocalProtocolError(
                f"{count} binary values in one packet, {self._max_attachments_out} are allowed: "
                "JavaScript peers refuse more than 10, so pack them into one bytes value, "
                "or raise max_attachments_out if all peers take more"
            )
        kind = BINARY_EVENT if kind == EVENT else BINARY_ACK
        return (f"{kind}{count}-{_head(packet)}{text}", *attachments)

    @property
    def json(self) -> JSON:
        """Return the codec."""
        return self._json

    @property
    def decodes_itself(self) -> bool:
        """Return whether parser and codec are this package's own, not the application's."""
        return type(self) is JSONParser and is_own(self._json)

    def decoder(self) -> JSONDecoder:
        """Make a decoder for one new connection."""
        return JSONDecoder(self._json, self._limits)


def _head(packet: Packet) -> str:
    head = "" if packet.namespace == "/" else packet.namespace + ","
    return head if packet.id is None else f"{head}{packet.id}"


class _Partial:
    """A packet whose attachments are still on their way."""

    __slots__ = ("attachments", "capacity", "expected", "packet", "places")

    def __init__(self, packet: Packet, expected: int, capacity: int) -> None:
        self.packet = packet
        self.expected = expected
        self.capacity = capacity  # bytes that may still come
        self.attachments: list[bytes] = []
        # Where the attachments belong, if that was looked for when the packet came.
        self.places: list[Place] | None = None


class JSONDecoder:
    """This decoder finds the packets in the frames of one connection."""

    __slots__ = ("_json", "_limits", "_loads", "_partial")

    def __init__(self, json: JSON, limits: Limits) -> None:
        self._json = json
        self._loads = json.loads
        self._limits = limits
        self._partial: _Partial | None = None

    @property
    def pending(self) -> bool:
        """True while a packet waits for its binary attachments."""
        return self._partial is not None

    @property
    def waiting(self) -> tuple[Packet, int] | None:
        """The packet that waits, with placeholders, and how many attachments it has in all."""
        partial = self._partial
        return None if partial is None else (partial.packet, partial.expected)

    def add(self, frame: Frame) -> Packet | None:
        """Take one frame. Returns a packet, or None while attachments are missing.

        Raises `DecodeError` when the frame is not one that may come now.
        """
        if self._partial is not None or not isinstance(frame, str):
            return self._add_attachment(frame)
        # Events on "/" are nearly all frames: their path is flat, and anything
        # unusual is left to `_parse` and `validate`.
        if frame[:1] != "2":
            return self._parse(frame)
        limits = self._limits
        at = frame.find("[", 1, limits.ack_id_digits + 2)
        digits = frame[1:at]
        if at == 1:
            ack_id = None
        elif at > 1 and digits.isdigit() and digits.isascii():
            ack_id = int(digits)
        else:
            return self._parse(frame)
        data = self._loads(frame[at:], limits)
        if data and data.__class__ is list:
            name = data[0]
            if name.__class__ is str and name not in RESERVED_EVENTS:
                return Packet(2, "/", data, ack_id)
        return validate(Packet(2, "/", data, ack_id))

    def add_in_slices(self, frame: Frame) -> Slices[Packet | None]:
        """Do what `add` does, for a long frame."""
        if self._partial is not None or not isinstance(frame, str):
            return self._add_attachment(frame)
        packet, attachments, at = _parse_head(frame, self._limits)
        if at < len(frame):
            loads = getattr(self._json, "loads_in_slices", None)
            if loads is None:
                packet.data = self._loads(frame[at:], self._limits)
            else:
                packet.data = yield from loads(frame[at:], self._limits)
        partial = self._take(packet, attachments, empty=at == len(frame))
        if partial is None:
            return packet
        partial.places = yield from find_placeholders(packet.data)
        return None

    def _add_attachment(self, frame: Frame) -> Packet | None:
        partial = self._partial
        if partial is None:
            raise DecodeError("binary frame without a packet")
        if not isinstance(frame, bytes):
            self._partial = None
            raise DecodeError("text frame while attachments are missing")
        partial.capacity -= len(frame)
        if partial.capacity < 0:
            self._partial = None
            raise DecodeError("attachments are too large")
        partial.attachments.append(frame)
        if len(partial.attachments) < partial.expected:
            return None
        self._partial = None
        packet = partial.packet
        if partial.places is None:
            packet.data = reconstruct(packet.data, partial.attachments)
        else:
            put_attachments(partial.places, partial.attachments)
        return packet

    def _parse(self, text: str) -> Packet | None:
        packet, attachments, at = _parse_head(text, self._limits)
        if at < len(text):
            packet.data = self._loads(text[at:], self._limits)
        partial = self._take(packet, attachments, empty=at == len(text))
        return packet if partial is None else None

    def _take(self, packet: Packet, attachments: int, *, empty: bool) -> _Partial | None:
        """Take a packet without its attachments. Returns what is to get them, if there are some."""
        if packet.data is None and not empty and packet.type != CONNECT_ERROR:
            raise DecodeError("invalid payload")  # which is never null, if there is one
        validate(packet)
        if attachments:
            self._partial = _Partial(packet, attachments, self._limits.attachment_bytes)
        return self._partial


def _parse_head(text: str, limits: Limits) -> tuple[Packet, int, int]:
    """Return a packet without its data, how many attachments it has, and where its data begins."""
    kind, at, attachments = _parse_type(text, limits)
    namespace, at = _parse_namespace(text, at, limits)
    if kind == CONNECT_ERROR:  # which has no id: digits are its value
        return Packet(kind, namespace), attachments, at
    ack_id, at = _parse_id(text, at, limits)
    return Packet(kind, namespace, None, ack_id), attachments, at


def _parse_type(text: str, limits: Limits) -> tuple[int, int, int]:
    # Returns the type (EVENT or ACK for their binary forms), where it ends, and
    # the number of attachments.
    kind = "0123456".find(text[:1]) if text else -1
    if kind < 0:
        raise DecodeError("unknown packet type")
    if kind not in (BINARY_EVENT, BINARY_ACK):
        return kind, 1, 0
    end = text.find("-", 1, 12)
    digits = text[1 : max(end, 1)]
    if not (digits.isascii() and digits.isdigit()) or int(digits) == 0:
        raise DecodeError("illegal attachments")
    if int(digits) > limits.attachments:
        raise DecodeError("too many attachments")
    return (EVENT if kind == BINARY_EVENT else ACK), end + 1, int(digits)


def _parse_namespace(text: str, at: int, limits: Limits) -> tuple[str, int]:
    if text[at : at + 1] != "/":
        return "/", at
    # "0/admin" is legal: a packet may end behind its namespace.
    end = text.find(",", at)
    stop = len(text) if end < 0 else end
    if stop - at > limits.namespace_length:
        raise DecodeError("namespace is too long")
    return text[at:stop], min(stop + 1, len(text))


def _parse_id(text: str, at: int, limits: Limits) -> tuple[int | None, int]:
    end, size = at, len(text)
    stop = min(size, at + limits.ack_id_digits + 1)
    while end < stop and "0" <= text[end] <= "9":
        end += 1
    if end == at:
        return None, at
    if end - at > limits.ack_id_digits:
        raise DecodeError("packet id is too long")
    return int(text[at:end]), end

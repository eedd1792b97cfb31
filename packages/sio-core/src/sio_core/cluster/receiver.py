"""What a node makes of messages from the broker: the half of a `Node` that only listens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from ..codecs.choose_json import json_of
from ..codecs.json_limits import refuse_deep
from ..prepared import Prepared
from ..protocol_errors import DecodeError, LocalProtocolError
from ..socketio import Emit, JSONParser, Parser
from ..socketio.parsers.packets import ACK as ACK_PACKET
from ..socketio.parsers.packets import EVENT as EVENT_PACKET
from ..timers import Timers
from ..utf8 import encode_utf8
from .acks import RemoteAcks
from .channels import Channels, is_tag, room_of
from .config import NodeConfig
from .duplicates import Duplicates
from .events import (
    AckAddress,
    EmitReceived,
    FindAddress,
    FindAsked,
    NodeEvent,
    Refusal,
    Told,
)
from .health import Watch
from .interest import Interest
from .json_messages import Callback, JSONMessages, Probe, Word, greeting
from .notices import Notices
from .outbox import Outbox, Publication
from .presence import ASKING, LEAVING, Presence
from .requests import Questions
from .reunion import Reunion
from .routed_messages import (
    ACK,
    ANSWER,
    EMIT,
    GONE,
    HIGHEST,
    MAGIC,
    PRESENCE,
    PROBE,
    QUESTION,
    TOLD,
    UNCOMPRESSED,
    VOLATILE,
    read_frames,
    read_head,
    write,
)
from .routing import Routing
from .serializers import Serializers, name_of

PICKLE = b"\x80"
"""The first byte of what python-socketio before 5.14 published; it is never unpickled."""


Payload: TypeAlias = bytes | bytearray | memoryview | str | Mapping[str, Any]
"""What a broker delivers: what was published, or the object that its JSON stands for."""


class Receiver:
    """The parts of a node, and what comes to them from the broker."""

    def __init__(
        self,
        config: NodeConfig | None = None,
        *,
        host_id: str,
        tag: str,
        parser: Parser | None = None,
        serializer: str | None = None,
        json: Any = None,
        write_only: bool = False,
        routes: bool = True,
        has_clients: Callable[[str], bool] | None = None,
    ) -> None:
        if not host_id:
            raise LocalProtocolError("host_id must be an id that no other process has")
        if not is_tag(tag):
            raise LocalProtocolError("tag must have 8 characters: letters, digits, '-' and '_'")
        self.config = config = NodeConfig() if config is None else config
        self.host_id = host_id
        self.tag = tag
        self.write_only = write_only
        self.channels = Channels(config.channel, routes=routes)
        self._codec = json_of(json)
        parser = JSONParser(self._codec, config.limits) if parser is None else parser
        name = name_of(parser) if serializer is None else serializer
        self._serializers = Serializers(parser, name, self._codec, config.limits)
        self._json = JSONMessages(self._codec, config.limits)
        self._timers: Timers[NodeEvent] = Timers()
        self._notices = Notices(self._timers)
        self._outbox = Outbox(config, self._timers, self._notices)
        self._reunion = Reunion(self._timers, self._outbox)
        self._interest = Interest(self.channels, tag, config.linger, self._timers, has_clients)
        self._duplicates = Duplicates()
        self._acks = RemoteAcks(self._timers, config.max_pending_acks, self._notices)
        self._questions = Questions(self._timers, config.max_pending_requests, self._notices)
        self._presence = Presence(config, self._timers, self._say, self._gone)
        self._watch = Watch(config, self._timers, self._probe, write_only=write_only)
        self._routing = Routing(config, self._timers, write_only=write_only)
        self._number = 0
        self._readers: dict[str, Callable[[list[Any], bytes, int, float], list[NodeEvent]]] = {
            ACK: self._acked,
            GONE: self._no_ack,
            PRESENCE: self._present,
            PROBE: self._probed,
            QUESTION: self._asked,
            ANSWER: self._answered,
            TOLD: self._told,
        }

    # Messages ---------------------------------------------------------------

    def receive(self, channel: str, payload: Payload, now: float) -> list[NodeEvent]:
        """Take a message that came on `channel`. Returns what it means.

        `payload` is what was published, or the JSON of it. Never raises: what is no message is
        counted, and `MessageRefused` says so from time to time.
        """
        counters = self._notices.counters
        counters.received += 1
        if isinstance(payload, Mapping):
            try:
                refuse_deep([*payload.values()], self.config.limits.json_depth)
            except DecodeError as error:
                return self._notices.refused(Refusal.NOT_A_MESSAGE, str(error), now)
            return self._receive_json(payload, now)
        if len(payload) > self.config.max_receive_size:
            detail = "message above max_receive_size"
            return self._notices.refused(Refusal.TOO_LARGE, detail, now)
        data = encode_utf8(payload) if isinstance(payload, str) else bytes(payload)
        if data.startswith(MAGIC):
            try:
                return self._receive_routed(data, now)
            except DecodeError as error:
                return self._notices.refused(Refusal.NOT_A_MESSAGE, str(error), now)
        if data[:1] == PICKLE:
            detail = "pickle of an incompatible peer: python-socketio before 5.14"
            return self._notices.refused(Refusal.PICKLE, detail, now)
        try:
            message = self._json.parse(data)
        except DecodeError as error:
            return self._notices.refused(Refusal.NOT_JSON, str(error), now)
        return self._receive_json(message, now)

    def _receive_routed(self, payload: bytes, now: float) -> list[NodeEvent]:
        head, at = read_head(payload, self._codec)
        host_id = head[1]
        kind = head[0]
        if kind == EMIT:
            return self._emitted(head, payload, at, now)
        own = host_id == self.host_id
        if own is not (kind == PROBE):
            # A probe is for who sent it, everything else for others.
            if own:
                return self._own(head[2], now)
            self._notices.counters.unconcerning += 1
            return []
        reader = self._readers.get(kind) if type(kind) is str else None
        if reader is None:
            self._notices.counters.unknown += 1
            return []
        if not self._duplicates.is_new(host_id, head[2]):
            self._notices.counters.duplicates += 1
            return []
        return reader(head, payload, at, now)

    def _emitted(self, head: list[Any], payload: bytes, at: int, now: float) -> list[NodeEvent]:
        counters = self._notices.counters
        host_id = head[1]
        if host_id == self.host_id:
            return self._own(head[2], now)
        try:
            _, _, number, namespace, rooms, skip, flags, ack, name, kinds, lengths = head
        except ValueError:
            raise DecodeError("event with another number of fields") from None
        if type(namespace) is not str:
            raise DecodeError("event without a namespace")
        to = None if rooms is None else _rooms(rooms)
        if not self._interest.concerns(namespace, to):
            counters.unconcerning += 1
            return []
        if type(flags) is not int or type(name) is not str:
            raise DecodeError("event without flags and serializer")
        skipped = _rooms(skip)
        address = None if ack is None else _address(ack, host_id, namespace)
        frames = read_frames(payload, at, kinds, lengths, self.config.limits)
        volatile, compress = bool(flags & VOLATILE), not flags & UNCOMPRESSED
        same = name == self._serializers.name
        if same and address is None:
            if name == "json" and not str(frames[0]).startswith(("42", "45")):
                raise DecodeError("frames of no event")
            if not self._is_new(host_id, number):
                return []
            emit = Emit("", (), namespace, to, skipped, volatile, compress)
            return [EmitReceived(emit, Prepared(frames, volatile=volatile, compress=compress))]
        if not self._serializers.knows(name):
            detail = "event in a serializer that this server does not have"
            return self._notices.refused(Refusal.OTHER_SERIALIZER, detail, now)
        packet = self._serializers.packet(name, frames)
        if packet.type != EVENT_PACKET or not packet.data or type(packet.data[0]) is not str:
            raise DecodeError("frames of no event")
        if not self._is_new(host_id, number):
            return []
        event, *args = packet.data
        emit = Emit(event, args, namespace, to, skipped, volatile, compress)
        return [EmitReceived(emit, None, address)]

    def _is_new(self, host_id: str, number: int | None) -> bool:
        """Tell whether a message was not here before; one without a number never was."""
        if number is None or self._duplicates.is_new(host_id, number):
            return True
        self._notices.counters.duplicates += 1
        return False

    def _own(self, number: int | None, now: float) -> list[NodeEvent]:
        """Pass over a message of this node, which others are told; say so if it is not its own."""
        self._notices.counters.own += 1
        if number is None or number <= self._number:
            return []
        detail = "another process has this one's id: make the manager after the process was forked"
        return self._notices.refused(Refusal.OWN_ID, detail, now)

    def _acked(self, head: list[Any], payload: bytes, at: int, now: float) -> list[NodeEvent]:
        if len(head) != 8 or type(head[4]) is not int or type(head[5]) is not str:
            raise DecodeError("acknowledgement with other fields")
        _, _, _, whom, number, name, kinds, lengths = head
        if whom != self.tag:
            return self._for_another()
        if not self._serializers.knows(name):
            detail = "acknowledgement in a serializer that this server does not have"
            return self._notices.refused(Refusal.OTHER_SERIALIZER, detail, now)
        frames = read_frames(payload, at, kinds, lengths, self.config.limits)
        packet = self._serializers.packet(name, frames)
        if packet.type != ACK_PACKET:
            raise DecodeError("frames of no acknowledgement")
        return self._acks.received(number, packet.data)

    def _no_ack(self, head: list[Any], payload: bytes, at: int, now: float) -> list[NodeEvent]:
        if len(head) != 5 or type(head[4]) is not int:
            raise DecodeError("acknowledgement of nobody with other fields")
        if head[3] != self.tag:
            return self._for_another()
        return self._acks.client_gone(head[4])

    def _for_another(self) -> list[NodeEvent]:
        """Pass over what is for one other node, which a broker without names gives to all."""
        self._notices.counters.unconcerning += 1
        return []

    def _present(self, head: list[Any], payload: bytes, at: int, now: float) -> list[NodeEvent]:
        if len(head) != 5 or not is_tag(head[3]) or head[4] not in range(LEAVING, ASKING + 1):
            raise DecodeError("presence with other fields")
        events = self._presence.heard(head[1], head[3], head[4], now)
        self._reunion.heard(head[3])
        return events

    def _probed(self, head: list[Any], payload: bytes, at: int, now: float) -> list[NodeEvent]:
        return self._watch.returned(head[3], now)

    def _asked(self, head: list[Any], payload: bytes, at: int, now: float) -> list[NodeEvent]:
        if len(head) != 7 or not is_tag(head[3]) or not _is_number(head[4]):
            raise DecodeError("question with other fields")
        if type(head[5]) is not str or type(head[6]) is not str:
            raise DecodeError("question without namespace and sid")
        return [FindAsked(head[6], head[5], FindAddress(head[3], head[4]))]

    def _answered(self, head: list[Any], payload: bytes, at: int, now: float) -> list[NodeEvent]:
        if len(head) != 7 or not is_tag(head[3]) or type(head[4]) is not int:
            raise DecodeError("answer with other fields")
        if head[6] != self.tag:
            return self._for_another()
        return self._questions.answered(head[4], head[3], found=head[5] is True)

    def _told(self, head: list[Any], payload: bytes, at: int, now: float) -> list[NodeEvent]:
        if len(head) != 6 or not is_tag(head[3]) or type(head[4]) is not str:
            raise DecodeError("something told with other fields")
        return [Told(head[4], head[5], head[3])]

    def _receive_json(self, given: Mapping[str, Any], now: float) -> list[NodeEvent]:
        counters = self._notices.counters
        try:
            message = self._json.read(given)
        except DecodeError as error:
            return self._notices.refused(Refusal.NOT_A_MESSAGE, str(error), now)
        if message is None:
            counters.unknown += 1
            return []
        content, own = message.content, message.host_id == self.host_id
        if isinstance(content, Probe):
            return self._watch.returned(content.number, now) if own else []
        events: list[NodeEvent] = []
        if message.sequence is None and not own:
            events = self._routing.heard_stranger(now)
        if isinstance(content, Callback):
            # The host of a callback is the one that it is for.
            if not own:
                counters.unconcerning += 1
                return events
            if content.sender is not None and not self._is_new(content.sender, message.sequence):
                return []
            return self._acks.received(content.number, content.args)
        if own:
            return self._own(message.sequence, now)
        if not self._is_new(message.host_id, message.sequence):
            return events
        if isinstance(content, Word):
            kind, *fields = content.head
            head = [kind, message.host_id, message.sequence, *fields]
            try:
                return self._readers[kind](head, b"", 0, now)
            except DecodeError as error:
                return self._notices.refused(Refusal.NOT_A_MESSAGE, str(error), now)
        return [*events, content]

    # What other parts publish -------------------------------------------------

    def _next_number(self) -> int:
        self._number += 1
        return self._number

    def _put(
        self, channel: str, payload: bytes, now: float, message: dict[str, Any] | None = None
    ) -> None:
        if len(payload) > self.config.max_publish_size:
            raise LocalProtocolError(
                f"a message of {len(payload):,} bytes for other servers, max_publish_size allows "
                f"{self.config.max_publish_size:,}: send less at a time, or raise it everywhere"
            )
        self._outbox.put(Publication(channel, payload, message), now)

    def _put_word(
        self, channel: str, payload: bytes, now: float, message: dict[str, Any] | None = None
    ) -> None:
        """Publish what this node says about itself, which is not held back."""
        self._outbox.put_word(Publication(channel, payload, message), now)

    def _say(self, word: int, tag: str | None, now: float) -> None:
        channel = self.channels.all if tag is None else self.channels.of_node(tag)
        self._tell(channel, now, PRESENCE, self.tag, word)

    def _tell(self, channel: str, now: float, kind: str, *fields: Any) -> None:
        """Publish a word of one node to another, which has no frames.

        A broker without names may be one that carries nothing but JSON.
        """
        number = self._next_number()
        put = self._put_word if kind == PRESENCE else self._put
        if self.channels.routes:
            put(channel, write((kind, self.host_id, number, *fields)), now)
            return
        message, text = self._json.word(self.host_id, number, (kind, *fields))
        put(channel, text, now, message)

    def _gone(self, tag: str, now: float) -> list[NodeEvent]:
        self._reunion.heard(tag)
        return [*self._questions.gone(tag), *self._acks.node_gone(tag)]

    def _probe(self, number: int, now: float) -> None:
        self._interest.ask_again()
        if self.channels.routes and self._routing.on:
            head = (PROBE, self.host_id, self._next_number(), number)
            self._put_word(self.channels.of_node(self.tag), write(head), now)
            return
        # Others ignore callbacks that are not for them.
        message = {**greeting(self.host_id), "id": number, "sequence": self._next_number()}
        self._put_word(self.channels.base, self._json.text(message), now, message)


def _rooms(value: Any) -> tuple[Any, ...]:
    if type(value) is not list:
        raise DecodeError("event with rooms that are no list")
    for room in value:
        if type(room) is not str:
            return tuple([room_of(each) for each in value])
    return tuple(value)


def _address(value: Any, host_id: str, namespace: str) -> AckAddress:
    if type(value) is not list or len(value) != 2 or not is_tag(value[0]):
        raise DecodeError("event with an impossible address")
    if not _is_number(value[1]):
        raise DecodeError("event with an impossible address")
    return AckAddress(host_id, value[0], namespace, value[1])


def _is_number(value: Any) -> bool:
    return type(value) is int and 0 <= value < HIGHEST

"""One process of a cluster: what it tells the others, and what it makes of what they say.

It stands beside `socketio.Server`. A manager connects the two with each other and with a broker.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from ..prepared import Prepared
from ..protocol_errors import LocalProtocolError
from ..socketio import Emit, Packet
from ..socketio.parsers.packets import ACK as ACK_PACKET
from ..socketio.parsers.packets import EVENT as EVENT_PACKET
from ..socketio.parsers.validation import check_event_name
from .channels import sendable, tag_of
from .events import AckAddress, FindAddress, Found, NodeEvent, RemoteAckGivenUp
from .health import Health
from .outbox import Publication
from .presence import Peer
from .receiver import Receiver
from .routed_messages import (
    ACK,
    ANSWER,
    EMIT,
    GONE,
    QUESTION,
    TOLD,
    UNCOMPRESSED,
    VOLATILE,
    write,
)


class Node(Receiver):
    """One node of a cluster, or an emitter that serves nobody.

    `host_id` is an id that no other process has, `tag` 8 random letters, digits, hyphens and
    underscores: the sids of its clients are to be `tag`, a dot, and 20 of these. `parser` makes the
    frames of events, as that of the server does, by default JSON; `serializer` is the name by which
    others tell whether theirs is the same, and is needed for a parser of one's own only. `json` is
    the codec or module for messages in the form of python-socketio.

    A `write_only` node has no clients and hears nothing. `routes` says whether the broker lets a
    node subscribe to some channels; else all is on one. `has_clients` tells whether a namespace has
    a local client, and may be asked at any time; without it a namespace has some from its first
    room on.

    Where the config has no `routing`, messages go only to nodes that they concern until a message
    of python-socketio is heard, or `strangers` says that there are some; nothing else has to be
    done. A node that only writes waits for `strangers` to say that there are none.

    Inputs that return events do so in order. After each input, `take_subscriptions` and
    `take_publications` have what the broker is to be told, in this order, and `next_deadline` may
    have changed. Not thread-safe: hold a lock around each call.
    """

    # The broker -------------------------------------------------------------

    def connected(self, now: float) -> list[NodeEvent]:
        """Note that there is a connection to the broker, on which nothing is subscribed yet.

        Take `take_subscriptions` next, and say `subscribed` when that is done.
        """
        if not self.write_only:
            self._interest.connected()
        self._outbox.connected()
        return self._watch.connection_made(now)

    def disconnected(self, now: float, detail: str) -> list[NodeEvent]:
        """Note that there is no connection, or none to be had; `detail` is why, for the log."""
        self._interest.disconnected()
        self._presence.pause()
        self._reunion.lost(self._presence.nodes)
        return self._watch.connection_lost(detail, now)

    def take_subscriptions(self) -> tuple[list[str], list[str]]:
        """Take the channels to subscribe to, and those to unsubscribe from.

        Say `not_subscribed` of those that the broker could not be asked for.
        """
        return self._interest.take()

    def not_subscribed(self, channels: Iterable[str]) -> None:
        """Note that the broker was not asked for `channels`: they are to be taken again."""
        self._interest.not_subscribed(channels)

    def subscribed(self, channels: Iterable[str], now: float) -> list[NodeEvent]:
        """Note that what is published to `channels` comes here from now on."""
        before = self._interest.ready
        self._interest.subscribed(channels)
        if not before and self._interest.ready:
            self._presence.begin(now)
            self._watch.ready(now)
            self._reunion.begin(now)
        return []

    def is_subscribed(self, namespace: str, room: Hashable) -> bool:
        """Tell whether what other nodes send to `room` of `namespace` comes here."""
        return self._interest.is_subscribed(namespace, room)

    def take_publications(self, max_bytes: int = 262_144) -> list[Publication]:
        """Take what is to be published, in order: one, and more up to `max_bytes` in all.

        Say `published` or `not_published` of each. After a lost connection nothing but words of
        this node about itself comes here, until those who were there before are back.
        """
        return self._outbox.take(max_bytes)

    @property
    def has_publications(self) -> bool:
        """Whether `take_publications` has something, also after an input that only listens."""
        return self._outbox.has_some

    def published(self, publications: Sequence[Publication], now: float) -> list[NodeEvent]:
        """Note that the broker has `publications`."""
        self._notices.counters.published += len(publications)
        return self._watch.published(now)

    def not_published(self, publications: Sequence[Publication], now: float) -> list[NodeEvent]:
        """Note that the broker may not have `publications`.

        They are next to be taken, but for what was not taken on three connections: that is dropped,
        for it may be why they ended.
        """
        self._outbox.put_back(publications, now)
        return self._watch.not_published(now)

    def strangers(self, count: int, now: float) -> list[NodeEvent]:
        """Note that `count` are subscribed to the channel of all that are no nodes of this kind.

        The broker may know: nodes are subscribed to `channels.all`, too.
        """
        return self._routing.strangers(count)

    def leave(self, now: float) -> list[NodeEvent]:
        """Say goodbye to the other nodes: publish what `take_publications` has before the end."""
        self._reunion.end()
        self._presence.end(now)
        return []

    # Time -------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        """Return when to call `handle_timeout`, in seconds of the driver's clock, or None."""
        return self._timers.next

    def handle_timeout(self, now: float) -> list[NodeEvent]:
        """Act on every deadline up to `now`; an early or extra call does nothing."""
        events: list[NodeEvent] = []
        while (owner := self._timers.pop_due(now)) is not None:
            events += owner.deadline_passed(now)
        return events

    # Events -----------------------------------------------------------------

    def emit(self, emit: Emit, now: float, message: Prepared | None = None) -> None:
        """Send an event to the clients of other nodes.

        `message` is what local clients got of `emit`, if there were some: it is not encoded again.
        Raises `LocalProtocolError` for what cannot be sent: arguments, names of rooms, a message
        above `max_publish_size`. Take `take_publications` next.
        """
        self._emit(emit, now, message, None)

    def emit_with_ack(
        self,
        emit: Emit,
        token: Any,
        now: float,
        until: float | None = None,
        *,
        single: bool = False,
    ) -> None:
        """Send an event that the clients of other nodes are to acknowledge.

        Each `RemoteAckReceived` has the `token`, until `until` or `ack_timeout` passes, which
        `RemoteAckGivenUp` says. With `single`, or if `emit` is for the sid of one client, the first
        is the last; for a sid, `RemoteAckGivenUp` says as well that the client is gone. Raises
        `LocalProtocolError` in a node that only writes, and as `emit` does.
        """
        if self.write_only:
            raise LocalProtocolError(
                "a write-only manager hears no acknowledgements: "
                "emit without a callback, or from a process that runs a server"
            )
        if emit.to is not None and not emit.to:
            self._notices.later(RemoteAckGivenUp(token))
            return
        number = self._acks.next_number()
        self._emit(emit, now, None, number)
        one = next(iter(emit.to)) if emit.to is not None and len(emit.to) == 1 else None
        single = single or tag_of(one) is not None
        latest = now + self.config.ack_timeout
        until = latest if until is None else min(until, latest)
        self._acks.expect(number, token, until, single=single, of=tag_of(one))

    def forget_ack(self, token: Any) -> None:
        """Report nothing more of what was sent with `token`."""
        self._acks.forget_token(token)

    def ack(self, address: AckAddress, args: Sequence[Any], now: float) -> None:
        """Tell another node what a client acknowledged an event with.

        The `address` came with the event. Raises `LocalProtocolError` for `args` that cannot be
        sent.
        """
        if address.tag is None:
            message, text = self._json.callback(address, args, self.host_id, self._next_number())
            self._put(self.channels.base, text, now, message)
            return
        packet = Packet(ACK_PACKET, address.namespace, list(args), address.number)
        frames = self._serializers.frames(packet)
        number = self._next_number()
        name = self._serializers.name
        head = (ACK, self.host_id, number, address.tag, address.number, name)
        self._put(self.channels.of_node(address.tag), write(head, frames), now)

    def no_ack(self, address: AckAddress, now: float) -> None:
        """Tell another node that no acknowledgement will come: the client is gone.

        The `address` came with the event, which was for one client. python-socketio cannot be told.
        """
        tag = address.tag or self._presence.tag_of(address.host_id)
        if tag is not None:
            self._tell(self.channels.of_node(tag), now, GONE, tag, address.number)

    def _emit(self, emit: Emit, now: float, message: Prepared | None, ack: int | None) -> None:
        check_event_name(emit.event)
        if emit.to is not None and not emit.to:
            return
        namespace, to, skip = emit.namespace, emit.to, emit.skip
        channel = self.channels.of_rooms(namespace, to)
        for room in skip:
            sendable(room)
        if not self._routing.on:
            form, text = self._json.emit(emit, self.host_id, self._next_number(), ack)
            self._put(self.channels.base, text, now, form)
            return
        if message is None or ack is not None:
            packet = Packet(EVENT_PACKET, namespace, [emit.event, *emit.args])
            frames = self._serializers.frames(packet)
        else:
            frames = message.frames
        flags = (VOLATILE if emit.volatile else 0) | (0 if emit.compress else UNCOMPRESSED)
        head = (
            EMIT,
            self.host_id,
            self._next_number(),
            namespace,
            None if to is None else tuple(to),
            tuple(skip),
            flags,
            None if ack is None else (self.tag, ack),
            self._serializers.name,
        )
        self._put(channel, write(head, frames), now)

    # Clients of other nodes ---------------------------------------------------

    def enter_room(self, sid: str, room: Hashable, namespace: str, now: float) -> None:
        """Have the node of client `sid` put it into `room` of `namespace`.

        Raises `LocalProtocolError` for a room that cannot be named to other nodes.
        """
        self._order("enter_room", namespace, now, sid, room)

    def leave_room(self, sid: str, room: Hashable, namespace: str, now: float) -> None:
        """Have the node of client `sid` take it out of `room` of `namespace`.

        Raises as `enter_room` does.
        """
        self._order("leave_room", namespace, now, sid, room)

    def close_room(self, room: Hashable, namespace: str, now: float) -> None:
        """Have all nodes take their clients out of `room` of `namespace`.

        Raises as `enter_room` does.
        """
        self._order("close_room", namespace, now, None, room)

    def disconnect(self, sid: str, namespace: str, now: float) -> None:
        """Have the node of client `sid` end its `namespace`."""
        self._order("disconnect", namespace, now, sid, None)

    def _order(
        self, method: str, namespace: str, now: float, sid: str | None, room: Hashable
    ) -> None:
        message: dict[str, Any] = {"method": method, "namespace": namespace}
        channel = self.channels.base
        if sid is not None:
            message["sid"] = sid
            tag = tag_of(sid)
            if tag is not None and self._routing.on:
                channel = self.channels.of_node(tag)
        if method != "disconnect":
            message["room"] = sendable(room)
        message["host_id"] = self.host_id
        message["sequence"] = self._next_number()
        self._put(channel, self._json.text(message), now, message)

    def find(
        self, sid: str, namespace: str, token: Any, until: float, now: float
    ) -> list[NodeEvent]:
        """Ask whether client `sid` of `namespace` is connected elsewhere: `Found` has the `token`.

        It comes at `until` at the latest, with False, and at once where no node can have it.
        python-socketio cannot be asked. Raises `LocalProtocolError` in a node that only writes.
        """
        if self.write_only:
            raise LocalProtocolError(
                "a write-only manager hears no answers: ask in a process that runs a server"
            )
        nodes = self._presence.nodes
        tag = tag_of(sid)
        if tag == self.tag:
            return [Found(token, False)]  # who asks has looked at his own clients
        waiting: list[str] | None = list(nodes)
        channel = self.channels.all
        if tag is not None and tag in nodes:
            waiting = [tag]
            channel = self.channels.of_node(tag)
        elif not self._presence.settled(now):
            waiting = None  # some may not have had the time to say that they are there
        elif tag is not None or not nodes:
            return [Found(token, False)]
        number = self._questions.ask(token, waiting, until)
        self._tell(channel, now, QUESTION, self.tag, number, namespace, sid)
        return []

    def answer_find(self, address: FindAddress, found: bool, now: float) -> None:
        """Answer the `FindAsked` with `address`: whether the client was `found` here."""
        channel = self.channels.of_node(address.tag)
        self._tell(channel, now, ANSWER, self.tag, address.number, found, address.tag)

    # Other nodes --------------------------------------------------------------

    def tell(self, topic: str, value: Any, now: float) -> None:
        """Tell all other nodes something that is not for clients: `Told` has it there.

        `topic` is what it is about, `value` what JSON can carry. python-socketio passes over it.
        Raises `LocalProtocolError` for what JSON cannot carry and a message above
        `max_publish_size`.
        """
        try:
            self._tell(self.channels.all, now, TOLD, self.tag, topic, value)
        except (TypeError, ValueError) as error:
            if isinstance(error, LocalProtocolError):
                raise
            raise LocalProtocolError(f"JSON cannot carry what is told of {topic!r}") from None

    # Rooms of local clients -----------------------------------------------------

    def room_created(self, namespace: str, room: Hashable, now: float) -> None:
        """Note that `room` of `namespace` has its first local member.

        Take `take_subscriptions` next. It is a `RoomCreated` of `Rooms.observers`; what is known
        already may be said again, but for the rooms of clients' own where there is no
        `has_clients`: these are counted.
        """
        self._interest.created(namespace, room)

    def room_deleted(self, namespace: str, room: Hashable, now: float) -> None:
        """Note that the last local member left `room` of `namespace`."""
        self._interest.deleted(namespace, room, now)

    # State ----------------------------------------------------------------------

    @property
    def routing(self) -> bool:
        """Whether messages go only to the nodes that they concern."""
        return self._routing.on

    @property
    def nodes(self) -> Mapping[str, Peer]:
        """The other nodes, by tag."""
        return self._presence.nodes

    def health(self) -> Health:
        """Return how this node is, as it is known now."""
        watch = self._watch
        return Health(
            healthy=watch.healthy,
            detail=watch.detail or "nothing is known of the broker yet",
            since=watch.since,
            connected=watch.connected,
            round_trip=watch.round_trip,
            routing=self._routing.on,
            nodes=tuple(self._presence.nodes),
            queued_messages=len(self._outbox),
            queued_bytes=self._outbox.size,
            counters=self._notices.counters.copy(),
        )

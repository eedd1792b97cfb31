"""The half of a cluster's manager that has no colour: its node, and what its node tells it.

A manager of either colour has one `Node` of `sio_core.cluster` and one broker, which a runner
joins while the server runs. What other processes ask for is done for the clients of this one by
`server.local`.
"""

from __future__ import annotations

import json as standard_json
import os
import secrets
import weakref
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from threading import Lock
from typing import Any, Generic

from sio_core import DecodeError, Prepared, cluster
from sio_core.codecs.choose_json import json_of
from sio_core.socketio import Emit, RoomCreated, RoomDeleted, RoomEvent, event_args

from ..local import BaseManager, ServerT, recipients, sids
from .ack_elsewhere import AckElsewhere
from .contents import with_contents
from .options import ClusterOptions, read_options
from .runner import Runner

LEAVE_SECONDS = 2.0
"""Seconds in which a server that ends publishes what waits."""

NO_OPTIONS: Mapping[str, Any] = {}


class ClusterMember(BaseManager[ServerT], Generic[ServerT]):
    """A manager that shares its clients and rooms with those of other processes, over a broker."""

    _runner: Any = None
    _was_node = False
    _is_closed = False

    def _prepare(self, channel: str, write_only: bool, codec: Any, options: ClusterOptions) -> None:
        self.channel = channel
        self.write_only = write_only
        if codec is not None:
            json_of(codec)  # raises for what is none
            self.json = codec
        self._config = read_options(channel, options)
        self.begin_anew()
        _members.add(self)
        self._methods: Mapping[type, Callable[[Any], None]] = {
            cluster.EmitReceived: self._on_emit,
            cluster.RemoteAckReceived: self._on_ack,
            cluster.RemoteAckGivenUp: self._on_ack_given_up,
            cluster.DisconnectAsked: self._on_disconnect,
            cluster.EnterAsked: self._on_enter,
            cluster.LeaveAsked: self._on_leave,
            cluster.CloseAsked: self._on_close,
            cluster.FindAsked: self._on_find,
            cluster.Found: self._on_found,
            cluster.Told: self._on_told,
            cluster.HealthChanged: self._on_health,
            cluster.RoutingChanged: self._on_routing,
            cluster.MessageRefused: self._on_refused,
            cluster.PublicationsDropped: self._on_dropped,
        }

    def begin_anew(self) -> None:
        """Be no node yet, as in a process that was just forked."""
        self._beginning = Lock()
        self._renew()

    def _renew(self) -> None:
        """Be a node that none has been before: others remember what that one said."""
        self._runner = None
        self._was_node = False
        self.host_id = secrets.token_hex(16)
        self._tag = secrets.token_urlsafe(6)  # 8 characters

    # Of each colour -------------------------------------------------------

    @abstractmethod
    def _choose_broker(self) -> Any:
        """Make the broker of this manager, which is connected later."""

    @abstractmethod
    def _make_runner(self, node: cluster.Node, broker: Any) -> Runner:
        """Make what runs the node."""

    # A broker of one's own ------------------------------------------------

    @abstractmethod
    def _make_broker(self) -> Any:
        """Make the broker of a subclass that has one."""

    _inner: Any = None

    def _inner_broker(self) -> Any:
        """Return the broker below the methods `_publish` and `_listen` of this class.

        They are called only where a subclass, such as one of `RedisManager`, has one of the two and
        calls the method of its base, or has one and leaves the other. The broker of the node is a
        `HookBroker` then, which ends this one, too: see `take_inner_broker`.
        """
        if self._inner is None:
            self._inner = self._make_broker()
        return self._inner

    def take_inner_broker(self) -> Any:
        """Return the broker of `_inner_broker` and forget it; None if there is none.

        Whoever takes it closes it. The next call of `_publish` or `_listen` makes another one, for
        the connection that comes next.
        """
        inner, self._inner = self._inner, None
        return inner

    def _published_form(self, data: Mapping[str, Any]) -> bytes:
        text = self.json.dumps(data)
        return text.encode() if isinstance(text, str) else bytes(text)

    # The node -------------------------------------------------------------

    def set_server(self, server: ServerT) -> None:
        """Take `server`, which this manager is given to; servers call it."""
        super().set_server(server)
        self._calls.observe_rooms(self._observe)

    def initialize(self) -> None:
        """Connect to the broker, and listen to the other processes."""
        if not self.write_only:
            self._running()

    def is_ready(self) -> bool:
        """Return whether this process hears the others."""
        return self.write_only or bool(self._running().is_ready())

    def new_sid(self) -> str:
        """Return the sid of a new client, whose beginning says which process it is connected to."""
        return f"{self._tag}.{super().new_sid()}"

    def _running(self) -> Any:
        """Return what runs the node, which begins with the first call."""
        runner = self._runner
        if runner is None or runner.is_over():
            with self._beginning:
                if self._runner is runner:  # no other thread was faster
                    self._begin()
            runner = self._runner
        return runner

    def _begin(self) -> None:
        self._is_closed = False
        if self._was_node:
            self._renew()
        self._was_node = True
        broker = self._choose_broker()
        # A broker of somebody's own takes nothing but the messages of python-socketio.
        only_json = getattr(broker, "only_dictionaries", False)
        node = cluster.Node(
            replace(self._config, routing=False) if only_json else self._config,
            host_id=self.host_id,
            tag=self._tag,
            parser=None if self._local is None else self._calls.parser,
            json=self._json_codec(),
            write_only=self.write_only,
            routes=broker.routes,
            has_clients=self._has_clients,
        )
        runner = self._make_runner(node, broker)
        self._runner = runner
        if not self.write_only:
            runner.start()
        for namespace in self._calls.namespaces():
            for room in self._calls.room_names(namespace):
                runner.note(node.room_created, namespace, room)

    def _json_codec(self) -> Any:
        return None if self.json is standard_json else self.json

    def _has_clients(self, namespace: str) -> bool:
        return self._calls.has_clients(namespace)

    def _observe(self, event: RoomEvent) -> None:
        """Note which rooms have members here. Called where the core is being changed."""
        runner = self._runner
        if runner is not None:
            node = runner.node
            if isinstance(event, RoomCreated):
                runner.note(node.room_created, event.namespace, event.room)
            elif isinstance(event, RoomDeleted):
                runner.note(node.room_deleted, event.namespace, event.room)

    def _make_emit(self, event: str, data: Any, namespace: str, to: Any, skip_sid: Any) -> Emit:
        skip = () if skip_sid is None else sids(skip_sid)
        return Emit(event, event_args(data), namespace or "/", recipients(to, None), skip)

    def _tell_others(self, emit: Emit, callback: Any) -> Any:
        """Have an event sent to the clients of other processes. Returns what ours are sent, if so.

        Raises `ValueError` for what cannot be sent, and `RuntimeError` for a callback that would
        not be called.
        """
        runner = self._running()
        node, to = runner.node, emit.to
        if to is not None and len(to) == 1:
            (room,) = to
            if cluster.tag_of(room) == self._tag:
                return None  # a client of this process
        if callback is not None:
            self._check_hears()
            runner.ask(node.emit_with_ack, emit, callback, runner.now())
            return None
        message = None
        if node.routing and self._local is not None:
            message = self._local.prepare(emit)
        runner.ask(node.emit, emit, runner.now(), message)
        return message

    def _check_hears(self) -> None:
        if self.write_only:
            raise RuntimeError(
                "a write_only manager hears no answers: emit without a callback, or ask in a "
                "process that runs a server"
            )

    def _is_here(self, sid: str, namespace: str, options: Mapping[str, Any] = NO_OPTIONS) -> bool:
        """Tell whether a client is, or was, one of this process: no other one is asked."""
        return (
            bool(options.get("ignore_queue"))
            or cluster.tag_of(sid) == self._tag
            or self._calls.find(sid, namespace) is not None
        )

    def _order(self, method: str, *args: Any) -> None:
        """Have the process of a client do something with it: a method of the node with `args`."""
        runner = self._running()
        runner.ask(getattr(runner.node, method), *args, runner.now())

    # What other processes ask for -------------------------------------------

    def _take(self, events: Sequence[cluster.NodeEvent]) -> None:
        for event in events:
            try:
                self._methods[type(event)](event)
            except Exception:
                self._get_logger().exception("what another process asked for failed")

    def _on_emit(self, event: cluster.EmitReceived) -> None:
        emit = event.emit
        if event.ack is None:
            if event.message is not None and self._calls.are_events_observed():
                emit = self._with_contents(emit, event.message)
            self._local.send(emit, event.message)
            return
        single = emit.to is not None and [*map(cluster.tag_of, emit.to)] == [self._tag]
        asked = emit.token = AckElsewhere(partial(self._acknowledge, event.ack), single=single)
        self._local.send(emit)
        if not asked.ack_id:
            asked.abort()

    def _with_contents(self, emit: Emit, message: Prepared) -> Emit:
        """Read what clients get, for observers; what cannot be read is for the clients to judge."""
        try:
            return with_contents(emit, message.frames, self._calls.parser)
        except DecodeError:
            return emit

    def _acknowledge(self, address: cluster.AckAddress, args: Sequence[Any] | None) -> None:
        """Tell the process that sent an event what a client acknowledged it with, or that none did.

        What cannot be sent is none, and logged.
        """
        if args is not None:
            try:
                self._order("ack", address, args)
                return
            except ValueError as error:
                log = self._get_logger()
                log.warning("channel %s: an acknowledgement is lost: %s", self.channel, error)
        self._order("no_ack", address)

    def _on_ack(self, event: cluster.RemoteAckReceived) -> None:
        self._local.call_back(event.token, list(event.args))

    def _on_ack_given_up(self, event: cluster.RemoteAckGivenUp) -> None:
        self._local.give_up(event.token)

    def forget_ack(self, callback: Any) -> None:
        """Wait no more for acknowledgements of what was sent with `callback`."""
        runner = self._runner
        if runner is not None:
            runner.ask(runner.node.forget_ack, callback)

    def _on_disconnect(self, event: cluster.DisconnectAsked) -> None:
        self._local.start_disconnect(event.sid, event.namespace)

    def _on_enter(self, event: cluster.EnterAsked) -> None:
        if self.is_connected(event.sid, event.namespace):
            self.basic_enter_room(event.sid, event.namespace, event.room)

    def _on_leave(self, event: cluster.LeaveAsked) -> None:
        self.basic_leave_room(event.sid, event.namespace, event.room)

    def _on_close(self, event: cluster.CloseAsked) -> None:
        self.basic_close_room(event.room, event.namespace)

    def _on_find(self, event: cluster.FindAsked) -> None:
        found = self.is_connected(event.sid, event.namespace)
        self._order("answer_find", event.address, found)

    def _on_found(self, event: cluster.Found) -> None:
        event.token(event.found)

    def tell_servers(self, topic: str, value: Any) -> None:
        """Tell the other servers something that is not for clients.

        `value` is what JSON can carry: raises `ValueError` for anything else, and for more than
        `max_publish_size`. Those of python-socketio pass over it.
        """
        self._order("tell", topic, value)

    def _on_told(self, event: cluster.Told) -> None:
        hear = self._topics.get(event.topic)
        if hear is not None:
            hear(event.value)

    # What is to be known ------------------------------------------------------

    def health(self) -> cluster.Health:
        """Return how this process and its broker get on: see `sio_core.cluster.Health`.

        `healthy` is true while what this process publishes comes back to it through the broker; for
        one that only writes, while the broker takes what is published.
        """
        runner = self._runner or self._running()
        health: cluster.Health = runner.health()
        return health

    def _on_health(self, event: cluster.HealthChanged) -> None:
        log, name = self._get_logger(), type(self).__name__
        if event.healthy:
            log.info("%s: channel %s works: %s", name, self.channel, event.detail)
            return
        log.warning(
            "%s: channel %s does not work, other processes are not reached: %s",
            name,
            self.channel,
            event.detail,
        )
        if self._runner is not None:
            self._runner.connect_again()

    def _on_routing(self, event: cluster.RoutingChanged) -> None:
        how = "to those whom it concerns" if event.on else "to all processes"
        self._get_logger().info("%s goes %s: %s", self.channel, how, event.detail)

    def _on_refused(self, event: cluster.MessageRefused) -> None:
        self._get_logger().warning(
            "channel %s: %d messages were refused (%s): %s",
            self.channel,
            event.count,
            event.reason,
            event.detail,
        )

    def _on_dropped(self, event: cluster.PublicationsDropped) -> None:
        self._get_logger().error(
            "channel %s: %d messages for other processes are lost: %s",
            self.channel,
            event.count,
            event.detail,
        )


_members: weakref.WeakSet[ClusterMember[Any]] = weakref.WeakSet()


def _after_fork() -> None:
    for member in list(_members):
        member.begin_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

"""Whole servers with their clients, several as one: what a manager does, in memory."""

from collections.abc import Hashable
from typing import Any

from sio_core import Request, engineio
from sio_core.cluster import (
    AckAddress,
    CloseAsked,
    DisconnectAsked,
    EmitReceived,
    EnterAsked,
    FindAsked,
    LeaveAsked,
    NodeConfig,
    NodeEvent,
)
from sio_core.socketio import (
    AckReceived,
    Delivery,
    Emit,
    Event,
    RoomCreated,
    RoomDeleted,
    RoomEvent,
)
from sio_core.socketio.server import Server
from sio_core.testing import Bus, BusLine, ClientModel, Ids, Net
from sio_core.testing.host import Pipe
from sio_core.values import Frame

from .nodes import make, sid

ALL_CLIENTS = engineio.Config(allow_eio3=True)


class Process:
    """A server with clients on a network of its own, and its node on the bus of all."""

    def __init__(
        self, bus: Bus, number: int, config: NodeConfig | None = None, **options: Any
    ) -> None:
        self.bus = bus
        self.number = number
        self.net = Net(parser=options.get("parser"), engine_config=ALL_CLIENTS)
        self.net.engine.new_sid = Ids(f"session{number}-")
        self.net.on_event = self._event
        self.server: Server = self.net.server
        self.node = make(
            number, config, has_clients=self.server.rooms.everyone.__contains__, **options
        )
        self.server.rooms.observers.append(self._room)
        self.server._new_id = self._new_id
        self._last = 0
        self.answers: list[tuple[Any, Any]] = []
        self.line: BusLine = bus.join(self.node, self._told)

    def client(self, *namespaces: str) -> ClientModel:
        """Return a new client that is connected."""
        client = self.net.add_client(ClientModel(("websocket",)))
        for namespace in namespaces or ("/",):
            client.connect(namespace)
        self.net.run()
        return client

    def older_client(self, *namespaces: str) -> tuple[Pipe, list[Frame]]:
        """Return the WebSocket of a new client of Engine.IO 3, and the frames that it gets."""
        frames: list[Frame] = []
        request = Request("GET", "EIO=3&transport=websocket", websocket=True)
        pipe = self.net.open_pipe(request, frames.extend, lambda: None)
        assert pipe is not None
        for namespace in namespaces:
            self.net.receive(pipe, f"40{namespace}")
        assert pipe.link.due is not None  # the open packet waits for a moment
        self.net.advance(pipe.link.due - self.net.clock.now)
        frames.clear()
        return pipe, frames

    def emit(self, emit: Emit) -> None:
        """Send an event to the clients of all servers."""
        now = self.bus.clock.now
        delivery = self.server.begin_send(emit)
        if delivery is not None:
            self.server.encode_send(delivery)
            self.server.finish_send(delivery)
        if emit.token is None:
            self.node.emit(emit, now, None if delivery is None else delivery.message)
        else:
            self.node.emit_with_ack(emit, emit.token, now, emit.until)
        self.net.settle()

    def _new_id(self) -> str:
        self._last += 1
        return sid(self.number, f"{self._last:020}")

    def _room(self, event: RoomEvent) -> None:
        if isinstance(event, RoomCreated):
            self.node.room_created(event.namespace, event.room, self.bus.clock.now)
        elif isinstance(event, RoomDeleted):
            self.node.room_deleted(event.namespace, event.room, self.bus.clock.now)

    def _event(self, event: Event) -> None:
        self.net.accept_all(event)
        if isinstance(event, AckReceived):
            if isinstance(event.token, AckAddress):
                self.node.ack(event.token, event.args, self.bus.clock.now)
            else:
                self.answers.append((event.token, event.args))

    def _told(self, event: NodeEvent) -> None:
        now = self.bus.clock.now
        match event:
            case EmitReceived(emit, None, address):
                emit.token = address
                self.server.send(emit)
            case EmitReceived(emit, message):
                self.server.finish_send(Delivery(emit, None, message))
            case EnterAsked(client, namespace, room):
                self._move(client, namespace, room, enter=True)
            case LeaveAsked(client, namespace, room):
                self._move(client, namespace, room, enter=False)
            case CloseAsked(namespace, room):
                self.server.close_room(room, namespace)
            case DisconnectAsked(client, namespace):
                socket = self.server.find(client, namespace)
                if socket is not None:
                    self.net._report(self.server.disconnect(socket, self.net.clock.now))
            case FindAsked(client, namespace, asker):
                found = self.server.find(client, namespace) is not None
                self.node.answer_find(asker, found, now)
        self.net.settle()

    def _move(self, client: str, namespace: str, room: Hashable, *, enter: bool) -> None:
        socket = self.server.find(client, namespace)
        if socket is not None and enter:
            self.server.join(socket, room)
        elif socket is not None:
            self.server.leave(socket, room)


class Fleet:
    """Some servers on one bus."""

    def __init__(self, count: int, config: NodeConfig | None = None, **options: Any) -> None:
        self.bus = Bus()
        self.servers = [Process(self.bus, number, config, **options) for number in range(count)]
        self.run()

    def run(self) -> None:
        """Deliver everything, as often as that causes something."""
        moving = True
        while moving:
            self.bus.run()
            moving = False
            for server in self.servers:
                moving = moving or not server.net.quiet
                server.net.run()
            moving = moving or any(server.node.health().queued_messages for server in self.servers)

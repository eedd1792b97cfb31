"""Many clients, spread over the servers of a fleet: bare WebSockets that note what they hear."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sio_core.socketio import JSONParser, Packet, PacketType
from tests.support.fleet import Member
from tests.support.light import LightClient, shake_hands
from tests.support.raw import LIMIT

PARSER = JSONParser()
BEGUN = "begun"
Event = list[Any]


class Listener(LightClient):
    """A client of one member; `heard` are the events that it was sent.

    It answers `question` with what that brought, and one word more.
    """

    def __init__(self, member: Member, rooms: Sequence[str] = ()) -> None:
        super().__init__()
        self.member = member
        self.rooms = rooms
        self.heard: list[Event] = []
        self.left = False
        self.on_event: Callable[[Event], None] = self.heard.append
        self._answers: dict[int, list[Any]] = {}
        self._asked = 0
        self._decoder = PARSER.decoder()
        self._changed = asyncio.Event()

    async def come(self) -> None:
        """Connect, and wait for the word of welcome, which comes once it is in its rooms."""
        try:
            await shake_hands(self, self.member.served)
            await self.until(lambda: self.got("welcome"))
        except TimeoutError as error:
            error.add_note(f"{self.member.make} let nobody in: {self.member.served.log()[-2000:]}")
            raise
        self.heard.clear()

    def packet_received(self, packet: str | bytes) -> None:
        """Take a packet of Engine.IO."""
        if isinstance(packet, str):
            if packet[0] == "0":
                self.send("40" + json.dumps({"rooms": self.rooms}))
                return
            packet = packet[1:]
        found = self._decoder.add(packet)
        if found is not None:
            self._take(found)
            self._changed.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note the end of the connection."""
        super().connection_lost(exc)
        self.left = True
        self._changed.set()

    def _take(self, packet: Packet) -> None:
        data: Any = packet.data
        if packet.type == PacketType.CONNECT:
            self.sid = data["sid"]
        elif packet.type == PacketType.DISCONNECT:
            self.left = True
        elif packet.type == PacketType.ACK:
            assert packet.id is not None
            self._answers[packet.id] = data
        elif packet.id is None:
            self.on_event(data)
        elif data[0] == "question":
            self._send(Packet(PacketType.ACK, "/", [*data[1:], "answer"], packet.id))

    def _send(self, packet: Packet) -> None:
        for part in PARSER.encode(packet):
            self.send(f"4{part}" if isinstance(part, str) else part)

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait until `condition`, which depends on what came, is true."""
        while not condition():
            await self.changed()

    async def changed(self) -> None:
        """Wait until something has come."""
        async with asyncio.timeout(LIMIT):
            await self._changed.wait()
        self._changed.clear()

    def got(self, name: str) -> list[Event]:
        """Return the arguments of all events of a name."""
        return [args for event, *args in self.heard if event == name]

    async def ask(self, *args: Any) -> list[Any]:
        """Send an event. Returns what acknowledges it."""
        self._asked += 1
        number = self._asked
        self._send(Packet(PacketType.EVENT, "/", list(args), number))
        await self.until(lambda: number in self._answers)
        return self._answers.pop(number)

    async def in_room(self, room: str, *, there: bool = True) -> None:
        """Wait until it is in a room, or is not any more."""
        while (room in (await self.ask("rooms"))[0]) is not there:
            await asyncio.sleep(0.02)


class Crowd:
    """Clients, of which each next one is at the next server; `emitter` serves none."""

    def __init__(
        self, servers: Sequence[Member], emitter: Member, clients: Sequence[Listener]
    ) -> None:
        self.servers = servers
        self.emitter = emitter
        self.clients = clients
        self._words = 0

    @property
    def members(self) -> tuple[Member, ...]:
        """All processes."""
        return (*self.servers, self.emitter)

    def of(self, member: Member) -> list[Listener]:
        """Return the clients of one server."""
        return [client for client in self.clients if client.member is member]

    def others(self, member: Member) -> Iterator[Listener]:
        """Return a client of each server that is another one."""
        return (self.of(other)[0] for other in self.servers if other is not member)

    async def are_one(self) -> None:
        """Have each process emit until every client has heard it: then they are one fleet."""
        for number, member in enumerate(self.members):
            while not all([number] in client.got(BEGUN) for client in self.clients):
                await member.do("emit", BEGUN, number)
                await asyncio.sleep(0.02)

    async def have_heard_all(self) -> None:
        """Wait until every client that is there has heard what all processes have emitted."""
        self._words += 1
        words = [[[self._words, number]] for number in range(len(self.members))]
        for member, [word] in zip(self.members, words, strict=True):
            await member.do("emit", "word", word)
        for client in self.clients:
            while not client.left and not all(word in client.got("word") for word in words):
                await client.changed()


async def come(clients: Sequence[Listener]) -> None:
    """Have the clients of one server connect, one after the other.

    python-socketio publishes their words of welcome by one connection to the broker, which is not
    for several threads at a time.
    """
    for client in clients:
        await client.come()


@asynccontextmanager
async def crowd(
    servers: Sequence[Member], emitter: Member, rooms: Sequence[Sequence[str]]
) -> AsyncIterator[Crowd]:
    """Have one client come for each list of rooms that it is to be in; they are one fleet."""
    clients = [Listener(servers[n % len(servers)], rooms[n]) for n in range(len(rooms))]
    try:
        found = Crowd(servers, emitter, clients)
        await asyncio.gather(*(come(found.of(server)) for server in servers))
        await found.are_one()
        yield found
    finally:
        for client in clients:
            if hasattr(client, "transport"):
                client.transport.abort()

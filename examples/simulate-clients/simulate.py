"""A thousand clients against one server, in memory: what happens depends on the seed alone.

`sio_core.testing.Net` has the server core, a model of each client, and what is on its way.
"""

import argparse
import random
from collections import Counter

from sio_core import socketio
from sio_core.testing import ClientModel, Net, Troubles

TRANSPORTS = (("polling",), ("websocket",), ("polling", "websocket"))
ROOM_SIZE = 20


class Simulation:
    """Clients that talk in rooms, and others that come in their place when connections break."""

    def __init__(self, clients: int, trouble: float, seed: int) -> None:
        self.chance = random.Random(seed)
        self.troubles = Troubles(abort=trouble, drop=trouble)
        self.net = Net()
        self.net.on_event = self.handle
        self.room_of: dict[ClientModel, int] = {}
        self.members: Counter[int] = Counter()
        self.count: Counter[str] = Counter()
        for number in range(clients):
            self.come(number // ROOM_SIZE)
        self.run()

    def come(self, room: int) -> None:
        """Add one more client, which connects at once."""
        client = self.net.add_client(ClientModel(self.chance.choice(TRANSPORTS)))
        client.connect(auth={"room": room})
        self.room_of[client] = room

    def handle(self, event: socketio.Event) -> None:
        """Act on one event of the server, as an application does."""
        server = self.net.server
        match event:
            case socketio.ConnectRequested(socket, {"room": int(room)}):
                socket.data = {"room": room}
                self.members[room] += 1
                server.join(socket, room)
                server.accept(socket)
            case socketio.EventReceived(socket, "say", [text], int(ack_id)):
                room = socket.data["room"]
                self.count["sent on"] += self.members[room] - 1
                server.emit("said", [text], to=[room], skip={socket.sid})
                server.ack(socket, ack_id, [])
            case socketio.Disconnected(socket):
                self.members[socket.data["room"]] -= 1
                server.release(socket)

    def run(self) -> None:
        """Move what is on its way, in any order and with trouble; then replace who is gone."""
        self.net.run(self.chance, self.troubles)
        for client in [client for client in self.net.clients if client.closed]:
            self.net.clients.remove(client)
            self.note(client)
            self.count[f"broken connections: {client.closed}"] += 1
            self.come(self.room_of.pop(client))

    def note(self, client: ClientModel) -> None:
        """Count what a client got."""
        self.count["received"] += len(client.events)
        self.count["acknowledged"] += len(client.acks)

    def talk(self) -> None:
        """Have every client say something that the others of its room are to hear."""
        for client in self.net.clients:
            if client.sids:
                client.emit_with_ack("say", "hello")
                self.count["said"] += 1
        self.run()

    def finish(self, seconds: float) -> dict[str, int]:
        """Let time pass without trouble. Returns what was counted."""
        self.net.run_for(seconds)
        for client in self.net.clients:
            self.note(client)
            self.count["pings answered"] += client.engine.pings
            self.count[f"at the end on {client.engine.transport}"] += 1
        return dict(sorted(self.count.items()))


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="Simulate clients of a Socket.IO server.")
    options.add_argument("--clients", type=int, default=1000, help="how many (%(default)s)")
    options.add_argument("--rounds", type=int, default=3, help="how often each talks (%(default)s)")
    options.add_argument("--trouble", type=float, default=0.0005, help="likelihood (%(default)s)")
    options.add_argument("--seed", type=int, default=1, help="another run (%(default)s)")
    given = options.parse_args()
    simulation = Simulation(given.clients, given.trouble, given.seed)
    for _ in range(given.rounds):
        simulation.talk()
    for what, count in simulation.finish(seconds=60).items():
        print(f"{what}: {count}")

"""What the servers and the clients are asked to do: a row here is a scenario of `run.py`."""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a scenario measures."""

    LOAD = "server CPU a message, under load"
    MEMORY = "memory a connection, server CPU a heartbeat"
    START = "time to start"
    LATENCY = "latency at a rate that is the same for all"
    CLIENT = "client CPU a message"
    CLIENTS = "client CPU a message and memory a client"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One thing to do to a server or with a client: `clients` connections, as `arguments` say."""

    title: str
    arguments: str = ""  # of the load generator, or of the program that is the client
    clients: int = 0
    kind: Kind = Kind.LOAD
    rate: float = 0  # messages a second, 0: as many as come back
    half_of: str = ""  # the scenario whose rate is found first, with Node's server: half of it
    crowd: bool = False  # `--connections` says how many clients

    @property
    def fresh(self) -> bool:
        """Whether each turn needs a process of its own."""
        return self.kind is not Kind.LOAD

    @property
    def client(self) -> bool:
        """Whether it is for clients."""
        return self.kind in (Kind.CLIENT, Kind.CLIENTS)


CONNECTIONS = 10_000
"""Clients of a crowd, unless `--connections` says otherwise."""

MOST_CONNECTIONS = 60_000
"""What the load generator can open."""

CROWD_BEATS = 2_000
"""Heartbeats a second in a crowd: their interval grows with the number of clients."""


def beat_interval(connections: int) -> float:
    """Return the seconds between two heartbeats of a client in a crowd."""
    return max(1.0, connections / CROWD_BEATS)


def _client(title: str, arguments: str) -> Scenario:
    return Scenario(title, arguments, 1, Kind.CLIENT)


SCENARIOS = {
    "echo32": Scenario(
        "events of 32 bytes echoed with an acknowledgement, 50 clients, 10 outstanding each",
        "-s echo -w 10 -l 32",
        50,
    ),
    "echo1k": Scenario(
        "events of 1 KiB echoed with an acknowledgement, 50 clients, 10 outstanding each",
        "-s echo -w 10 -l 1024",
        50,
    ),
    "bcast100": Scenario("a broadcast to 100 clients, one at a time", "-s fanout -k 1", 100),
    "bcast1000": Scenario("a broadcast to 1,000 clients, one at a time", "-s fanout -k 1", 1000),
    "burst1000": Scenario("10 broadcasts in a row to 1,000 clients", "-s fanout -k 10", 1000),
    "rooms": Scenario(
        "emits to 50 random rooms of 10, 1,000 clients", "-s rooms -r 10 -k 50", 1000
    ),
    "bin1k": Scenario("a binary broadcast of 1 KiB to 100 clients", "-s binfan -k 1 -b 1024", 100),
    "bin64k": Scenario(
        "a binary broadcast of 64 KiB to 100 clients", "-s binfan -k 1 -b 65536", 100
    ),
    "connect": Scenario("WebSocket connect, namespace and close, 20 at a time", "-s connect", 20),
    "pollecho": Scenario(
        "events echoed over HTTP long polling, 50 clients", "-s pollecho -w 1", 50
    ),
    "idle": Scenario(
        "memory and heartbeats of idle WebSockets",
        "-s idle",
        CONNECTIONS,
        Kind.MEMORY,
        crowd=True,
    ),
    "cold": Scenario("import time, and spawn to the first answered request", kind=Kind.START),
    "paced32": Scenario(
        "echo32 at half of the rate that Node's server takes",
        "-s echo -l 32 -S",
        50,
        Kind.LATENCY,
        half_of="echo32",
    ),
    "pacedbcast1000": Scenario(
        "bcast1000 at half of the rate that Node's server takes",
        "-s fanout -k 1 -S",
        1000,
        Kind.LATENCY,
        half_of="bcast1000",
    ),
    "crowd": Scenario(
        "1,000 echoes a second among idle WebSockets",
        "-s echo -l 32 -S",
        CONNECTIONS,
        Kind.LATENCY,
        rate=1000,
        crowd=True,
    ),
    "crowdbcast": Scenario(
        "two broadcasts a second to a crowd",
        "-s fanout -k 1 -S",
        CONNECTIONS,
        Kind.LATENCY,
        rate=2,
        crowd=True,
    ),
    "call": _client("calls of 32 bytes echoed, one at a time", "call websocket"),
    "emit": _client("100 emits and a call, again and again", "emit websocket"),
    "receive": _client("100 events from the server, again and again", "receive websocket"),
    "binary": _client("calls of 1 KiB of bytes echoed, one at a time", "binary websocket"),
    "open": _client("a new client connects and disconnects, one at a time", "open websocket"),
    "pollcall": _client("calls of 32 bytes echoed over HTTP long polling", "call polling"),
    "pollemit": _client("15 emits and a call over HTTP long polling", "emit polling"),
    "pollreceive": _client("15 events from the server over HTTP long polling", "receive polling"),
    "pollbinary": _client(
        "calls of 1 KiB of bytes echoed over HTTP long polling", "binary polling"
    ),
    "pollopen": _client(
        "a new client connects and disconnects over HTTP long polling", "open polling"
    ),
    "many": Scenario(
        "1,000 clients in one process get a broadcast, one at a time",
        "many websocket",
        1000,
        Kind.CLIENTS,
    ),
}

TO_WATCH = ("echo32", "bcast1000")
"""The figures that a change to the project is judged by."""

PARSERS = ("echo32", "echo1k", "bcast1000")
"""What `--parser` runs, with `bcast100` and `burst1000` what it can run."""

BARE = TO_WATCH
"""What `--bare` runs, and what a bare application can do."""

WSGI = ("echo32", "bcast100", "bin1k", "connect", "pollecho")
"""What `--wsgi` runs: as many clients as a server can have a thread for each."""

OBSERVED = ("echo32", "bcast100", "rooms", "connect")
"""What `--observed` runs: all that metrics count."""

CAPACITY = ("echo32", "echo1k", "bcast1000", "rooms", "bin1k", "connect", "pollecho", "idle")
"""What `--capacity` runs."""

QUICK = (*TO_WATCH, "bin1k", "cold")
"""What `--quick` runs: one of each sort that takes no time to set up."""

LATENCY = tuple(name for name, scenario in SCENARIOS.items() if scenario.kind is Kind.LATENCY)
"""What `--latency` runs."""

SERVER = tuple(
    name for name, scenario in SCENARIOS.items() if not scenario.client and name not in LATENCY
)
"""What is run of servers unless others are asked for."""

CLIENT = tuple(name for name, scenario in SCENARIOS.items() if scenario.client)
"""What `--clients` runs."""

CLIENT_QUICK = ("call", "receive", "pollcall", "many")
"""What `--clients --quick` runs."""

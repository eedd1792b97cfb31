"""What is compared: a row of `SIDES` is one server or client.

A row of `PYTHONS` is an interpreter to run it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
SERVERS = HERE / "servers"
CLIENTS = HERE / "clients"


class BenchError(Exception):
    """A comparison cannot be made; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Python:
    """An interpreter that an option of its own or an environment variable names."""

    has: str
    variable: str
    install: str


@dataclass(frozen=True, slots=True)
class Side:
    """A server or a client: `program` is a row of `PYTHONS` or "node".

    `server` is one of the web servers, or of the programs of clients; `needs` are modules that
    this side alone needs with it.
    """

    title: str
    program: str
    server: str = ""
    needs: tuple[str, ...] = ()

    @property
    def wsgi(self) -> bool:
        """Whether the blocking server is what runs."""
        return self.server in WSGI_SERVERS

    @property
    def bare(self) -> bool:
        """Whether it is an application without Socket.IO."""
        return self.server in BARE

    @property
    def tls(self) -> bool:
        """Whether its program can serve over TLS."""
        if self.program == "node" or self.wsgi:
            return True
        return "uvicorn" in BARE.get(self.server, (self.server[:7],))

    @property
    def client(self) -> bool:
        """Whether a client is what is measured."""
        return self.server in CLIENT_PROGRAMS


PYTHONS = {
    "theirs": Python("python-socketio", "SIO_PEER_PYTHON", "bench/requirements.txt"),
    "ours": Python("this project", "SIO_OURS_PYTHON", "sio-compat[asgi,wsgi] and the web server"),
}

SIDES = {
    "theirs": Side("python-socketio, uvicorn", "theirs", "uvicorn-sansio"),
    "ours": Side("this project, uvicorn with its WebSocket class", "ours", "uvicorn-sio"),
    "fast": Side(
        "this project with sio-core[fast], uvicorn with its WebSocket class",
        "ours",
        "uvicorn-sio+msgspec",
    ),
    "observed": Side(
        "this project with metrics for Prometheus, uvicorn with its WebSocket class",
        "ours",
        "uvicorn-sio+metrics",
    ),
    "plain": Side("this project, uvicorn", "ours", "uvicorn-sansio"),
    "node": Side("socket.io, Node.js with ws", "node"),
    "bare": Side("a WebSocket application without Socket.IO, uvicorn", "ours", "bare-sansio"),
    "bare-own": Side(
        "an application without Socket.IO on this project's WebSocket class", "ours", "bare-sio"
    ),
    "bare-granian": Side(
        "a WebSocket application without Socket.IO, granian", "ours", "bare-granian"
    ),
    "bare-hypercorn": Side(
        "a WebSocket application without Socket.IO, hypercorn", "ours", "bare-hypercorn"
    ),
    "theirs-wsproto": Side("python-socketio, uvicorn with wsproto", "theirs", "uvicorn-wsproto"),
    "plain-wsproto": Side("this project, uvicorn with wsproto", "ours", "uvicorn-wsproto"),
    "theirs-granian": Side("python-socketio, granian", "theirs", "granian"),
    "plain-granian": Side("this project, granian", "ours", "granian"),
    "theirs-hypercorn": Side("python-socketio, hypercorn", "theirs", "hypercorn"),
    "plain-hypercorn": Side("this project, hypercorn", "ours", "hypercorn"),
    "theirs-tornado": Side("python-socketio, Tornado", "theirs", "tornado"),
    "ours-tornado": Side("this project, Tornado", "ours", "tornado"),
    # python-socketio does not serve a Sanic of today by itself
    "theirs-sanic": Side(
        "python-socketio, in front of Sanic under uvicorn",
        "theirs",
        "sanic",
        ("uvicorn", "websockets"),
    ),
    "ours-sanic": Side("this project, Sanic", "ours", "sanic"),
    "theirs-threads": Side(
        "python-socketio in threads, gunicorn", "theirs", "gunicorn", ("simple_websocket",)
    ),
    "ours-threads": Side("this project in threads, gunicorn", "ours", "gunicorn"),
    "theirs-gevent": Side("python-socketio, gevent's pywsgi", "theirs", "pywsgi"),
    "ours-gevent": Side("this project, gevent's pywsgi", "ours", "pywsgi"),
    "theirs-eventlet": Side("python-socketio, eventlet", "theirs", "eventlet"),
    "ours-eventlet": Side("this project, eventlet", "ours", "eventlet"),
    "theirs-aiohttp": Side("python-socketio in aiohttp", "theirs", "aiohttp"),
    "ours-aiohttp": Side("this project in aiohttp", "ours", "aiohttp"),
    "theirs-async": Side(
        "python-socketio's AsyncClient", "theirs", "async_client.py", ("aiohttp",)
    ),
    "ours-async": Side("this project's AsyncClient", "ours", "async_client.py"),
    "theirs-blocking": Side(
        "python-socketio's Client", "theirs", "blocking_client.py", ("requests", "websocket")
    ),
    "ours-blocking": Side("this project's Client", "ours", "blocking_client.py"),
}

DEFAULT = ("theirs", "ours", "fast", "plain", "node")
"""The sides compared unless others are asked for; `node` is left out where it is missing."""

WSGI = tuple(f"{who}-{mode}" for mode in ("threads", "gevent", "eventlet") for who in PYTHONS)
"""The sides that `--wsgi` compares: in each mode both under the same web server."""

CAPACITY = ("ours",)
"""The side that `--capacity` measures."""

OBSERVED = ("ours", "observed")
"""The sides that `--observed` compares: the same server without and with metrics."""

CLIENT_SIDES = tuple(f"{who}-{mode}" for mode in ("async", "blocking") for who in PYTHONS)
"""The sides that `--clients` compares, all with the same server."""

# ASGI web server: the modules it needs besides socketio and the loop
WEB_SERVERS = {
    "uvicorn-sio": ("sio_asgi", "uvicorn", "wsproto"),
    "uvicorn-sio+msgspec": ("sio_asgi", "uvicorn", "wsproto", "msgspec"),
    "uvicorn-sio+metrics": ("sio_asgi", "uvicorn", "wsproto", "prometheus_client"),
    "uvicorn-sansio": ("uvicorn", "websockets"),
    "uvicorn-wsproto": ("uvicorn", "wsproto"),
    "granian": ("granian",),
    "hypercorn": ("hypercorn",),
}

# bare application: as above, without socketio
BARE = {
    "bare-sansio": ("uvicorn", "websockets"),
    "bare-sio": ("sio_asgi", "uvicorn", "wsproto"),
    "bare-granian": ("granian",),
    "bare-hypercorn": ("hypercorn",),
}

BARE_SIDES = ("ours", "plain", "bare", "bare-own")
"""The sides that `--bare` compares."""

# what is divided by a bare side: what has the same web server, and what this project is best at
PRICED = {
    "bare": ("theirs", "plain", "ours"),
    "bare-own": ("ours", "fast"),
    "bare-granian": ("theirs-granian", "plain-granian"),
    "bare-hypercorn": ("theirs-hypercorn", "plain-hypercorn"),
}

PARSER_SIDES = {"msgpack": ("theirs", "ours", "fast", "node"), "cbor": ("ours", "fast")}
"""The sides that have each of the parsers of `--parser`."""

LATENCY_SIDES = ("ours", "node")
"""The sides that `--latency` compares: those that can take half of what Node can."""

# framework, whose program in SERVERS is named after it: the modules it needs besides socketio
FRAMEWORKS = {"aiohttp": ("aiohttp",), "tornado": ("tornado",), "sanic": ("sanic",)}

# WSGI web server: the modules it needs besides socketio
WSGI_SERVERS = {
    "gunicorn": ("gunicorn",),
    "pywsgi": ("gevent", "geventwebsocket"),
    "eventlet": ("eventlet",),
}

# what can be measured of the clients, in CLIENTS
CLIENT_PROGRAMS = ("async_client.py", "blocking_client.py")


def pairs(labels: Sequence[str]) -> list[tuple[str, str]]:
    """Return which sides are divided by each other: ours first, then the peer.

    A side of this project meets the peers under the same web server, or all of them where there is
    none. Without a peer, or without this project, all are held against the first.
    Beside a bare application, what is asked is how many times as much as it the others use.
    """
    bare = [label for label in labels if label in PRICED]
    if bare:
        return [(label, dear) for label in bare for dear in PRICED[label] if dear in labels]
    ours = [label for label in labels if SIDES[label].program == "ours"]
    peers = [label for label in labels if label not in ours]
    if not ours or not peers:
        return [(label, labels[0]) for label in labels[1:]]
    found = []
    for own in ours:
        alike = [label for label in peers if SIDES[label].server == SIDES[own].server]
        found += [(own, peer) for peer in alike or peers]
    return found

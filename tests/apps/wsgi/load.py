"""The echo server for load: storms of emits, handlers that may overlap, and what is left."""

import gc
import json
from collections import Counter
from collections.abc import Iterable
from functools import partial
from typing import Any

from sio_core.engineio import Session
from sio_server.drivers.threads.connection import BlockingConnection
from sio_wsgi import WSGIApp
from tests.apps.wsgi.echo import add_handlers, make_server
from tests.apps.wsgi.journal import Journal, counts

EMITTERS = 20
ROUNDS = 10
SIZES = (1, 100, 20_000, 70_000)
"""Lengths that make frames of every form, and together more than the buffer of a socket."""

sio = make_server()
journal = Journal(sio.concurrency)
add_handlers(sio, journal)
now: Counter[str] = Counter()
most: Counter[str] = Counter()
released = sio.concurrency.event()


@sio.on("step")
def step(sid: str, number: int) -> None:
    """Give way to every other handler, then answer; count how many of the client run here."""
    now[sid] += 1
    sio.sleep(0)
    most[sid] = max(most[sid], now[sid])
    sio.emit("stepped", number, to=sid)
    now[sid] -= 1


@sio.on("most")
def most_at_once(sid: str) -> int:
    """Return how many handlers of this client have run at the same time."""
    return most[sid]


@sio.on("hold")
def hold(sid: str) -> bool:
    """Return when another client says so."""
    return bool(released.wait(30))


@sio.on("release")
def release(sid: str) -> None:
    """Let `hold` return."""
    released.set()


def storm(_: str) -> None:
    """Emit from many threads or greenlets, which begin together."""
    start = sio.concurrency.event()
    tasks = [sio.start_background_task(_emit, start, number) for number in range(EMITTERS)]
    start.set()
    for task in tasks:
        task.join()


def _emit(start: Any, emitter: int) -> None:
    start.wait(30)
    for number in range(ROUNDS):
        size = SIZES[(emitter + number) % len(SIZES)]
        mark = bytes([emitter, number])
        sio.emit("part", (emitter, number, mark * size, mark * 3))
        sio.sleep(0)


def flood(target: str) -> None:
    """Send eight megabytes to one client, or in order to `all`."""
    for number in range(80):
        sio.emit("flood", (number, "x" * 100_000), to=None if target == "all" else target)


journal.orders |= {"storm": storm, "flood": flood, "dismiss": partial(sio.disconnect, close=True)}


def load() -> dict[str, int]:
    """What the process has at the moment."""
    found = counts()
    living = [type(item) for item in gc.get_objects()]
    driver = sio.driver
    return {
        **found,
        "sessions": len(driver.engine.sessions),
        "connections": len(driver.connections),
        "writers": driver.writers,
        "session objects": living.count(Session),
        "connection objects": living.count(BlockingConnection),
    }


def other(environ: Any, start_response: Any) -> Iterable[bytes]:
    """Answer `GET /load`, and whatever the journal answers."""
    if environ["PATH_INFO"] != "/load":
        return journal(environ, start_response)
    body = json.dumps(load()).encode()
    start_response("200 OK", [("content-length", str(len(body)))])
    return [body]


app = journal.watch(WSGIApp(sio, other))

"""The contract that every manager passes: blocking, asyncio, both in one fleet, and with peers.

Three servers and a process that only emits, 40 clients spread over the servers. The peers are those
of python-socketio: what ours are mixed with does what the tests take for granted.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.support.brokers.kinds import PLAIN
from tests.support.brokers.shared import Brokers
from tests.support.fleet import Fleet, makes_of
from tests.support.fleet_contract import (
    ROOMS,
    answers_come_back,
    clients_of_any_process_are_moved,
    emits_reach_whom_they_are_for,
)
from tests.support.fleet_crowd import Crowd, crowd

if TYPE_CHECKING:
    from tests.support.fleet import Member

pytest_plugins = ["tests.support.brokers.fixtures"]

MakesOfFleet = tuple[str, str, str, str]
"""The makes of three servers, and that of the process that only emits."""

PEERS: MakesOfFleet = (
    *("python-socketio-asgi", "python-socketio-wsgi", "python-socketio-wsgi"),
    "python-socketio-asgi",
)


def fleets_of(kind: str) -> Iterator[MakesOfFleet]:
    """Yield the fleets over a kind of broker: of one colour, mixed, with peers, in greenlets."""
    makes = makes_of(kind)
    if kind != "zeromq-unix":
        for make in makes:
            yield make, make, make, make
    if len(makes) == 2:
        yield "ours-wsgi", "ours-asgi", "ours-wsgi", "ours-asgi"
    if kind in ("redis", "rabbitmq"):
        yield "ours-asgi", "ours-wsgi", "python-socketio-asgi", "python-socketio-wsgi"
        yield "python-socketio-wsgi", "ours-wsgi", "ours-asgi", "ours-asgi"
        yield PEERS
    if kind in ("redis", "rabbitmq"):
        yield "ours-gevent", "ours-eventlet", "ours-asgi", "ours-gevent"
    if kind == "zeromq":
        # Without eventlet the manager of python-socketio for ZeroMQ logs an error for each look
        # that finds no message, and looks again.
        yield "ours-asgi", "ours-wsgi", "python-socketio-wsgi", "ours-wsgi"


FLEETS = [
    pytest.param((kind, makes), id="-".join([kind, "+".join(makes)]))
    for kind in (*PLAIN, "zeromq-unix")
    for makes in fleets_of(kind)
]


@pytest.fixture(scope="module", params=FLEETS)
def processes(
    brokers: Brokers, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[tuple[Member, ...]]:
    """Return three servers and a process that only emits."""
    kind, (*makes, emitting) = request.param
    broker = brokers.shared(kind)
    channel = broker.new_channel()
    fleet = Fleet(tmp_path_factory.mktemp("fleet"))
    start = partial(fleet, broker=broker, channel=channel)
    try:
        yield fleet.at_once(
            *(partial(start, make) for make in makes),
            partial(start, emitting, write_only=True),
        )
    finally:
        fleet.stop()


@pytest.fixture
async def many(processes: tuple[Member, ...]) -> AsyncIterator[Crowd]:
    """Return 40 clients of these."""
    *servers, emitter = processes
    async with crowd(servers, emitter, ROOMS) as found:
        yield found


async def test_emits_reach_whom_they_are_for(many: Crowd) -> None:
    await emits_reach_whom_they_are_for(many)


async def test_answers_come_back(many: Crowd) -> None:
    await answers_come_back(many)


async def test_clients_of_any_process_are_moved(many: Crowd) -> None:
    await clients_of_any_process_are_moved(many)

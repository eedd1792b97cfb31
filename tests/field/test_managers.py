"""Managers that others wrote, each over its real broker between two processes."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

import sio_client
from tests.field.running import serving, uvicorn
from tests.support.brokers.broker import Broker
from tests.support.servers import PATIENCE, Served, get

pytest_plugins = ["tests.support.brokers.fixtures"]

PROGRAMS = {
    "redis": uvicorn("di_program:app"),
    "postgresql": uvicorn("pg_program:make", "--factory"),
}


@contextmanager
def two(tmp_path, broker: Broker) -> Iterator[list[Served]]:
    where = {"FIELD_BROKER": broker.url, "FIELD_CHANNEL": broker.new_channel()}
    with ExitStack() as stack:
        served = []
        for name in ("one", "two"):
            folder = tmp_path / name
            folder.mkdir()
            # The manager for PostgreSQL prints that it was cancelled.
            loud = broker.kind == "postgresql"
            program = serving(folder, PROGRAMS[broker.kind], loud_end=loud, **where)
            served.append(stack.enter_context(program))
        yield served


@contextmanager
def client(served: Served, name: str) -> Iterator[sio_client.SimpleClient]:
    with sio_client.SimpleClient() as sio:
        sio.connect(served.origin, headers={"X-Name": name})
        assert sio.receive(PATIENCE) == ["you are", name]
        yield sio


def hears(listener: sio_client.SimpleClient, speaker: sio_client.SimpleClient, room: str) -> None:
    """Wait until what one says reaches the other: a manager may still be about to listen."""
    for _ in range(30):
        speaker.emit("say", {"room": room, "text": "hello"})
        try:
            heard = listener.receive(1)
        except TimeoutError:
            continue
        assert heard == ["said", {"room": room, "text": "hello"}]
        return
    pytest.fail("nothing was heard")


@pytest.mark.parametrize("broker", PROGRAMS, indirect=True)
def test_between_two_processes(broker, tmp_path):
    with two(tmp_path, broker) as (first, second):
        with client(first, "Ada") as ada, client(second, "Ben") as ben:
            assert ben.call("join", "den") == f"signed {ben.sid}"
            ben.client.on("question", lambda asked: [asked["from"], 42])
            hears(ben, ada, "den")
            assert ada.call("ask", ben.sid) == [ada.sid, 42]
            assert ben.call("ask", ben.sid) == [ben.sid, 42]  # in its own process
            gone = ada.sid
            ada.disconnect()
            while (heard := ben.receive(PATIENCE))[0] == "said":
                pass
            assert heard == ["left", gone]
        if broker.kind == "redis":
            status, _, page = get(first, "/sio-docs")
            assert status == 200
            assert b"Socket.IO API" in page

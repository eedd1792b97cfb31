"""The lock of the blocking driver: how often it is taken, and what is not done while it is held."""

import json
import time

import pytest

from sio_core.engineio.session import Message
from sio_core.socketio import EventReceived
from sio_server import Server
from sio_server.drivers.threads.entrance.entrance import AT_ONCE, SHORT

from ..test_driver import HANG, connect


class CountingLock:
    """A lock that counts how often it is taken."""

    def __init__(self, lock):
        self._lock = lock
        self.turns = 0

    def __enter__(self):
        self._lock.acquire()
        self.turns += 1

    def __exit__(self, *error):
        self._lock.release()


class OwnJSON:
    """The `json=` of an application, which looks whether the driver is locked."""

    def __init__(self):
        self.look = lambda: None
        self.seen = []

    def loads(self, text, **options):
        self.seen.append(self.look())
        return json.loads(text, **options)

    def dumps(self, value, **options):
        return json.dumps(value, **options)


@pytest.fixture
def serve():
    """`serve(**options)`: a server whose timer is stopped at the end."""
    servers = []

    def make(**options):
        servers.append(Server(async_mode="threading", **options))
        return servers[-1]

    yield make
    for server in servers:
        server.driver.stop()


def connected(server):
    """Connect one client, and wait until its handlers are over. Returns connection and session."""
    connection, _, _ = connect(server)
    (session,) = server.driver.engine.sessions.values()
    until = time.monotonic() + HANG
    while session.driver.pending:
        assert time.monotonic() < until, "the connect handler did not end"
        time.sleep(0.001)
    return connection, session


def receive(server, frame, monkeypatch):
    """Have a client send `frame`. Returns how often the lock was taken, and the event it was."""
    connection, _ = connected(server)
    events = []
    lock = CountingLock(server.driver.lock)
    monkeypatch.setattr(server.driver, "_dispatch", events.append)
    monkeypatch.setattr(server.driver, "lock", lock)
    connection.receive(frame)
    (event,) = events
    assert isinstance(event, EventReceived)
    return lock.turns, event


def test_a_short_message_takes_one_turn_with_the_lock(serve, monkeypatch):
    turns, event = receive(serve(), '42["x",1]', monkeypatch)
    assert (turns, event.name, event.args) == (1, "x", [1])


def test_a_longer_message_is_decoded_without_the_lock(serve, monkeypatch):
    text = "y" * SHORT
    turns, event = receive(serve(), f'42["x","{text}"]', monkeypatch)
    assert (turns, event.args) == (2, [text])


def test_the_application_decodes_without_the_lock(serve, monkeypatch):
    codec = OwnJSON()
    server = serve(json=codec)
    codec.look = server.driver.lock.locked
    turns, event = receive(server, '42["x",1]', monkeypatch)
    assert (turns, event.args) == (2, [1])
    assert codec.seen == [False]


def read(server, packet, monkeypatch):
    """Have the body of a POST request bring `packet`. Returns as `receive` does."""
    _, session = connected(server)
    events = []
    lock = CountingLock(server.driver.lock)
    monkeypatch.setattr(server.driver, "_dispatch", events.append)
    monkeypatch.setattr(server.driver, "lock", lock)

    def take(body, now):
        return [Message(session, body.decode())]

    server.driver.read(session.driver, take, packet)
    (event,) = events
    return lock.turns, event


def test_a_short_body_takes_one_turn_with_the_lock(serve, monkeypatch):
    turns, event = read(serve(), b'2["x",1]', monkeypatch)
    assert (turns, event.name, event.args) == (1, "x", [1])


def test_a_longer_body_is_decoded_without_the_lock(serve, monkeypatch):
    text = "y" * SHORT
    turns, event = read(serve(), f'2["x","{text}"]'.encode(), monkeypatch)
    assert (turns, event.args) == (2, [text])


def test_the_application_decodes_a_body_without_the_lock(serve, monkeypatch):
    codec = OwnJSON()
    server = serve(json=codec)
    codec.look = server.driver.lock.locked
    turns, event = read(server, b'2["x",1]', monkeypatch)
    assert (turns, event.args) == (2, [1])
    assert codec.seen == [False]


def test_a_broadcast_holds_few_connections_at_the_same_time(serve):
    server = serve()
    clients = [connect(server) for _ in range(3 * AT_ONCE + 1)]
    held = []

    def watch(write):
        def watched(data):
            held.append(sum(connection._lock.locked() for connection, _, _ in clients))
            return write(data)

        return watched

    for _, socket, _ in clients:
        socket.write = watch(socket.write)
    server.emit("news", 1)
    assert all(socket.written.endswith(b'42["news",1]') for _, socket, _ in clients)
    assert held == [*range(AT_ONCE, 0, -1)] * 3 + [1]


def test_a_connection_that_fails_keeps_no_other_from_its_messages(serve):
    server = serve()
    clients = [connect(server) for _ in range(2 * AT_ONCE)]
    broken = clients[1][1]

    def fail(data):
        raise OSError("broken pipe")

    broken.write = fail
    server.emit("news", 1)
    assert broken.ended.is_set()
    told = [socket for _, socket, _ in clients if socket.written.endswith(b'42["news",1]')]
    assert len(told) == len(clients) - 1

"""`Server` in memory, in threads: how a mode is chosen, emits, calls, order and the end."""

import sys
import threading

import pytest

from sio_core import Request, Response
from sio_server import Namespace, Server, exceptions
from sio_server.threads import Threads

HANG = 20.0
"""Seconds after which a wait is a failure: a guard, no test takes long."""


class FakeHTTP:
    """One request as the driver sees it."""

    def environ(self):
        return {"REMOTE_ADDR": "192.0.2.1"}

    def body(self, limit):
        return b""

    def gone(self):
        return False


class FakeSocket:
    """A socket that takes `room` bytes before it makes its writers wait."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.written = b""
        self.room = 1_000_000
        self.ended = threading.Event()

    def write(self, data):
        with self.changed:
            taken = bytes(data[: self.room])
            self.room -= len(taken)
            self.written += taken
            self.changed.notify_all()
            return len(taken)

    def wait_writable(self, seconds):
        with self.changed:
            self.changed.wait_for(lambda: self.room > 0, seconds)

    def give(self, room):
        with self.changed:
            self.room += room
            self.changed.notify_all()

    def shut(self):
        self.ended.set()

    def wait_for(self, data):
        with self.changed:
            assert self.changed.wait_for(lambda: data in self.written, HANG), self.written


def connect(server):
    """Connect one client. Returns its connection, its socket and its sid."""
    query = "EIO=4&transport=websocket"
    request = Request("GET", query, host="testserver", websocket=True)
    connection = server.driver.websocket(request, FakeHTTP())
    assert not isinstance(connection, Response)
    wire = FakeSocket()
    connection.opened(wire)
    connection.receive("40")
    wire.wait_for(b'40{"sid":"')
    sid = wire.written.rpartition(b'40{"sid":"')[2].partition(b'"')[0].decode()
    return connection, wire, sid


@pytest.fixture
def server():
    server = Server(async_mode="threading")
    yield server
    server.driver.stop()


def test_a_mode_is_chosen(monkeypatch):
    assert Server(async_mode="threading").async_mode == "threading"
    with pytest.raises(ValueError, match="choose one of eventlet, gevent_uwsgi, gevent, threading"):
        Server(async_mode="asgi")
    for mode in ("gevent", "eventlet"):
        monkeypatch.setitem(sys.modules, mode, None)
        with pytest.raises(ValueError, match=rf"pip install sio-wsgi\[{mode}\]"):
            Server(async_mode=mode)
    with pytest.raises(ValueError, match="uWSGI"):
        Server(async_mode="gevent_uwsgi")
    assert Server().async_mode == "threading"


def test_an_event_is_acknowledged(server):
    server.on("add", lambda sid, a, b: a + b)
    connection, wire, _ = connect(server)
    connection.receive('421["add",2,3]')
    wire.wait_for(b"431[5]")


def test_call_waits_for_the_answer(server):
    server.on("start", lambda sid: server.call("question", to=sid, timeout=HANG))
    connection, wire, _ = connect(server)
    connection.receive('427["start"]')
    wire.wait_for(b'421["question"]')
    connection.receive('431["yes"]')
    wire.wait_for(b'437["yes"]')


def test_call_ends_when_the_client_leaves_or_says_nothing(server):
    connection, wire, sid = connect(server)
    with pytest.raises(exceptions.TimeoutError):
        server.call("question", to=sid, timeout=0)
    errors = []

    def ask():
        try:
            server.call("other", to=sid, timeout=HANG)
        except exceptions.DisconnectedError as error:
            errors.append(error)

    task = server.start_background_task(ask)
    wire.wait_for(b'["other"]')
    connection.lost()
    task.join(HANG)
    assert len(errors) == 1


def test_emits_of_many_threads_do_not_mix_frames(server):
    _, wire, sid = connect(server)
    before = len(wire.written)

    def emit(letter):
        for _ in range(50):
            server.emit("data", letter.encode() * 100, to=sid)

    tasks = [server.start_background_task(emit, letter) for letter in "abcd"]
    for task in tasks:
        task.join(HANG)
    head = b'451-["data",{"_placeholder":true,"num":0}]'
    parts = wire.written[before:].split(b"\x81" + bytes([len(head)]) + head)[1:]
    assert len(parts) == 200
    assert all(part == b"\x82\x64" + part[2:3] * 100 for part in parts)


def test_what_a_full_socket_does_not_take_is_written_later_in_order(server):
    _, wire, sid = connect(server)
    wire.room = 3
    server.emit("one", to=sid)
    server.emit("two", to=sid)
    assert b"two" not in wire.written
    wire.give(1000)
    wire.wait_for(b'42["one"]\x81\x0942["two"]')


def test_handlers_run_in_order_where_that_is_asked_for():
    server = Server(async_mode="threading", async_handlers=False)
    seen = []
    server.on("n", lambda sid, n: seen.append((n, threading.get_ident())))
    connection, _, _ = connect(server)
    for number in range(20):
        connection.receive(f'42["n",{number}]')
    # Within the call that brought them, on the thread that reads.
    assert seen == [(number, threading.get_ident()) for number in range(20)]
    with pytest.raises(RuntimeError, match="async_handlers"):
        server.call("question", to="sid")
    server.driver.stop()


def test_a_namespace_object_handles_its_events(server):
    left = threading.Event()

    class Chat(Namespace):
        def on_connect(self, sid, environ):
            self.save_session(sid, {"name": environ["REMOTE_ADDR"]})

        def on_name(self, sid):
            with self.session(sid) as session:
                return session["name"]

        def on_disconnect(self, sid, reason):
            assert reason == self.reason.TRANSPORT_CLOSE
            assert self.rooms(sid) == [sid]
            left.set()

    server.register_namespace(Chat())
    connection, wire, _ = connect(server)
    connection.receive('421["name"]')
    wire.wait_for(b'431["192.0.2.1"]')
    connection.lost()
    assert left.wait(HANG)


def test_a_client_that_is_refused_is_told_why(server):
    @server.event
    def connect(sid, environ):
        raise exceptions.ConnectionRefusedError("not today")

    request = Request("GET", "EIO=4&transport=websocket", host="testserver", websocket=True)
    connection = server.driver.websocket(request, FakeHTTP())
    wire = FakeSocket()
    connection.opened(wire)
    connection.receive("40")
    wire.wait_for(b'44{"message":"not today"}')


def test_room_hooks_run(server):
    seen, joined = [], threading.Event()

    @server.manager.on("join-room")
    def on_join(room, sid):
        seen.append(room)
        if room == "r":
            joined.set()

    _, _, sid = connect(server)
    server.enter_room(sid, "r")
    assert joined.wait(HANG)
    assert seen[-1] == "r"
    assert server.rooms(sid) == [sid, "r"]
    assert set(server.manager.rooms["/"]["r"]) == {sid}


def test_the_end_closes_everybody(server):
    reasons = []
    server.on("disconnect", lambda sid, reason: reasons.append(reason))
    _, wire, _ = connect(server)
    server.shutdown(drain=0)
    assert wire.ended.is_set()
    assert not server.eio.sockets
    assert wire.written.endswith(b"\x88\x02\x03\xe8")


def test_a_thread_runs_one_handler_after_another():
    threads = Threads()
    done: list[int] = []
    for _ in range(3):
        finished = threading.Event()
        threads.run(lambda event=finished: (done.append(threading.get_ident()), event.set()))
        assert finished.wait(HANG)
    assert len(done) == 3

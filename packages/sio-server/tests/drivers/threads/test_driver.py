"""`Server` in memory, in threads: how a mode is chosen, emits, calls, order and the end."""

import sys
import threading
from contextlib import nullcontext

import pytest

from sio_core import Request, Response
from sio_server import Namespace, Server, exceptions

HANG = 20.0
"""Seconds after which a wait is a failure: a guard, no test takes long."""


class FakeHTTP:
    """One request as the driver sees it."""

    def environ(self):
        return {"REMOTE_ADDR": "192.0.2.1"}

    def body(self, limit, max_chunks):
        return b""

    def stop(self):
        pass

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
        Server(async_mode="nonsense")
    with pytest.raises(ValueError, match="'asgi': it is one of AsyncServer"):
        Server(async_mode="asgi")
    for mode in ("gevent", "eventlet"):
        monkeypatch.setitem(sys.modules, mode, None)
        with pytest.raises(ValueError, match=rf'pip install "sio-wsgi\[{mode}\]"'):
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


class Ended(BaseException):
    """A time limit of the application is over."""


@pytest.mark.parametrize("ends", [False, True])
def test_a_long_broadcast_is_written_in_pieces(server, monkeypatch, ends):
    wires = [connect(server)[1] for _ in range(10)]
    news, seen = b'42["news"]', []

    def take_turns():
        seen.append(sum(news in wire.written for wire in wires))
        if ends:
            raise Ended

    monkeypatch.setattr(server.driver, "_at_once", 3)
    monkeypatch.setattr(server.driver, "take_turns", take_turns)
    with pytest.raises(Ended) if ends else nullcontext():
        server.emit("news")
    assert seen == ([3] if ends else [3, 6, 9])
    assert all(wire.written.count(news) == 1 for wire in wires)


def test_handlers_run_one_after_another_where_that_is_asked_for():
    server = Server(async_mode="threading", async_handlers=False)
    seen, all_done = [], threading.Event()

    @server.on("n")
    def on_n(sid, n):
        seen.append((n, threading.get_ident()))
        if n == 19:
            all_done.set()

    connection, _, _ = connect(server)
    for number in range(20):
        connection.receive(f'42["n",{number}]')
    assert all_done.wait(HANG)
    # Never on the thread that reads: it is the web server's, and serves others.
    assert [n for n, _ in seen] == list(range(20))
    assert threading.get_ident() not in {ident for _, ident in seen}
    with pytest.raises(RuntimeError, match="async_handlers"):
        server.call("question", to="sid")
    server.driver.stop()


def test_a_burst_of_one_client_is_answered_in_order(server):
    answers = [b'43%d["%d"]' % (number, number) for number in range(100)]
    server.on("n", lambda sid, n: n)
    connection, wire, _ = connect(server)
    for number in range(100):
        connection.receive(f'42{number}["n","{number}"]')
    for answer in answers:
        wire.wait_for(answer)
    places = [wire.written.index(answer) for answer in answers]
    assert places == sorted(places)


def test_a_handler_that_waits_for_its_client_does_not_hold_up_the_next(server):
    server.on("start", lambda sid: server.call("question", to=sid, timeout=HANG))
    server.on("other", lambda sid: "here")
    connection, wire, _ = connect(server)
    connection.receive('421["start"]')
    wire.wait_for(b'["question"]')
    connection.receive('422["other"]')
    wire.wait_for(b'432["here"]')
    connection.receive('431["yes"]')  # or it would complain into a later test
    wire.wait_for(b'431["yes"]')


def test_no_handler_finds_what_one_of_another_client_left(server):
    left = threading.local()

    @server.on("log in")
    def log_in(sid, name):
        left.user = name

    @server.on("who")
    def who(sid):
        return getattr(left, "user", "nobody")

    clients = [connect(server)[:2] for _ in range(20)]
    for number, (connection, _) in enumerate(clients):
        connection.receive('421["who"]')
        connection.receive(f'422["log in","user {number}"]')
    for _, wire in clients:
        wire.wait_for(b'431["nobody"]')
        wire.wait_for(b"432[]")
    for connection, _ in clients:
        connection.receive('423["who"]')
    for _, wire in clients:
        wire.wait_for(b"433[")
    for number, (_, wire) in enumerate(clients):
        answer = wire.written.partition(b'433["')[2].partition(b'"')[0]
        assert answer in (b"nobody", b"user %d" % number)


class NoThreads:
    """Stands for `threading.Thread` where none can be started, for as long as `ended` is false."""

    def __init__(self, monkeypatch) -> None:
        self.refused = 0
        self.ended = False
        start = threading.Thread.start

        def start_or_refuse(thread):
            if self.ended:
                start(thread)
                return
            self.refused += 1
            raise RuntimeError("can't start new thread")

        monkeypatch.setattr(threading.Thread, "start", start_or_refuse)


def test_the_timer_goes_on_where_no_thread_can_be_started(monkeypatch):
    server = Server(async_mode="threading", ping_interval=0.05, ping_timeout=HANG)
    left = threading.Event()
    server.on("connect", lambda sid, environ: None)
    server.on("disconnect", lambda sid, reason: left.set())
    first, _, _ = connect(server)
    refusal = NoThreads(monkeypatch)
    # The timer has the handler run, for which there is no thread.
    server.driver.call_later(0, lambda: first.lost("gone"))
    timer_runs = threading.Event()
    server.driver.call_later(0.1, timer_runs.set)
    assert timer_runs.wait(HANG)
    refusal.ended = True
    assert left.wait(HANG)
    server.driver.stop()


def test_a_timer_that_cannot_be_started_is_tried_again(monkeypatch):
    server = Server(async_mode="threading")
    refusal = NoThreads(monkeypatch)
    server.driver.call_later(0, lambda: None)
    assert refusal.refused
    refusal.ended = True
    runs = threading.Event()
    server.driver.call_later(0, runs.set)
    assert runs.wait(HANG)
    server.driver.stop()


def test_what_goes_wrong_in_the_timer_does_not_end_it(server, caplog):
    def fail():
        raise ValueError("of a handler's logger, for one")

    runs = threading.Event()
    server.driver.call_later(0, fail)
    server.driver.call_later(0, runs.set)
    assert runs.wait(HANG)
    assert "the timer met an exception" in caplog.text


def test_the_number_of_threads_is_an_option():
    server = Server(async_mode="threading", max_threads=2)
    gate, begun = threading.Event(), threading.Semaphore(0)

    @server.event
    def wait(sid):
        begun.release()
        assert gate.wait(HANG)

    clients = [connect(server) for _ in range(4)]
    for connection, _, _ in clients:
        connection.receive('421["wait"]')
    for _ in range(2):
        assert begun.acquire(timeout=HANG)
    assert not begun.acquire(blocking=False)
    gate.set()
    for _, wire, _ in clients:
        wire.wait_for(b"431[]")
    server.driver.stop()
    with pytest.raises(ValueError, match="max_threads"):
        Server(async_mode="threading", max_threads=0)


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


def test_pings_and_what_comes_after_the_end_count_for_a_turn(server, monkeypatch):
    connection, _, _ = connect(server)
    turns = []
    monkeypatch.setattr(server.driver, "let_others_run", lambda: turns.append(True))
    for _ in range(200):
        connection.pong(b"")
    assert len(turns) >= 3
    connection.end(1000)
    turns.clear()
    for _ in range(200):
        connection.receive("2")
    assert len(turns) >= 3

"""One client that sends more than the server handles, in threads."""

import threading
from dataclasses import replace

import pytest

from sio_core import Request
from sio_server import Server, exceptions

from ..test_driver import HANG, FakeHTTP, connect


class Gate:
    """A handler that waits: counts who is in it, and lets out as many as it is told."""

    def __init__(self, server):
        self.inside = self.most = 0
        self.seen = []
        self._tickets = 0
        self._changed = threading.Condition()
        server.on("work", self)

    def __call__(self, sid, number):
        with self._changed:
            self.seen.append(number)
            self.inside += 1
            self.most = max(self.most, self.inside)
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: self._tickets > 0, HANG)
            self._tickets -= 1
            self.inside -= 1

    def open(self, count):
        with self._changed:
            self._tickets += count
            self._changed.notify_all()

    def sees(self, count):
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.seen) >= count, HANG)


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


def session_of(server):
    (session,) = server.driver.engine.sessions.values()
    return session


def begin(target, *args):
    thread = threading.Thread(target=target, args=args, daemon=True)
    thread.start()
    return thread


class Body(FakeHTTP):
    """A request with a body."""

    def __init__(self, body=b""):
        self._body = body

    def body(self, limit, max_chunks):
        return self._body


class Polling:
    """One client on long-polling: each method is one request."""

    def __init__(self, server):
        self.server = server
        answer = self.request("GET", "")
        self.query = "&sid=" + answer.body.partition(b'"sid":"')[2].partition(b'"')[0].decode()

    def request(self, method, query, body=b""):
        request = Request(method, "EIO=4&transport=polling" + query, host="testserver")
        return self.server.driver.http(request, Body(body))

    def post(self, *packets):
        return self.request("POST", self.query, "\x1e".join(packets).encode())

    def get(self):
        return self.request("GET", self.query)


def work(count):
    return [f'42["work",{number}]' for number in range(count)]


def test_what_came_in_one_read_is_handed_on_as_there_is_room(serve):
    server = serve(max_running_handlers=3)
    gate = Gate(server)
    connection, _, _ = connect(server)

    def read():
        for frame in work(10):
            connection.receive(frame)

    reading = begin(read)
    gate.sees(3)
    gate.open(2)
    gate.sees(5)
    assert reading.is_alive()
    gate.open(100)
    gate.sees(10)
    reading.join(HANG)
    assert gate.most == 3


def test_one_request_is_handed_on_as_there_is_room(serve):
    server = serve(max_running_handlers=3)
    gate = Gate(server)
    client = Polling(server)
    client.post("40")
    client.get()
    answers = []
    post = begin(lambda: answers.append(client.post(*work(10))))
    gate.sees(3)
    assert answers == []
    gate.open(100)
    gate.sees(10)
    post.join(HANG)
    assert answers[0].body == b"ok"
    assert gate.most == 3


def test_a_request_whose_rest_waits_ends_with_its_session(serve):
    server = serve(max_running_handlers=1)
    gate = Gate(server)
    client = Polling(server)
    client.post("40")
    client.get()
    post = begin(client.post, *work(10))
    gate.sees(1)
    while session_of(server).post is None or session_of(server)._pauses == 0:
        pass
    assert client.post(*work(1)).status == 400
    post.join(HANG)
    assert not post.is_alive()
    assert gate.seen == [0]
    gate.open(1)


@pytest.mark.parametrize("async_handlers", [True, False])
def test_a_live_client_is_not_lost_while_it_is_not_read(serve, async_handlers):
    server = serve(max_running_handlers=1, async_handlers=async_handlers)
    gate = Gate(server)
    connection, wire, _ = connect(server)
    reading = begin(connection.receive, '42["work",0]')
    gate.sees(1)
    session = session_of(server)
    while not session._pauses:
        pass
    driver, now = server.driver, server.driver.now()
    for number, later in enumerate((25.25, 45.25, 65.25, 85.25)):  # at the end of ticks
        # Pings go on, and their pongs wait behind the handler.
        assert driver.call(server._core.handle_timeout, now + later) == []
        wire.wait_for(b"\x81\x012" * (number + 1))
    gate.open(1)
    reading.join(HANG)
    assert session.due < driver.now() + 20.1  # reading again, the pong is due again
    with driver.lock:
        assert server._core.handle_timeout(session.tick.time) != []


def test_handlers_that_wait_for_the_client_leave_room_for_its_answers(serve):
    server = serve(max_running_handlers=2)
    server.on("ask", lambda sid, number: server.call("question", number, to=sid, timeout=HANG))
    connection, wire, _ = connect(server)

    def read():
        for number in range(4):
            connection.receive(f'42{number}["ask",{number}]')

    reading = begin(read)
    for number in range(4):
        wire.wait_for(f'["question",{number}]'.encode())
    reading.join(HANG)
    for ack in range(1, 5):
        connection.receive(f"43{ack}[{ack}]")
    for number in range(4):
        wire.wait_for(f"43{number}[".encode())
    peer = session_of(server).driver
    while peer.pending:
        pass
    assert peer.limit == 2


def test_a_call_ends_the_wait_for_room(serve):
    server = serve(max_running_handlers=1)
    gate = Gate(server)
    connection, _, sid = connect(server)

    def read():
        connection.receive('42["work",0]')
        connection.receive("431[5]")

    reading = begin(read)
    gate.sees(1)
    assert server.call("question", to=sid, timeout=HANG) == 5
    gate.open(1)
    reading.join(HANG)


def test_the_end_of_a_session_ends_the_wait_for_room(serve):
    server = serve(max_running_handlers=1)
    gate = Gate(server)
    connection, _, sid = connect(server)
    reading = begin(connection.receive, '42["work",0]')
    gate.sees(1)
    begin(server.disconnect, sid).join(HANG)
    server.driver.input(server.driver.engine.close, session_of(server))
    reading.join(HANG)
    assert not reading.is_alive()
    gate.open(1)


# Clients that do not read -----------------------------------------------------


def block(server, wire, sid):
    """The client reads nothing from now on."""
    with wire.changed:
        wire.room = 0
    server.emit("stuck", to=sid)
    assert session_of(server).link.blocked


def test_emit_does_not_wait_for_ever_for_who_does_not_read(serve):
    server = serve(max_queue_messages=10, slow_client_timeout=0.05)
    left = threading.Event()
    reasons = []
    server.on("disconnect", lambda sid, reason: (reasons.append(reason.describe()), left.set()))
    _, wire, sid = connect(server)
    block(server, wire, sid)

    def emit():
        for number in range(100):
            server.emit("number", number, to=sid)

    emitting = begin(emit)
    emitting.join(HANG)
    assert not emitting.is_alive()
    assert left.wait(HANG)
    assert reasons == ["transport error (client did not take what waits for it in time)"]


def test_pongs_of_who_does_not_read_are_no_sign_of_life(serve):
    server = serve()
    connection, wire, sid = connect(server)
    block(server, wire, sid)
    driver, now = server.driver, server.driver.now()
    assert driver.call(server._core.handle_timeout, now + 25.25) == []
    connection.receive("3")
    assert driver.call(server._core.handle_timeout, now + 45.25) != []


def test_the_timeout_of_a_call_includes_the_sending(serve):
    server = serve(max_queue_messages=10)
    _, wire, sid = connect(server)
    block(server, wire, sid)
    for number in range(8):
        server.emit("number", number)
    failed = []

    def ask(timeout):
        with pytest.raises(exceptions.TimeoutError):
            server.call("question", to=sid, timeout=timeout)
        failed.append(timeout)

    for timeout in (0.01, 0):
        begin(ask, timeout).join(HANG)
    assert failed == [0.01, 0]


def test_twelve_thousand_emits_in_a_row_disconnect_nobody(serve):
    server = serve()
    client = Polling(server)
    client.post("40")
    client.get()
    for number in range(12_000):
        server.emit("number", number)
    assert client.get().body.count(b"42[") == 12_000
    assert len(server.driver.engine.sessions) == 1


def test_a_deadline_that_a_message_moved_is_kept(serve):
    server = serve(connect_timeout=1000, ping_interval=1000)
    connection, wire, _ = connect(server)
    server._core.config = replace(server._core.config, connect_timeout=0.05)
    connection.receive("41")  # leaves the only namespace
    assert wire.ended.wait(HANG)


def test_others_have_their_turn_while_a_long_message_is_decoded(serve):
    server = serve()
    seen, done = [], threading.Event()

    @server.on("work")
    def handle(sid, value):
        seen.append(len(value))
        done.set()

    connection, _, _ = connect(server)
    turns, driver = [], server.driver
    sleep = driver.concurrency.sleep
    driver.concurrency = replace(
        driver.concurrency, sleep=lambda seconds: (turns.append(seconds), sleep(seconds))
    )
    frame = f'42["work",[{"1.5," * 100_000}1]]'
    connection.receive(frame)
    assert done.wait(HANG)
    assert seen == [100_001]
    assert turns.count(0) > len(frame) / 65_536

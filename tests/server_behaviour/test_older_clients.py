"""Clients of Socket.IO 1 and 2 beside those of today: `allow_eio3`."""

import json

from sio_server import Observer
from sio_server.exceptions import ConnectionRefusedError
from tests.server_behaviour.clients import Closed, Polling, Socket
from tests.server_behaviour.harness import MEMORY, each, serving
from tests.server_behaviour.older_clients import JSONPPolling, OlderPolling, OlderSocket, upgrade

KINDS = ("polling", "websocket")
NAMES = ("polling", "polling-text", "websocket", "websocket-text", "jsonp")


def older(server, name):
    """A client of Engine.IO 3 that has shaken hands."""
    kind, _, text = name.partition("-")
    if kind == "jsonp":
        client = JSONPPolling(server.network, server.path)
    else:
        make = OlderPolling if kind == "polling" else OlderSocket
        client = make(server.network, server.path, text=bool(text))
    return client.open()


def refusal(call):
    """What refuses a request."""
    try:
        call()
    except Closed as refused:
        return refused
    raise AssertionError("it was not refused")


def mixed(sio):
    @sio.on("connect")
    def connect(sid, environ, auth):
        sio.note("connect", sid, auth)
        yield sio.enter_room(sid, "everybody")

    @sio.on("connect", namespace="/admin")
    def connect_admin(sid, environ, auth):
        sio.note("admin", sid, auth)
        if auth is None:
            return
        if auth.get("token") == "data":
            raise ConnectionRefusedError("no", {"code": 7})
        if auth.get("token") != "right":
            raise ConnectionRefusedError("Not authorized")

    @sio.on("disconnect")
    def disconnect(sid, reason):
        sio.note("gone", sid, reason)

    @sio.on("disconnect", namespace="/admin")
    def disconnect_admin(sid, reason):
        sio.note("gone", sid, reason)

    @sio.on("echo")
    def echo(sid, *values):
        return values

    @sio.on("echo", namespace="/admin")
    def echo_admin(sid, *values):
        return values

    @sio.on("back")
    def back(sid, *values):
        yield sio.emit("back", values, to=sid)

    @sio.on("ask me")
    def ask_me(sid, value):
        answer = yield sio.call("question", value, to=sid)
        sio.note("answer", answer)

    @sio.on("tell all")
    def tell_all(sid, *values):
        yield sio.emit("told", values, room="everybody", skip_sid=sid)

    @sio.command
    def tell(*values):
        yield sio.emit("told", values, room="everybody")

    @sio.command
    def throw_out(sid, namespace):
        yield sio.disconnect(sid, namespace=namespace)

    @sio.command
    def rooms(sid, namespace):
        return sio.rooms(sid, namespace=namespace)


@serving(mixed, allow_eio3=True, jsonp=True)
@each("name", *NAMES)
def test_events_and_acknowledgements_and_bytes_both_ways(server, name):
    client = older(server, name)
    assert client.opened["sid"] == client.join()
    server.noted("connect", client.sid, None)
    assert client.ask("echo", "a", "é€😀\u2028", 7) == ["a", "é€😀\u2028", 7]
    assert client.ask("echo", b"\x00\x01\xff", "😀", b"") == [b"\x00\x01\xff", "😀", b""]
    client.emit("back", "x" * 3000, b"y" * 3000)
    assert client.event() == ["back", "x" * 3000, b"y" * 3000]
    client.emit("ask me", "how?")
    number, values = client.question()
    assert values == ["question", "how?"]
    client.acknowledge(number, "so")
    server.noted("answer", "so")
    client.ping()
    client.send("41", "1")
    server.noted("gone", client.sid, "client disconnect")


@serving(mixed, allow_eio3=True)
def test_payloads_of_bytes(server):
    client = older(server, "polling")
    client.join()
    client.binary = True
    client.emit("echo", "é€😀", b"\x01\x02", ack=1)
    client.emit("echo", "again", ack=2)
    assert client.packet() == ("3", "/", 1, ["é€😀", b"\x01\x02"])
    assert client.packet() == ("3", "/", 2, ["again"])


@serving(mixed, allow_eio3=True)
@each("kind", *KINDS)
def test_namespaces_with_a_query(server, kind):
    client = older(server, kind)
    client.join()
    assert client.join("/admin", {"token": "right", "a": "b c,é"}) == f"/admin#{client.sid}"
    server.noted("admin", client.sids["/admin"], {"token": "right", "a": "b c,é"})
    assert client.ask("echo", 1, namespace="/admin") == [1]
    assert server.do("rooms", client.sids["/admin"], "/admin") == [client.sids["/admin"]]
    client.send("41/admin,")
    server.noted("gone", client.sids["/admin"], "client disconnect")
    assert client.ask("echo", 2) == [2]
    # It comes back under its old name once its handler has ended.
    client.connect("/admin")
    client.send("41")
    server.noted("gone", client.sid, "client disconnect")
    assert client.ask("echo", 3, namespace="/admin") == [3]


@serving(mixed, allow_eio3=True)
@each("kind", *KINDS)
def test_refusals(server, kind):
    client = older(server, kind)
    client.join()
    assert client.refused("/admin", {"token": "wrong"}) == "Not authorized"
    assert client.refused("/admin", {"token": "data"}) == {"code": 7}
    assert client.refused("/nowhere") == {"message": "Invalid namespace"}
    assert client.ask("echo", 1) == [1]


def closed_to_strangers(sio):
    @sio.on("connect")
    def connect(sid, environ, auth):
        return False

    @sio.on("connect", namespace="/admin")
    def connect_admin(sid, environ, auth):
        sio.note("admin", sid, auth)


@serving(closed_to_strangers, allow_eio3=True)
@each("kind", *KINDS)
def test_a_client_that_the_root_refuses_may_be_elsewhere(server, kind):
    client = older(server, kind)
    assert client.refused() == "Connection rejected by server"
    client.join("/admin", {"a": "b"})
    server.noted("admin", client.sids["/admin"], {"a": "b"})


@serving(closed_to_strangers, allow_eio3=True, connect_timeout=5, modes=MEMORY)
def test_a_client_that_is_nowhere_is_not_kept(server):
    client = older(server, "websocket")
    assert client.refused() == "Connection rejected by server"
    server.advance(5)
    client.ended()


@serving(mixed, allow_eio3=True)
def test_one_room_for_both_generations(server):
    clients = [older(server, name) for name in KINDS for _ in range(2)]
    clients += [server.client(kind) for kind in KINDS for _ in range(2)]
    for client in clients:
        client.join()
        server.noted("connect", client.sid, None)
    server.do("tell", "é😀", 1)
    for client in clients:
        assert client.event() == ["told", "é😀", 1]
    for sender in (clients[0], clients[-1]):
        sender.emit("tell all", b"\x01", "x")
        for client in clients:
            if client is not sender:
                assert client.event() == ["told", b"\x01", "x"]


class Counting:
    """Counts how often something is encoded."""

    def __init__(self):
        self.count = 0

    def dumps(self, value, **options):
        self.count += 1
        return json.dumps(value, **options)

    def loads(self, text):
        return json.loads(text)


COUNTING = Counting()


@serving(mixed, allow_eio3=True, json=COUNTING, modes=MEMORY)
def test_an_emit_is_encoded_once_however_many_clients_there_are(server):
    clients = [older(server, name) for name in NAMES[:4]] + [server.client(kind) for kind in KINDS]
    for client in clients:
        client.join()
        server.noted("connect", client.sid, None)
    before = COUNTING.count
    server.do("tell", "once")
    for client in clients:
        assert client.event() == ["told", "once"]
    assert COUNTING.count == before + 1


@serving(mixed, allow_eio3=True)
@each("text", False, True)
def test_the_upgrade(server, text):
    client = older(server, "polling-text" if text else "polling")
    client.join()
    socket = upgrade(client)
    assert socket.ask("echo", "é", b"\x01") == ["é", b"\x01"]
    socket.ping()
    assert refusal(client.next).code == 400
    socket.send("1")
    server.noted("gone", client.sid, "transport close")


@serving(mixed, allow_eio3=True)
@each("kind", *KINDS)
def test_the_server_disconnects(server, kind):
    client = older(server, kind)
    client.join()
    client.join("/admin")
    server.do("throw_out", client.sids["/admin"], "/admin")
    assert client.receive() == "41/admin,"
    server.do("throw_out", client.sid, "/")
    assert client.receive() == "41"
    server.noted("gone", client.sid, "server disconnect")


@serving(mixed, allow_eio3=True)
@each("kind", *KINDS)
def test_the_server_ends(server, kind):
    client = older(server, kind)
    client.join()
    server.begin("shutdown", 1)
    client.ended()
    server.noted("gone", client.sid, "server disconnect")


@serving(mixed, allow_eio3=True, ping_interval=10, ping_timeout=5, modes=MEMORY)
@each("kind", *KINDS)
def test_a_client_has_to_ping(server, kind):
    client = older(server, kind)
    client.join()
    for _ in range(3):
        server.advance(14)
        client.ping()
    if kind == "polling":
        poll = server.waiting_poll(client)
    server.advance(15.1)
    server.noted("gone", client.sid, "ping timeout")
    if kind == "polling":
        assert poll.answer().text == "1:1"


@serving(mixed, allow_eio3=True)
def test_what_is_no_payload_ends_the_session(server):
    for body in (b"5:42", b"\x01\x09\xff\x04", b"x", b"", b"2:4a9"):
        client = older(server, "polling")
        client.join()
        assert client.post(body).status == 400
        server.noted("gone", client.sid, "transport error")


@serving(mixed)
@each("make", OlderPolling, OlderSocket)
def test_off_they_are_refused_and_the_log_names_the_option(server, make):
    refused = refusal(make(server.network, server.path).open)
    assert refused.code == 400
    assert "Unsupported protocol version" in str(refused)
    server.until(lambda: "see allow_eio3" in server.log())


@serving(mixed, allow_eio3=True, logger=True, engineio_logger=True, modes=MEMORY)
def test_the_log_does_not_have_the_secret_of_a_client(server):
    client = older(server, "polling")
    client.join()
    client.join("/admin")
    upgrade(client).send("1")
    server.noted("gone", client.sid, "transport close")
    server.until(lambda: f"client {client.sid[:10]}… left '/'" in server.log())
    assert client.opened["sid"] not in server.log()


@serving(mixed, allow_eio3=True)
@each("make", Polling, Socket)
def test_todays_clients_are_what_they_were(server, make):
    client = make(server.network, server.path).open()
    assert client.join() != client.opened["sid"]
    assert client.ask("echo", b"\x04\x01") == [b"\x04\x01"]


class Traffic(Observer):
    """Notes events, and counts what comes and goes."""

    def __init__(self, sio):
        self.note = sio.note
        self.counted = {"received": 0, "sent": 0}

    def connected(self, socket):
        self.note("connected", socket.sid)

    def event_received(self, socket, name, args, size):
        self.note("received", name, size)

    def event_sent(self, emit, sockets, size):
        self.note("sent", emit.event, len(sockets), size)

    def received(self, session, packets, size):
        self.counted["received"] += size

    def sent(self, session, packets, size):
        self.counted["sent"] += size


def observed(sio):
    traffic = Traffic(sio)
    sio.observe(traffic)

    @sio.on("back")
    def back(sid, *values):
        yield sio.emit("back", values, to=sid)

    @sio.command
    def counted():
        return traffic.counted


@serving(observed, modes=MEMORY, allow_eio3=True, jsonp=True)
@each("name", *NAMES)
def test_observers_are_told_of_older_clients(server, name):
    client = older(server, name)
    client.join()
    server.noted("connected", client.sid)
    before = server.do("counted")
    client.emit("back", "x" * 300, b"y" * 300)
    assert client.event() == ["back", "x" * 300, b"y" * 300]
    (received,) = (note for note in server.notes() if note[0] == "received")
    (sent,) = (note for note in server.notes() if note[0] == "sent")
    assert received[1] == "back"
    assert 600 < received[2] < 700
    assert sent[1:3] == ["back", 1]
    assert 600 < sent[3] < 700
    counted = server.do("counted")
    for way in ("received", "sent"):
        assert 600 < counted[way] - before[way] < 1000

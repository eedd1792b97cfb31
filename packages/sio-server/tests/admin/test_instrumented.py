"""The namespace of the Admin UI, in both colours: what the page is sent, and may ask for."""

import json
import re

import pytest

from sio_server.admin import feed, instrumented
from tests.support import colours
from tests.support.memory_broker import AsyncMemoryManager, Bus, MemoryManager

AUTH = {"username": "ann", "password": "s3cret"}
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture(params=[colours.Asyncio, colours.Threading], ids=["asyncio", "threading"])
def colour(request):
    found = request.param()
    yield found
    found.close()


class Page:
    """A client of the namespace of the page; `take` returns the arguments of its next event."""

    def __init__(self, colour, sio, auth=AUTH, namespace="/admin"):
        self._head = f"2{namespace},"
        self._namespace = namespace
        self._colour = colour
        self.client = colours.Client(colour, sio)
        self.sid = self.client.connect(namespace, auth)

    def next(self):
        packet = self.client.packet()
        assert packet.startswith(self._head), packet
        return json.loads(packet[len(self._head) :])

    def take(self, *events):
        """The arguments of the next event with one of these names; others are passed over."""
        passed = []
        while (found := self.next())[0] not in events:
            passed.append(found)
            assert len(passed) < 300, (events, passed)
        return found[1:] if len(events) == 1 else found

    def ask(self, *args):
        self.client.emit(*args, ack=9, namespace=self._namespace)
        while not (packet := self.client.packet()).startswith(f"3{self._namespace},9"):
            pass
        [answer] = json.loads(packet.removeprefix(f"3{self._namespace},9"))
        return answer


def instrumented_server(colour, auth=AUTH, options=None, **more):
    sio = colour.server(**(options or {}))
    more.setdefault("server_stats_interval", 0.05)
    return sio, sio.instrument(auth, **more)


def client_of(colour, sio):
    client = colours.Client(colour, sio)
    client.sid = client.connect()
    return client


def has_ended(task):
    return task.done() if hasattr(task, "done") else not task.is_alive()


async def in_the_loop(function):
    function()


def test_the_page_begins_with_all_that_there_is(colour):
    sio, made = instrumented_server(colour, server_id="one")
    client = client_of(colour, sio)
    colour.result(sio.enter_room(client.sid, "blue"))
    colour.result(sio.enter_room(client.sid, 7))
    page = Page(colour, sio)
    [session] = page.take("session")
    assert len(session) == 40
    [config] = page.next()[1:]
    assert set(config["supportedFeatures"]) == {
        *("AGGREGATED_EVENTS", "ALL_EVENTS", "EMIT", "JOIN", "LEAVE", "DISCONNECT"),
        *("MJOIN", "MLEAVE", "MDISCONNECT"),
    }
    [found] = page.take("all_sockets")
    by_sid = {each["id"]: each for each in found}
    assert by_sid.keys() == {client.sid, page.sid}
    described = by_sid[client.sid]
    assert described["rooms"] == [client.sid, "blue", "7"]
    assert (described["nsp"], described["transport"], described["data"]) == ("/", "polling", {})
    assert client.eio_sid.startswith(described["clientId"])
    assert len(described["clientId"]) <= len(client.eio_sid) // 2
    assert made.serialize_socket(client.sid, "/")["rooms"] == described["rooms"]
    with pytest.raises(KeyError):
        made.serialize_socket("nobody", "/")
    [stats] = page.take("server_stats")
    assert (stats["serverId"], stats["clientsCount"], stats["pollingClientsCount"]) == ("one", 2, 2)
    assert {"name": "/", "socketsCount": 1} in stats["namespaces"]


def test_what_happens_is_told_in_order(colour):
    sio, _ = instrumented_server(colour)

    @sio.on("hello")
    def hello(sid, *args):
        return "hi"

    page = Page(colour, sio)
    page.take("all_sockets")
    client = client_of(colour, sio)
    [described, at] = page.take("socket_connected")
    assert described["id"] == client.sid
    assert described["rooms"] == [client.sid]
    assert ISO.fullmatch(at)
    assert ISO.fullmatch(described["handshake"]["time"])
    assert isinstance(described["handshake"]["issued"], int)
    colour.result(sio.enter_room(client.sid, "blue"))
    assert page.take("room_joined")[:3] == ["/", "blue", client.sid]
    client.emit("hello", {"a": 1})
    assert page.take("event_received")[:3] == ["/", client.sid, ["hello", {"a": 1}]]
    colour.result(sio.emit("news", ("x", 2), room="blue"))
    assert page.take("event_sent")[:3] == ["/", client.sid, ["news", "x", 2]]
    colour.result(sio.leave_room(client.sid, "blue"))
    assert page.take("room_left")[:3] == ["/", "blue", client.sid]
    client.send("1")
    assert page.take("room_left")[:3] == ["/", client.sid, client.sid]
    nsp, sid, reason, at = page.take("socket_disconnected")
    assert (nsp, sid, reason) == ("/", client.sid, "client disconnect")
    assert ISO.fullmatch(at)


def test_numbers_are_of_whole_seconds(colour):
    sio, _ = instrumented_server(colour, mode="production")
    page = Page(colour, sio)
    page.take("server_stats")
    client = client_of(colour, sio)
    client.leave()
    found = {}
    while not {"rawConnection", "rawDisconnection", "packetsIn", "packetsOut"} <= found.keys():
        [stats] = page.take("server_stats")
        for number in stats["aggregatedEvents"]:
            assert number["timestamp"] % 1_000 == 0
            assert number["count"] > 0
            found[number["type"]] = number
    assert found.keys() >= {"bytesIn", "bytesOut"}
    assert found["rawDisconnection"]["subType"]


def test_production_shows_numbers_alone(colour):
    sio, _ = instrumented_server(colour, mode="production")
    page = Page(colour, sio)
    client = client_of(colour, sio)
    client.emit("hello", "secret")
    colour.result(sio.emit("news", 1))
    names = {page.next()[0] for _ in range(6)}
    assert names <= {"session", "config", "server_stats"}
    # but may be asked to change something
    assert page.ask("join", "/", "blue", client.sid) is True
    assert sio.rooms(client.sid) == [client.sid, "blue"]


def test_the_page_moves_and_disconnects_clients(colour):
    sio, _ = instrumented_server(colour)
    one, two, three = (client_of(colour, sio) for _ in range(3))
    page = Page(colour, sio)
    assert page.ask("join", "/", "blue", one.sid)
    assert sio.rooms(one.sid) == [one.sid, "blue"]
    assert page.ask("join", "/", "red", None)
    assert all("red" in sio.rooms(each.sid) for each in (one, two, three))
    assert page.ask("join", "/", "green", "blue")
    assert sio.rooms(one.sid)[-1] == "green"
    assert page.ask("leave", "/", "red", "blue")
    assert [("red" in sio.rooms(each.sid)) for each in (one, two, three)] == [False, True, True]
    colour.result(sio.enter_room(two.sid, 7))
    assert page.ask("leave", "/", "7", two.sid)
    assert sio.rooms(two.sid) == [two.sid, "red"]
    assert page.ask("emit", "/", "red", "news", 1, 2)
    assert two.packet() == three.packet() == '2["news",1,2]'
    assert page.ask("_disconnect", "/", False, one.sid)
    assert one.packet() == "1"
    assert page.ask("_disconnect", "/", True, "red")
    assert not list(sio.manager.get_participants("/", None))


@pytest.mark.parametrize(
    "order",
    [
        ("join", "/", "blue"),
        ("leave", "/", "red"),
        ("_disconnect", "/", False),
        ("emit", "/", None, "news"),
    ],
)
def test_read_only_refuses_whoever_asks(colour, order):
    sio, _ = instrumented_server(colour, read_only=True)
    client = client_of(colour, sio)
    colour.result(sio.enter_room(client.sid, "red"))
    page = Page(colour, sio)
    [config] = page.take("config")
    assert config["supportedFeatures"] == ["AGGREGATED_EVENTS", "ALL_EVENTS"]
    assert page.ask(*order) is False
    assert sio.rooms(client.sid) == [client.sid, "red"]
    colour.result(sio.emit("mark"))
    assert client.packet() == '2["mark"]'


@pytest.mark.parametrize(
    "order",
    [
        ("join", "/", 7),
        ("join", None, "blue"),
        ("join", "/", "x" * 2_000),
        ("leave", "/", "red", ["a"]),
        ("_disconnect", "/", "yes"),
        ("emit", "/admin", None, "server_stats", {}),
        ("emit", "/", 7, "news"),
        ("emit", "/", None, {"a": 1}),
        ("emit", "/", None, "connect"),
    ],
)
def test_what_is_no_order_is_refused(colour, order):
    sio, _ = instrumented_server(colour)
    client = client_of(colour, sio)
    page = Page(colour, sio)
    assert page.ask(*order) is False
    assert sio.rooms(client.sid) == [client.sid]


def test_other_events_of_the_page_reach_no_handler_of_the_application(colour):
    sio, _ = instrumented_server(colour)
    heard = []
    sio.on("*", lambda *args: heard.append(args), namespace="*")
    page = Page(colour, sio)
    page.client.emit("other", 1, namespace="/admin")
    assert page.ask("join", "/", "blue")
    assert heard == []


def test_nobody_is_told_before_the_log_in(colour):
    sio, made = instrumented_server(colour, options={"always_connect": True})
    stranger = colours.Client(colour, sio)
    stranger.connect("/admin", {"username": "ann", "password": "wrong"})
    assert stranger.packet() == "1/admin,"
    page = Page(colour, sio)
    page.take("all_sockets")
    assert set(made._admins) == {page.sid}


def test_a_page_with_a_session_needs_no_password(colour):
    sio, _ = instrumented_server(colour)
    [session] = Page(colour, sio).take("session")
    page = Page(colour, sio, {"sessionId": session})
    assert page.next()[0] == "config", "the session goes on, there is no new one"
    with pytest.raises(colours.Refused, match="invalid credentials"):
        Page(colour, sio, {"sessionId": session[:-1] + ("a" if session[-1] != "a" else "b")})


def test_a_session_that_is_over_is_not_for_the_function(colour):
    asked = []

    def decide(given):
        asked.append(given)
        return given["word"] == "open"

    sio, _ = instrumented_server(colour, decide)
    [session] = Page(colour, sio, {"word": "open"}).take("session")
    Page(colour, sio, {"sessionId": session}).take("config")
    for given in ({"sessionId": "other"}, {"word": "shut"}, {"other": 1}, None):
        with pytest.raises(colours.Refused, match="invalid credentials"):
            Page(colour, sio, given)
    assert asked == [{"word": "open"}, {"word": "shut"}, {"other": 1}, {}]


def test_too_many_attempts_are_refused_without_a_look(colour):
    sio, _ = instrumented_server(colour)
    [session] = Page(colour, sio).take("session")
    for _ in range(10):
        with pytest.raises(colours.Refused, match="invalid credentials"):
            Page(colour, sio, {"username": "ann", "password": "guess"})
    with pytest.raises(colours.Refused, match="too many attempts"):
        Page(colour, sio, AUTH)
    Page(colour, sio, {"sessionId": session}).take("config")


def test_off_there_is_nothing_and_watched_by_nobody_hardly_more(colour):
    sio, made = instrumented_server(colour)
    client_of(colour, sio)
    assert made.stats_task is None
    assert not sio.driver.engine.received
    page = Page(colour, sio)
    page.take("server_stats")
    task = made.stats_task
    assert task is not None
    assert sio.driver.engine.received
    page.client.leave()
    colours.until(colour, lambda: made.stats_task is None)
    assert not sio.driver.engine.received
    assert not made.admin_queue


def test_shutdown_ends_the_task_and_a_log_in_begins_it_again(colour):
    sio, made = instrumented_server(colour)
    page = Page(colour, sio)
    page.take("server_stats")
    task = made.stats_task
    colour.result(made.shutdown())
    assert made.stats_task is None
    assert has_ended(task)
    again = Page(colour, sio)
    again.take("server_stats")
    page.take("server_stats")


def test_uninstrument_leaves_nothing(colour):
    sio, made = instrumented_server(colour)
    page = Page(colour, sio)
    page.take("server_stats")
    colour.result(
        in_the_loop(made.uninstrument) if colour.name == "asyncio" else made.uninstrument()
    )
    while (packet := page.client.packet()) != "1/admin,":
        assert packet.startswith("2")
    assert sio.handlers.get("/admin") is None
    with pytest.raises(colours.Refused, match="Invalid namespace"):
        Page(colour, sio)
    colours.until(colour, lambda: made.stats_task is None)
    colours.until(colour, lambda: not sio.driver.engine.received)
    made.instrument()
    Page(colour, sio).take("server_stats")


def test_the_end_of_the_server_ends_it(colour):
    sio, made = instrumented_server(colour)
    Page(colour, sio).take("server_stats")
    task = made.stats_task
    colour.result(sio.shutdown(0))
    assert made.stats_task is None
    colours.until(colour, lambda: has_ended(task))


def test_two_servers_stay_apart(colour):
    (one, first), (two, second) = instrumented_server(colour), instrumented_server(colour)
    assert first.server_id != second.server_id
    page, other = Page(colour, one), Page(colour, two)
    page.take("all_sockets")
    other.take("all_sockets")
    client_of(colour, one)
    page.take("socket_connected")
    assert other.take("server_stats")[0]["namespaces"] == [{"name": "/admin", "socketsCount": 1}]
    assert not second.admin_queue


def test_two_namespaces_have_an_instrument_each(colour):
    sio, _ = instrumented_server(colour)
    sio.instrument({"token": 5}, namespace="/second", read_only=True)
    with pytest.raises(ValueError, match="'/second' has handlers already"):
        sio.instrument(False, namespace="/second")
    page = Page(colour, sio, {"token": 5}, "/second")
    [config] = page.take("config")
    assert "JOIN" not in config["supportedFeatures"]


def test_many_clients_come_in_parts(colour, monkeypatch):
    monkeypatch.setattr(feed, "IN_A_LIST", 2)
    monkeypatch.setattr(feed, "IN_A_TURN", 2)
    monkeypatch.setattr(feed, "MAX_SOCKETS", 5)
    sio, _ = instrumented_server(colour)
    sids = [client_of(colour, sio).sid for _ in range(7)]
    page = Page(colour, sio)
    [first] = page.take("all_sockets")
    listed = [each["id"] for each in first]
    for _ in range(3):
        name, described, _ = page.next()
        assert name == "socket_connected"
        listed.append(described["id"])
    assert listed == sids[:5]


def test_a_page_that_cannot_follow_begins_again(colour, monkeypatch, caplog):
    monkeypatch.setattr(feed, "MAX_QUEUE", 3)
    sio, made = instrumented_server(colour)
    page = Page(colour, sio)
    page.take("all_sockets")
    client = client_of(colour, sio)
    page.take("socket_connected")
    rooms = [f"room {number}" for number in range(10)]

    def enter():
        for room in rooms:
            sio.local.calls.join(sio.local.calls.find(client.sid, "/"), room)

    if isinstance(colour, colours.Asyncio):
        enter()
    else:
        monkeypatch.setattr(made, "_wake", lambda: None)
        enter()
        made._is_lost = True
    found = page.take("all_sockets")[0]
    [described] = [each for each in found if each["id"] == client.sid]
    assert described["rooms"] == [client.sid, *rooms]
    assert "more happened" in caplog.text


def test_an_upgrade_is_told(colour):
    sio, made = instrumented_server(colour)
    told = []
    made._tell = lambda *args: told.append(args)
    watcher = made._make_watcher()
    client = client_of(colour, sio)
    socket = sio.local.calls.find(client.sid, "/")
    watcher.session_upgraded(socket.session)
    assert told == [("socket_updated", {"id": client.sid, "nsp": "/", "transport": "polling"})]


# A fleet ------------------------------------------------------------------------


@pytest.fixture(params=[True, False], ids=["routes", "one channel"])
def bus(request):
    return Bus(routes=request.param)


def member(colour, bus, **options):
    kind = AsyncMemoryManager if isinstance(colour, colours.Asyncio) else MemoryManager
    return instrumented_server(colour, options={"client_manager": kind(bus)}, **options)


def test_a_fleet_is_seen_from_one_of_its_servers(colour, bus):
    one, _ = member(colour, bus, server_id="one")
    two, there = member(colour, bus, server_id="two")
    before = client_of(colour, two)
    colour.result(two.enter_room(before.sid, "blue"))
    client_of(colour, one)
    page = Page(colour, one)
    seen, servers = {}, set()
    while before.sid not in seen or servers < {"one", "two"}:
        name, *args = page.next()
        if name == "socket_connected":
            seen[args[0]["id"]] = args[0]
        elif name == "server_stats":
            servers.add(args[0]["serverId"])
    assert seen[before.sid]["rooms"] == [before.sid, "blue"]
    after = client_of(colour, two)
    while page.take("socket_connected")[0]["id"] != after.sid:
        pass
    after.emit("hello", 1)
    assert page.take("event_received")[:3] == ["/", after.sid, ["hello", 1]]
    assert there.stats_task is not None


def test_orders_reach_the_clients_of_other_servers(colour, bus):
    (one, _), (two, _) = member(colour, bus), member(colour, bus)
    client, near = client_of(colour, two), client_of(colour, one)
    page = Page(colour, one)
    assert page.ask("join", "/", "blue", client.sid)
    colours.until(colour, lambda: two.rooms(client.sid) == [client.sid, "blue"])
    assert page.ask("join", "/", "red")
    colours.until(colour, lambda: two.rooms(client.sid) == [client.sid, "blue", "red"])
    assert one.rooms(near.sid) == [near.sid, "red"]
    assert page.ask("leave", "/", "red", "blue")
    colours.until(colour, lambda: two.rooms(client.sid) == [client.sid, "blue"])
    assert page.ask("emit", "/", "blue", "news", 5)
    assert client.packet() == '2["news",5]'
    assert page.take("event_sent")[:3] == ["/", client.sid, ["news", 5]]
    assert page.ask("_disconnect", "/", False, "blue")
    assert client.packet() == "1"
    assert page.take("socket_disconnected")[1] == client.sid


def test_each_server_is_as_read_only_as_it_was_made(colour, bus):
    one, _ = member(colour, bus)
    two, there = member(colour, bus, read_only=True)
    client = client_of(colour, two)
    page = Page(colour, one)
    page.take("socket_connected")
    assert page.ask("join", "/", "blue", client.sid)
    client_of(colour, two)
    page.take("socket_connected")
    assert two.rooms(client.sid) == [client.sid]
    for told in (None, [], ["order"], ["order", None], ["order", ["join", "/"]], ["watch", 5]):
        there._hear(told)
    assert not there.admin_queue


def test_nobody_in_a_fleet_looks_and_nothing_is_published(colour, bus, monkeypatch):
    (one, here), (two, there) = member(colour, bus), member(colour, bus)
    client_of(colour, one)
    client_of(colour, two)
    assert here.stats_task is there.stats_task is None
    monkeypatch.setattr(instrumented, "WATCHED_FOR", 0.1)
    page = Page(colour, one)
    page.take("socket_connected")
    page.client.leave()
    colours.until(colour, lambda: here.stats_task is None and there.stats_task is None)

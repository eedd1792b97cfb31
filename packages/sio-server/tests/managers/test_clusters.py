"""Managers of a cluster, over a broker in memory: servers of one process, in both colours."""

import asyncio
import os
import threading

import pytest

from sio_server import Observer
from sio_server.managers.cluster import anywhere, runner
from sio_server.managers.cluster.async_pubsub import AsyncPubSubManager
from sio_server.managers.cluster.broker import BrokerError
from sio_server.managers.cluster.pubsub import PubSubManager
from tests.support import colours
from tests.support.memory_broker import (
    AsyncMemoryBroker,
    AsyncMemoryManager,
    Bus,
    MemoryBroker,
    MemoryManager,
)


@pytest.fixture(params=[colours.Asyncio, colours.Threading], ids=["asyncio", "threading"])
def colour(request):
    found = request.param()
    yield found
    found.close()


@pytest.fixture(params=[True, False], ids=["routes", "one channel"])
def bus(request):
    return Bus(routes=request.param)


def manager(colour, bus, **options):
    kind = AsyncMemoryManager if isinstance(colour, colours.Asyncio) else MemoryManager
    return kind(bus, **options)


def serve(colour, bus, made=None, **options):
    return colour.server(client_manager=made or manager(colour, bus), namespaces="*", **options)


def joined(colour, sio, *rooms):
    client = colours.Client(colour, sio)
    client.sid = client.connect()
    for room in rooms:
        colour.result(sio.enter_room(client.sid, room))
    return client


def fleet(colour, bus):
    """Two servers, and a client of each, in rooms `blue` and `red`."""
    one, two = serve(colour, bus), serve(colour, bus)
    return one, two, joined(colour, one, "blue"), joined(colour, two, "red")


def rest(colour, sio, client):
    """What a client was sent up to now."""
    colour.result(sio.emit("mark", to=client.sid))
    found = []
    while (packet := client.packet()) != '2["mark"]':
        found.append(packet)
    return found


def test_an_event_reaches_the_clients_of_all_servers(colour, bus):
    one, two, first, second = fleet(colour, bus)
    for sio in (one, two):
        colour.result(sio.emit("news", {"n": 1}))
        assert first.packet() == second.packet() == '2["news",{"n":1}]'


def test_a_node_knows_who_else_listens_before_it_is_ready(colour):
    bus, heard = Bus(), []
    sio = serve(colour, bus)
    bus.subscribe(["socketio"], heard.append)  # as python-socketio does
    bus.held = True
    colours.Client(colour, sio)  # the first request, with which the node begins
    runner = sio.manager._runner
    colours.until(colour, lambda: not runner.node.routing)
    assert not runner.is_ready()
    bus.let_in()
    colours.until(colour, runner.is_ready)
    colour.result(sio.emit("news", 1))
    colours.until(colour, lambda: any(b'"news"' in (payload or b"") for _, payload in heard))


def test_rooms_lists_of_rooms_and_skipped_clients(colour, bus):
    one, two, first, second = fleet(colour, bus)
    third = joined(colour, two, "blue")
    colour.result(one.emit("a", to="red"))
    colour.result(one.emit("b", to=["blue", "red"]))
    colour.result(one.emit("c", to=["blue", "red"], skip_sid=[second.sid, first.sid]))
    colour.result(one.emit("d", to=third.sid))
    colour.result(one.emit("e", to=[]))
    colour.result(one.emit("end"))
    assert [second.packet() for _ in range(3)] == ['2["a"]', '2["b"]', '2["end"]']
    assert [third.packet() for _ in range(4)] == ['2["b"]', '2["c"]', '2["d"]', '2["end"]']
    assert [first.packet() for _ in range(2)] == ['2["b"]', '2["end"]']


@pytest.mark.filterwarnings("ignore:an event is sent to a room of the type:UserWarning")
@pytest.mark.parametrize("room", [7, 1.5, True, ("team", 3), ("a", ("b", 1))], ids=str)
def test_rooms_that_are_no_text(colour, bus, room):
    one, two, _, second = fleet(colour, bus)
    colour.result(two.enter_room(second.sid, room))
    colour.result(one.emit("to one", to=[room] if isinstance(room, tuple) else room))
    assert second.packet() == '2["to one"]'
    colour.result(one.emit("to list", to=[room, "nobody"]))
    assert second.packet() == '2["to list"]'
    colour.result(one.close_room(room))
    colours.until(colour, lambda: room not in two.rooms(second.sid))


def test_a_room_that_cannot_be_named_elsewhere_is_refused(colour, bus):
    one, _, _, _ = fleet(colour, bus)
    with pytest.raises(ValueError, match="cannot be named to other servers"):
        colour.result(one.emit("e", to=[frozenset([1])]))


def test_clients_of_other_servers_acknowledge(colour, bus):
    one, two, first, second = fleet(colour, bus)
    third = joined(colour, two, "red")
    answers = []
    colour.result(one.emit("ask", 1, to="red", callback=lambda *args: answers.append(args)))
    for client, answer in ((second, "x"), (third, "y")):
        packet = client.packet()
        assert packet[0] == "2"
        assert packet.endswith('["ask",1]')
        client.send(f'3{packet[1 : packet.index("[")]}["{answer}",2]')
    colours.until(colour, lambda: len(answers) == 2)
    assert sorted(answers) == [("x", 2), ("y", 2)]
    assert rest(colour, one, first) == []


def test_an_acknowledgement_has_bytes(colour, bus):
    one, _, _, second = fleet(colour, bus)
    answers = []
    colour.result(one.emit("ask", to=second.sid, callback=lambda *args: answers.append(args)))
    number = second.packet()[1:].partition("[")[0]
    placeholder = '{"_placeholder":true,"num":0}'
    second.request("POST", f"461-{number}[{placeholder}]\x1ebAAEC")
    colours.until(colour, lambda: answers)
    assert answers == [(b"\0\1\2",)]


def call(colour, sio, *args, **kwargs):
    """Begin `call` of a server. Returns what waits for its result."""
    if isinstance(colour, colours.Asyncio):
        task = colour._runner.get_loop().create_task(sio.call(*args, **kwargs))
        return lambda: colour.result(task)
    found = []

    def run():
        try:
            found.append(sio.call(*args, **kwargs))
        except Exception as error:
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()

    def result():
        thread.join(colours.HANG)
        if isinstance(found[0], Exception):
            raise found[0]
        return found[0]

    return result


def test_call_waits_for_a_client_of_another_server(colour, bus):
    one, _, _, second = fleet(colour, bus)
    result = call(colour, one, "ask", 1, to=second.sid, timeout=20)
    number = second.packet()[1:].partition("[")[0]
    second.send(f'3{number}["yes"]')
    assert result() == "yes"


def test_call_has_a_time_limit_and_forgets_what_it_waited_for(colour, bus):
    one, two, _, second = fleet(colour, bus)
    with pytest.raises(Exception) as raised:
        call(colour, one, "ask", 1, to=second.sid, timeout=0.1)()
    assert type(raised.value).__name__ == "TimeoutError"
    number = second.packet()[1:].partition("[")[0]
    second.send(f"3{number}[1]")  # which nobody waits for any more
    assert rest(colour, two, second) == []


def test_call_ends_when_its_acknowledgement_is_given_up(colour, bus):
    made = manager(colour, bus, max_pending_acks=1)
    one, two = serve(colour, bus, made), serve(colour, bus)
    second = joined(colour, two)
    joined(colour, one)
    result = call(colour, one, "ask", 1, to=second.sid, timeout=600)
    second.packet()
    colour.result(one.emit("ask", 2, to=second.sid, callback=print))
    colour.result(one.emit("more"))
    with pytest.raises(Exception) as raised:
        result()
    assert type(raised.value).__name__ == "CallAbortedError"


def test_health_is_known_while_a_broker_that_stands_still_holds_up_what_is_published(colour, bus):
    sio = serve(colour, bus, manager(colour, bus, probe_interval=0.05, probe_timeout=0.1))
    joined(colour, sio)

    def is_healthy():
        async def ask():
            return sio.manager.health().healthy

        return colour.result(ask() if isinstance(colour, colours.Asyncio) else ask_here())

    def ask_here():
        return sio.manager.health().healthy

    colours.until(colour, is_healthy)
    bus.stands_still = True
    colours.until(colour, lambda: not is_healthy())
    if isinstance(colour, colours.Asyncio):
        assert not sio.manager.health().healthy  # from beside the event loop
    bus.stands_still = False
    colours.until(colour, is_healthy)


@pytest.mark.parametrize("gone", ["before", "meanwhile", "with its server"])
@pytest.mark.parametrize("routing", [None, False])
def test_call_ends_when_the_client_elsewhere_is_gone(colour, bus, gone, routing):
    one = serve(colour, bus, manager(colour, bus, routing=routing))
    two = serve(colour, bus, manager(colour, bus, routing=routing))
    joined(colour, one)
    second = joined(colour, two)
    colours.until(colour, lambda: one.manager.health().nodes)
    if gone == "before":
        colour.result(two.disconnect(second.sid))
    result = call(colour, one, "ask", 1, to=second.sid, timeout=600)
    if gone != "before":
        assert second.packet().endswith('["ask",1]')
    if gone == "meanwhile":
        colour.result(two.disconnect(second.sid))
    elif gone == "with its server":
        colour.result(two.manager.close())
    with pytest.raises(Exception) as raised:
        result()
    assert type(raised.value).__name__ == "CallAbortedError"


def test_an_acknowledgement_that_cannot_be_sent_ends_the_call(colour, bus, caplog):
    one, two = serve(colour, bus), serve(colour, bus, manager(colour, bus, max_publish_size=1_000))
    joined(colour, one)
    second = joined(colour, two)
    result = call(colour, one, "ask", 1, to=second.sid, timeout=600)
    number = second.packet()[1:].partition("[")[0]
    second.send(f'3{number}["{"x" * 1_000}"]')
    with pytest.raises(Exception) as raised:
        result()
    assert type(raised.value).__name__ == "CallAbortedError"
    assert "an acknowledgement is lost: a message of" in caplog.text
    assert "max_publish_size" in caplog.text


def test_clients_elsewhere_enter_leave_and_are_disconnected(colour, bus):
    one, two, _, second = fleet(colour, bus)
    sid = second.sid
    colour.result(one.enter_room(sid, "tea"))
    colours.until(colour, lambda: "tea" in two.rooms(sid))
    colour.result(one.leave_room(sid, "tea"))
    colours.until(colour, lambda: "tea" not in two.rooms(sid))
    colour.result(one.close_room("red"))
    colours.until(colour, lambda: "red" not in two.rooms(sid))
    colour.result(one.disconnect(sid))
    colours.until(colour, lambda: not two.manager.is_connected(sid, "/"))
    assert second.packet() == "1"


def test_whether_a_client_is_connected_anywhere(colour, bus):
    one, two, first, second = fleet(colour, bus)
    for sio in (one, two):
        for client in (first, second):
            assert colour.result(sio.manager.is_connected_anywhere(client.sid))
    assert not colour.result(one.manager.is_connected_anywhere("nobody", timeout=0.2))
    assert not colour.result(one.manager.is_connected_anywhere(second.sid, "/chat", timeout=0.2))


def test_a_process_that_only_emits(colour, bus):
    one, two, first, second = fleet(colour, bus)
    emitter = manager(colour, bus, write_only=True)
    colour.result(emitter.emit("news", [b"x", 1]))
    for client in (first, second):
        assert client.packet().startswith("51-")
        client.packet()
    colour.result(emitter.emit("a", None, to="red"))
    assert second.packet() == '2["a"]'
    colour.result(emitter.enter_room(second.sid, "/", "tea"))
    colours.until(colour, lambda: "tea" in two.rooms(second.sid))
    colour.result(emitter.disconnect(second.sid, "/"))
    colours.until(colour, lambda: not two.manager.is_connected(second.sid, "/"))
    assert rest(colour, one, first) == []
    with pytest.raises(RuntimeError, match="a write_only manager hears no answers: emit without"):
        colour.result(emitter.emit("ask", 1, callback=print))
    with pytest.raises(RuntimeError, match="a write_only manager hears no answers"):
        colour.result(emitter.is_connected_anywhere("sid"))
    colour.result(emitter.close())


def test_a_server_may_have_a_manager_that_only_emits(colour, bus):
    _, two, first, second = fleet(colour, bus)
    emitter = serve(colour, bus, manager(colour, bus, write_only=True))
    colour.result(emitter.emit("news", 1))
    assert first.packet() == second.packet() == '2["news",1]'
    colour.result(emitter.emit("here", 1, ignore_queue=True))
    colour.result(emitter.enter_room(second.sid, "tea"))
    colours.until(colour, lambda: "tea" in two.rooms(second.sid))
    assert rest(colour, two, second) == []


def test_a_server_that_ends_and_begins_again(colour, bus):
    one, two, first, second = fleet(colour, bus)
    for n in range(3):
        colour.result(one.emit("news", n))
        assert second.packet() == f'2["news",{n}]'
    colour.result(one.shutdown(0))
    again = joined(colour, one, "green")
    assert again.sid[:8] != first.sid[:8]
    for n in range(5):
        colour.result(one.emit("news", n))
        assert second.packet() == again.packet() == f'2["news",{n}]'
    colour.result(two.emit("back", to="green"))
    assert again.packet() == '2["back"]'


def test_one_manager_that_only_emits_in_several_event_loops(bus):
    colour = colours.Threading()
    try:
        sio = serve(colour, bus)
        client = joined(colour, sio)
        emitter = AsyncMemoryManager(bus, write_only=True)
        for n in range(3):
            asyncio.run(emitter.emit("news", n))
            assert client.packet() == f'2["news",{n}]'
    finally:
        colour.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_process_that_was_forked_is_another_one(colour, bus):
    made = manager(colour, bus)
    before = made.host_id, made.new_sid()[:8]
    assert (made.host_id, made.new_sid()[:8]) == before
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        os.write(write, f"{made.host_id} {made.new_sid()[:8]}".encode())
        os._exit(0)
    os.waitpid(pid, 0)
    os.close(write)
    host_id, tag = os.read(read, 200).decode().split()
    os.close(read)
    assert host_id != before[0]
    assert tag != before[1]
    assert (made.host_id, made.new_sid()[:8]) == before


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"lingr": 3}, TypeError, "a manager has no option 'lingr'; did you mean linger?"),
        ({"nothing_like_it": 3}, TypeError, "a manager has no option 'nothing_like_it'"),
        ({"linger": 0}, ValueError, "linger must be a number of seconds above 0"),
        ({"linger": "5"}, TypeError, "linger must be a number of seconds above 0, not '5'"),
        ({"max_publish_size": 0}, ValueError, "max_publish_size must be at least 1"),
        ({"max_publish_size": "1MB"}, TypeError, "max_publish_size must be an int, not '1MB'"),
        ({"routing": "yes"}, TypeError, "routing must be True, False or None, not 'yes'"),
        ({"channel": ""}, ValueError, "channel must be a name that all servers"),
        ({"channel": 3}, TypeError, "channel must be a str, not 3"),
        ({"json": 3}, TypeError, "json must have the functions dumps and loads"),
    ],
    ids=str,
)
def test_options_that_cannot_be(options, error, text):
    for kind in (PubSubManager, AsyncPubSubManager):
        with pytest.raises(error) as raised:
            kind(**options)
        assert str(raised.value).startswith(text)


def test_a_manager_that_hears_of_clients_tells_nobody(colour, bus):
    base = AsyncMemoryManager if isinstance(colour, colours.Asyncio) else MemoryManager
    heard = []

    def hearing(name):
        plain = getattr(base, name)
        if isinstance(colour, colours.Asyncio):

            async def method(self, *args, **kwargs):
                heard.append((name, *args))
                return await plain(self, *args, **kwargs)

        else:

            def method(self, *args, **kwargs):
                heard.append((name, *args))
                return plain(self, *args, **kwargs)

        return method

    names = ("connect", "disconnect", "enter_room", "leave_room")
    kind = type("Hearing", (base,), {name: hearing(name) for name in names})
    sio = serve(colour, bus, kind(bus))
    client = joined(colour, sio)
    sid = client.sid
    client.leave()
    colours.until(colour, lambda: heard[-1:] == [("disconnect", sid, "/")])
    assert heard == [
        ("connect", sid, "/"),
        ("enter_room", sid, "/", sid, client.eio_sid),
        ("leave_room", sid, "/", sid),
        ("disconnect", sid, "/"),
    ]
    told = b"".join(each.payload for each in bus.heard)
    assert sid.encode() not in told


def test_always_connect(colour, bus):
    one, two = serve(colour, bus, always_connect=True), serve(colour, bus)

    def connect(sid, environ):
        return one.emit("hello", to=sid)

    one.on("connect", colour.handler(connect))
    client = joined(colour, one)
    assert client.packet() == '2["hello"]'
    joined(colour, two)
    colour.result(two.emit("news"))
    assert client.packet() == '2["news"]'


def test_a_client_that_comes_early_waits_and_hears_everything(colour, bus):
    one, two = serve(colour, bus), serve(colour, bus)
    joined(colour, two)
    bus.held = True
    threading.Timer(0.3, bus.let_in).start()
    client = joined(colour, one)  # returns when it was let in
    assert not bus.held
    colour.result(two.emit("news"))
    assert client.packet() == '2["news"]'


def test_a_broker_that_is_away_keeps_nobody_out(colour, bus, monkeypatch):
    monkeypatch.setattr(anywhere, "READY_SECONDS", 0.2)
    monkeypatch.setattr(runner, "MOST_SECONDS", 0.2)
    bus.broken = True
    sio = serve(colour, bus)
    client = joined(colour, sio)
    colour.result(sio.emit("news"))
    assert client.packet() == '2["news"]'
    health = sio.manager.health()
    assert not health.healthy
    assert health.detail == "the bus is broken"
    other = serve(colour, bus)
    bus.broken = False
    second = joined(colour, other)
    colours.until(colour, lambda: sio.manager.health().healthy)
    colours.until(colour, lambda: other.manager.health().healthy)
    colour.result(other.emit("back"))
    assert client.packet() == '2["back"]'
    found = rest(colour, other, second)
    assert found[-1] == '2["back"]'


def slow_and_failing(colour, seconds=0.0, failures=0):
    """A kind of manager whose broker takes its time to subscribe, and fails at first."""
    left, asked = [failures], []

    def before(channels):
        asked.append(channels)
        if any("#r#" in channel for channel in channels) and left[0]:
            left[0] -= 1
            raise BrokerError("not now")

    if isinstance(colour, colours.Asyncio):

        class Broker(AsyncMemoryBroker):
            async def subscribe(self, channels):
                await asyncio.sleep(seconds)
                before(channels)
                await super().subscribe(channels)

    else:

        class Broker(MemoryBroker):
            def subscribe(self, channels):
                threading.Event().wait(seconds)
                before(channels)
                super().subscribe(channels)

    class Slow(AsyncMemoryManager if isinstance(colour, colours.Asyncio) else MemoryManager):
        def _make_broker(self):
            return Broker(self.bus)

    Slow.asked = asked
    return Slow


def test_a_broker_that_takes_its_time_is_not_given_up(colour):
    kind = slow_and_failing(colour, 0.5)
    # After 0.2 s without a sign a connection is made again.
    sio = serve(colour, None, kind(Bus(), probe_timeout=0.1, probe_interval=0.1))
    joined(colour, sio)
    colours.until(colour, lambda: sio.manager.health().healthy)
    assert len(kind.asked) <= 4


def test_a_room_that_could_not_be_subscribed_is_asked_for_again(colour):
    kind = slow_and_failing(colour, failures=2)
    bus = Bus()
    # No probe that would have it asked again comes in time.
    one = serve(colour, None, kind(bus, probe_interval=600.0, probe_timeout=600.0))
    two = serve(colour, bus)
    first = joined(colour, one)
    joined(colour, two)
    colour.result(one.enter_room(first.sid, "tea"))
    colours.until(colour, lambda: one.manager._runner.node.is_subscribed("/", "tea"))
    colour.result(two.emit("news", to="tea"))
    assert first.packet() == '2["news"]'
    assert sum(any("#r#" in channel for channel in channels) for channels in kind.asked) == 3


def test_health(colour, bus):
    one, two, _, _ = fleet(colour, bus)
    colours.until(colour, lambda: one.manager.health().healthy)
    colours.until(colour, lambda: len(one.manager.health().nodes) == 1)
    health = one.manager.health()
    assert health.connected
    assert health.round_trip is not None
    assert health.nodes == (two.manager.new_sid()[:8],)
    colour.result(two.shutdown(0))
    colours.until(colour, lambda: not one.manager.health().nodes)


def test_threads_that_use_it_first_at_once_have_one_node_between_them():
    made, all_there = [], threading.Barrier(8, timeout=30)

    class Counted(MemoryManager):
        def _make_broker(self):
            made.append(threading.get_ident())
            threading.Event().wait(0.05)  # the others have the time to come here, too
            return super()._make_broker()

    counted = Counted(Bus(routes=True))

    def use():
        all_there.wait()
        counted.health()

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    counted.close()
    assert len(made) == 1


class Sent(Observer):
    def __init__(self):
        self.told = []

    def event_sent(self, emit, sockets, size):
        self.told.append((emit.event, [socket.sid for socket in sockets], size))


def test_observers_are_told_where_the_clients_are(colour, bus):
    one, two, first, second = fleet(colour, bus)
    here, there = Sent(), Sent()
    one.observe(here)
    two.observe(there)
    colour.result(one.emit("news", 1))
    assert first.packet() == second.packet() == '2["news",1]'
    size = len('42["news",1]')
    assert here.told == [("news", [first.sid], size)]
    assert there.told == [("news", [second.sid], size)]
    colour.result(one.emit("red news", 1, room="red"))
    assert second.packet() == '2["red news",1]'
    assert len(here.told) == 1
    assert there.told[1][:2] == ("red news", [second.sid])

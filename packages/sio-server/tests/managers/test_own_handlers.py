"""What programs override of a cluster's manager: brokers and handlers of their own."""

import json
import logging

import pytest

from sio_server import AsyncManager, Manager
from sio_server.managers.cluster.async_pubsub import AsyncPubSubManager
from sio_server.managers.cluster.pubsub import PubSubManager
from tests.support import colours
from tests.support.memory_broker import (
    AsyncHookManager,
    AsyncMemoryManager,
    Bus,
    HookManager,
    MemoryManager,
)


@pytest.fixture(params=[colours.Asyncio, colours.Threading], ids=["asyncio", "threading"])
def colour(request):
    found = request.param()
    yield found
    found.close()


def is_async(colour):
    return isinstance(colour, colours.Asyncio)


def serve(colour, made):
    return colour.server(client_manager=made, namespaces="*")


def joined(colour, sio):
    client = colours.Client(colour, sio)
    client.sid = client.connect()
    return client


@pytest.mark.parametrize(
    "form",
    [None, json.dumps, lambda message: json.dumps(message).encode()],
    ids=["dict", "str", "bytes"],
)
def test_publish_and_listen_of_ones_own(colour, form):
    kind = AsyncHookManager if is_async(colour) else HookManager
    queues = []
    one, two = (serve(colour, kind(queues, form)) for _ in range(2))
    first, second = joined(colour, one), joined(colour, two)
    colour.result(two.emit("news", {"n": 1}))
    assert first.packet() == second.packet() == '2["news",{"n":1}]'
    answers = []
    colour.result(one.emit("ask", [b"\0"], to=second.sid, callback=answers.append))
    head, _ = second.packet(), second.packet()
    second.send(f'3{head[3 : head.index("[")]}["yes"]')
    colours.until(colour, lambda: answers == ["yes"])
    colour.result(one.enter_room(second.sid, "tea"))
    colours.until(colour, lambda: "tea" in two.rooms(second.sid))
    assert colour.result(one.manager.is_connected_anywhere(second.sid))
    colours.until(colour, lambda: one.manager.health().healthy)
    emitter = kind(queues, form, write_only=True)
    colour.result(emitter.emit("late", 1))
    assert second.packet() == '2["late",1]'


def test_what_publish_raises_is_logged_and_what_waits_is_sent_later(colour, caplog):
    kind = AsyncHookManager if is_async(colour) else HookManager
    queues = []
    one, two = (serve(colour, kind(queues)) for _ in range(2))
    joined(colour, one)
    second = joined(colour, two)
    one.manager.form = lambda message: 1 / 0
    colour.result(one.emit("news", 1))
    colours.until(colour, lambda: "nothing can be published" in caplog.text)
    assert "_publish raised ZeroDivisionError: division by zero" in caplog.text
    one.manager.form = lambda message: message
    assert second.packet() == '2["news",1]'


def test_a_manager_without_a_broker_says_what_is_missing(colour):
    base = AsyncPubSubManager if is_async(colour) else PubSubManager
    with pytest.raises(NotImplementedError, match="needs the methods _publish and _listen"):
        colour.result(base(write_only=True).emit("news", 1))


HANDLERS = (
    "_handle_emit",
    "_handle_callback",
    "_handle_disconnect",
    "_handle_enter_room",
    "_handle_leave_room",
    "_handle_close_room",
)


def handling(colour, base, **given):
    """A kind of manager with handlers that note the messages, change them and pass them on."""

    def handler(name):
        plain = getattr(base, name)
        change = given.get(name, lambda message: message)
        if is_async(colour):

            async def method(self, message):
                self.notes.append(dict(message))
                await plain(self, change(message))

        else:

            def method(self, message):
                self.notes.append(dict(message))
                plain(self, change(message))

        return method

    return type("Handling", (base,), {name: handler(name) for name in HANDLERS})


@pytest.mark.parametrize("routing", [True, False])
def test_handlers_of_ones_own_get_what_other_processes_ask_for(colour, routing):
    base = AsyncMemoryManager if is_async(colour) else MemoryManager
    kind = handling(colour, base)
    bus = Bus()
    made = [kind(bus, routing=routing) for _ in range(2)]
    for manager in made:
        manager.notes = []
    one, two = (serve(colour, manager) for manager in made)
    joined(colour, one)
    second = joined(colour, two)
    sid, notes = second.sid, two.manager.notes
    answers = []
    host_id = one.manager.host_id

    colour.result(one.emit("ask", (1, b"x"), to=sid, callback=lambda *args: answers.append(args)))
    head, _ = second.packet(), second.packet()
    second.send(f'3{head[3 : head.index("[")]}["yes",2]')
    colours.until(colour, lambda: answers == [("yes", 2)])
    colour.result(one.emit("news", [b"x", 1], skip_sid="nobody"))
    second.packet(), second.packet()
    colour.result(one.enter_room(sid, "tea"))
    colours.until(colour, lambda: "tea" in two.rooms(sid))
    colour.result(one.leave_room(sid, "tea"))
    colours.until(colour, lambda: "tea" not in two.rooms(sid))
    colour.result(one.close_room("tea"))
    colour.result(one.disconnect(sid))
    colours.until(colour, lambda: not two.manager.is_connected(sid, "/"))

    wanted = [
        {
            "method": "emit",
            "event": "ask",
            "namespace": "/",
            "room": sid,
            "skip_sid": None,
            "data": [[1, {"_placeholder": True, "num": 0}], "eA=="],
            "binary": True,
            "callback": [sid, "/", 1],
        },
        {
            "method": "emit",
            "event": "news",
            "namespace": "/",
            "room": None,
            "data": [[[{"_placeholder": True, "num": 0}, 1]], "eA=="],
            "binary": True,
            "callback": None,
            "skip_sid": "nobody",
        },
        {"method": "enter_room", "sid": sid, "room": "tea", "namespace": "/"},
        {"method": "leave_room", "sid": sid, "room": "tea", "namespace": "/"},
        {"method": "close_room", "room": "tea", "namespace": "/"},
        {"method": "disconnect", "sid": sid, "namespace": "/"},
    ]
    assert len(notes) == len(wanted)
    for note, fields in zip(notes, wanted, strict=True):
        assert note["host_id"] == host_id
        assert {name: note[name] for name in fields} == fields
        json.dumps(note)
    (note,) = one.manager.notes
    assert (note["method"], note["id"], note["args"]) == ("callback", 1, ["yes", 2])
    assert note["host_id"] == host_id


def test_a_handler_may_change_the_message(colour):
    base = AsyncMemoryManager if is_async(colour) else MemoryManager
    kind = handling(
        colour,
        base,
        _handle_emit=lambda message: {**message, "data": [message["data"], "more"]},
        _handle_callback=lambda message: {**message, "args": ["other"]},
    )
    bus = Bus()
    made = [kind(bus) for _ in range(2)]
    for manager in made:
        manager.notes = []
    one, two = (serve(colour, manager) for manager in made)
    joined(colour, one)
    second = joined(colour, two)
    answers = []
    colour.result(one.emit("ask", 1, to=second.sid, callback=answers.append))
    packet = second.packet()
    assert packet[packet.index("[") :] == '["ask",[1],"more"]'
    second.send(f'3{packet[1 : packet.index("[")]}["yes"]')
    colours.until(colour, lambda: answers == ["other"])


def test_what_a_handler_raises_is_logged(colour, caplog):
    base = AsyncMemoryManager if is_async(colour) else MemoryManager
    kind = handling(colour, base, _handle_emit=lambda message: message["nothing"])
    bus = Bus()
    one, manager = (
        serve(colour, (AsyncMemoryManager if is_async(colour) else MemoryManager)(bus)),
        kind(bus),
    )
    manager.notes = []
    two = serve(colour, manager)
    joined(colour, one)
    second = joined(colour, two)
    colour.result(one.emit("news", 1))
    colours.until(colour, lambda: "_handle_emit of the manager raised" in caplog.text)
    colour.result(one.enter_room(second.sid, "tea"))
    colours.until(colour, lambda: "tea" in two.rooms(second.sid))


def test_a_manager_without_handlers_of_its_own_has_none_called(colour):
    base = AsyncMemoryManager if is_async(colour) else MemoryManager
    sio = serve(colour, base(Bus()))
    joined(colour, sio)
    assert sio.manager._runner._hear is None


def test_a_thread_of_ones_own_runs_around_the_listening(colour):
    base = AsyncMemoryManager if is_async(colour) else MemoryManager
    began = []
    if is_async(colour):

        class Around(base):
            async def _thread(self):
                began.append(True)
                await super()._thread()

    else:

        class Around(base):
            def _thread(self):
                began.append(True)
                super()._thread()

    bus = Bus()
    one, two = serve(colour, Around(bus)), serve(colour, base(bus))
    first = joined(colour, one)
    joined(colour, two)
    colour.result(two.emit("news", 1))
    assert first.packet() == '2["news",1]'
    assert began == [True]


def test_publish_around_the_broker_of_a_subclass(colour):
    base = AsyncMemoryManager if is_async(colour) else MemoryManager
    published = []
    if is_async(colour):

        class Noting(base):
            async def _publish(self, data):
                published.append(data["method"])
                await super()._publish(data)

    else:

        class Noting(base):
            def _publish(self, data):
                published.append(data["method"])
                super()._publish(data)

    bus = Bus()
    one, two = serve(colour, Noting(bus)), serve(colour, base(bus, routing=False))
    first, second = joined(colour, one), joined(colour, two)
    colour.result(one.emit("news", 1))
    assert second.packet() == first.packet() == '2["news",1]'
    assert "emit" in published
    colour.result(two.emit("back", 1))
    assert first.packet() == second.packet() == '2["back",1]'


def test_emit_past_the_queue(colour):
    base = AsyncMemoryManager if is_async(colour) else MemoryManager
    local = AsyncManager if is_async(colour) else Manager
    bus = Bus()
    one, two = serve(colour, base(bus)), serve(colour, base(bus))
    first, second = joined(colour, one), joined(colour, two)
    answers = []
    call = local.emit(one.manager, "ask", 1, "/", callback=answers.append)
    colour.result(call)
    packet = first.packet()
    first.send(f'3{packet[1 : packet.index("[")]}["yes"]')
    colours.until(colour, lambda: answers == ["yes"])
    colour.result(two.emit("end", to=second.sid))
    assert second.packet() == '2["end"]'


def test_what_programs_look_at(colour):
    kind = AsyncHookManager if is_async(colour) else HookManager
    log = logging.getLogger("my.manager")
    manager = kind([], channel="mine", logger=log)
    assert (manager.channel, manager.write_only, manager.json) == ("mine", False, json)
    assert manager._get_logger() is log
    assert isinstance(manager.host_id, str)
    assert isinstance(manager.name, str)

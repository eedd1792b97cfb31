"""What programs override of a cluster's manager: brokers and handlers of their own."""

import json
import logging
from contextlib import suppress

import pytest

from sio_server import AsyncManager, Manager
from sio_server.managers.cluster.async_pubsub import AsyncPubSubManager
from sio_server.managers.cluster.broker import BrokerError
from sio_server.managers.cluster.pubsub import PubSubManager
from tests.support import colours
from tests.support.memory_broker import (
    AsyncHookManager,
    AsyncMemoryManager,
    Bus,
    HookManager,
    MemoryManager,
)
from tests.support.overriding import do_what_handlers_hear, handling, is_async, joined, serve


@pytest.fixture(params=[colours.Asyncio, colours.Threading], ids=["asyncio", "threading"])
def colour(request):
    found = request.param()
    yield found
    found.close()


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


@pytest.mark.parametrize("routing", [True, False])
def test_handlers_of_ones_own_get_what_other_processes_ask_for(colour, routing):
    base = AsyncMemoryManager if is_async(colour) else MemoryManager
    kind = handling(colour, base)
    bus = Bus()
    made = [kind(bus, routing=routing) for _ in range(2)]
    do_what_handlers_hear(colour, made)


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
    for sio in (one, two):
        colours.until(colour, sio.manager._runner.is_ready)
    colour.result(two.emit("news", 1))
    assert first.packet() == '2["news",1]'
    assert began == [True]


def test_what_a_thread_of_ones_own_raises_is_logged(colour, caplog):
    base = AsyncMemoryManager if is_async(colour) else MemoryManager
    if is_async(colour):

        class Failing(base):
            async def _thread(self):
                raise RuntimeError("wrong")

    else:

        class Failing(base):
            def _thread(self):
                raise RuntimeError("wrong")

    sio = serve(colour, Failing(Bus()))
    joined(colour, sio)
    said = "_thread of the manager raised, and hears nothing any more"
    colours.until(colour, lambda: said in caplog.text)


def test_a_thread_of_ones_own_that_goes_on_listening_ends_with_the_server(colour):
    base = AsyncMemoryManager if is_async(colour) else MemoryManager
    ended = []
    if is_async(colour):

        class Stubborn(base):
            async def _thread(self):
                for _ in range(2):
                    with suppress(BrokerError):
                        async for _ in self._listen():
                            pass
                        ended.append(True)

    else:

        class Stubborn(base):
            def _thread(self):
                for _ in range(2):
                    with suppress(BrokerError):
                        for _ in self._listen():
                            pass
                        ended.append(True)

    sio = serve(colour, Stubborn(Bus()))
    joined(colour, sio)
    colours.until(colour, lambda: sio.manager._runner.is_connected)
    colour.result(sio.shutdown(0))
    if not is_async(colour):  # a task is cancelled
        colours.until(colour, lambda: ended)


def test_a_message_that_is_heard_after_the_end_begins_nothing_anew(colour):
    base = AsyncMemoryManager if is_async(colour) else MemoryManager
    sio = serve(colour, base(Bus()))
    joined(colour, sio)
    manager = sio.manager
    message = {"method": "leave_room", "sid": "stranger", "namespace": "/", "room": "tea"}
    colour.result(manager._handle_leave_room({**message, "host_id": "another"}))
    assert manager._runner is not None
    colour.result(sio.shutdown(0))
    colour.result(manager._handle_leave_room({**message, "host_id": "another"}))
    assert manager._runner is None


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

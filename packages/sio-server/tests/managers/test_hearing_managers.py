"""Managers that hear of clients by methods of their own, and managers without a server."""

import logging

import pytest

from sio_server import AsyncManager, AsyncServer, Manager, Server
from tests.support import colours

HEARD = (
    "pre_connect",
    "connect",
    "pre_disconnect",
    "disconnect",
    "enter_room",
    "leave_room",
    "trigger_callback",
)
BASIC = ("basic_enter_room", "basic_leave_room", "basic_disconnect")
PLAIN = ("pre_disconnect", *BASIC, "basic_close_room")
"""Those that are no coroutine functions in either colour."""


@pytest.fixture(params=[colours.Asyncio, colours.Threading], ids=["asyncio", "threading"])
def colour(request):
    found = request.param()
    yield found
    found.close()


def listening(colour, names=HEARD):
    """A manager that writes down what it hears, and what the methods of its class answered."""
    asynchronous = isinstance(colour, colours.Asyncio)
    local = AsyncManager if asynchronous else Manager

    def hearing(name):
        plain = getattr(local, name)

        if asynchronous and name not in PLAIN:

            async def method(self, *args, **kwargs):
                self.notes.append((name, *args))
                return await plain(self, *args, **kwargs)

        else:

            def method(self, *args, **kwargs):
                self.notes.append((name, *args))
                return plain(self, *args, **kwargs)

        return method

    made = type("Listening", (local,), {name: hearing(name) for name in names})()
    made.notes = []
    return made


def serve(colour, manager):
    sio = colour.server(client_manager=manager)
    notes = manager.notes

    @sio.event
    def connect(sid, environ):
        notes.append(("handler", "connect"))
        return environ.get("HTTP_REFUSE") is None

    @sio.event
    def disconnect(sid, reason):
        notes.append(("handler", "disconnect"))

    return sio


def test_it_hears_of_a_client_from_its_coming_to_its_leaving(colour):
    manager = listening(colour)
    sio = serve(colour, manager)
    client = colours.Client(colour, sio)
    sid = client.connect()
    colour.result(sio.enter_room(sid, "room"))
    colour.result(sio.disconnect(sid))
    colours.until(colour, lambda: manager.notes[-1][0] == "disconnect")
    assert manager.notes == [
        ("pre_connect", client.eio_sid, "/"),
        ("handler", "connect"),
        ("connect", sid, "/"),
        ("enter_room", sid, "/", sid, client.eio_sid),
        ("enter_room", sid, "/", "room"),
        ("pre_disconnect", sid, "/"),
        ("handler", "disconnect"),
        ("leave_room", sid, "/", sid),
        ("leave_room", sid, "/", "room"),
        ("disconnect", sid, "/"),
    ]


def test_it_hears_of_rooms_by_the_basic_methods(colour):
    manager = listening(colour, [*HEARD, *BASIC, "basic_close_room"])
    sio = serve(colour, manager)
    client = colours.Client(colour, sio)
    sid = client.connect()
    for room in ("tea", "milk", "sugar"):
        colour.result(sio.enter_room(sid, room))
    colour.result(sio.leave_room(sid, "milk"))
    colour.result(sio.close_room("sugar"))
    assert sio.rooms(sid) == [sid, "tea"]
    colour.result(sio.disconnect(sid))
    colours.until(colour, lambda: manager.notes[-1][0] == "disconnect")
    about = [note for note in manager.notes if note[0] not in ("handler", "trigger_callback")]
    assert about == [
        ("pre_connect", client.eio_sid, "/"),
        ("basic_enter_room", sid, "/", None),
        ("basic_enter_room", sid, "/", sid),
        ("connect", sid, "/"),
        ("enter_room", sid, "/", "tea"),
        ("basic_enter_room", sid, "/", "tea"),
        ("enter_room", sid, "/", "milk"),
        ("basic_enter_room", sid, "/", "milk"),
        ("enter_room", sid, "/", "sugar"),
        ("basic_enter_room", sid, "/", "sugar"),
        ("leave_room", sid, "/", "milk"),
        ("basic_leave_room", sid, "/", "milk"),
        ("basic_close_room", "sugar", "/"),
        ("basic_leave_room", sid, "/", "sugar"),
        ("pre_disconnect", sid, "/"),
        ("basic_leave_room", sid, "/", sid),
        ("basic_leave_room", sid, "/", "tea"),
        ("basic_leave_room", sid, "/", None),
        ("basic_disconnect", sid, "/"),
        ("disconnect", sid, "/"),
    ]


@pytest.mark.parametrize("place", ["manager", "class"])
def test_methods_are_replaced_and_put_back_while_clients_are_there(colour, monkeypatch, place):
    sio = colour.server(namespaces=["/"])
    manager, notes = sio.manager, []
    where = manager if place == "manager" else type(manager)
    with monkeypatch.context() as patch:
        for name in ("basic_enter_room", "basic_leave_room", "pre_disconnect"):
            plain = getattr(where, name)

            def method(*args, _plain=plain, _name=name, **kwargs):
                notes.append((_name, *args[place == "class" :]))
                return _plain(*args, **kwargs)

            patch.setattr(where, name, method)
        client = colours.Client(colour, sio)
        sid = client.connect()
        colour.result(sio.enter_room(sid, "tea"))
        client.leave()
        colours.until(colour, lambda: notes[-1] == ("basic_leave_room", sid, "/", None))
    assert notes[2:4] == [("basic_enter_room", sid, "/", "tea"), ("pre_disconnect", sid, "/")]
    notes.clear()
    client = colours.Client(colour, sio)
    client.connect()
    client.leave()
    colours.until(colour, lambda: not manager.rooms)
    assert notes == []


def test_the_basic_methods_called_by_a_program(colour):
    sio = colour.server(namespaces=["/"])
    manager = sio.manager
    first, second = (colours.Client(colour, sio) for _ in range(2))
    sids = [client.connect() for client in (first, second)]
    for sid in sids:
        manager.basic_enter_room(sid, "/", "tea")
        manager.basic_enter_room(sid, "/", None, eio_sid=manager.eio_sid_from_sid(sid, "/"))
    assert set(manager.rooms["/"]["tea"]) == set(sids)
    manager.basic_leave_room(sids[0], "/", "tea")
    manager.basic_leave_room("stranger", "/", "tea")
    assert set(manager.rooms["/"]["tea"]) == {sids[1]}
    manager.basic_close_room("tea", "/")
    assert "tea" not in manager.rooms["/"]
    with pytest.raises(ValueError, match="sid room"):
        manager.basic_close_room(sids[0], "/")
    sio.on("leave", lambda sid: manager.basic_disconnect(sid, "/"))
    first.emit("leave")
    colours.until(colour, lambda: not manager.is_connected(sids[0], "/"))
    assert first.packet() == "1"


def test_it_hears_of_an_acknowledgement_and_calls_its_callback(colour):
    manager = listening(colour, ["trigger_callback"])
    sio = serve(colour, manager)
    client = colours.Client(colour, sio)
    sid = client.connect()
    answers = []
    colour.result(sio.emit("ask", to=sid, callback=lambda *args: answers.append(args)))
    client.send("31[1,2]")
    colours.until(colour, lambda: answers)
    assert answers == [(1, 2)]
    assert manager.notes[-1] == ("trigger_callback", sid, 1, [1, 2])


def test_what_it_raises_is_logged_and_keeps_nobody_out(colour, caplog):
    manager = listening(colour, ["connect"])
    type(manager).connect = lambda self, *args: 1 / 0
    sio = colour.server(client_manager=manager, namespaces=["/"])
    client = colours.Client(colour, sio)
    assert client.connect()
    assert "the handler of 'connect' raised" in caplog.text


def test_the_local_manager_is_told_nothing():
    for server in (AsyncServer(), Server(async_mode="threading")):
        assert not server._dispatcher.heard


async def test_an_asyncio_manager_without_a_server_has_no_clients():
    manager = AsyncManager()
    await manager.emit("e", 1, "/")
    await manager.disconnect("sid", "/")
    await manager.close_room("room", "/")
    await manager.trigger_callback("sid", 1, [])
    assert not await manager.can_disconnect("sid", "/")
    assert await manager.connect("sid", "/") is None
    assert await manager.pre_connect("eio sid", "/") is None
    with pytest.raises(ValueError, match="not connected"):
        await manager.enter_room("sid", "/", "room")
    without_server(manager)


def test_a_blocking_manager_without_a_server_has_no_clients():
    manager = Manager()
    manager.emit("e", 1, "/")
    manager.disconnect("sid", "/")
    manager.close_room("room", "/")
    manager.trigger_callback("sid", 1, [])
    assert not manager.can_disconnect("sid", "/")
    without_server(manager)


def without_server(manager):
    manager.basic_disconnect("sid", "/")
    manager.basic_leave_room("sid", "/", "room")
    manager.basic_close_room("room", "/")
    assert list(manager.get_namespaces()) == []
    assert list(manager.get_participants("/", None)) == []
    assert manager.get_rooms("sid", "/") == []
    assert dict(manager.rooms) == {}
    assert manager.server is None
    assert manager._get_logger() is logging.getLogger("socketio")
    manager.on("join-room", print)


def test_rooms_have_several_observers(colour):
    manager = AsyncManager() if isinstance(colour, colours.Asyncio) else Manager()
    seen = []
    for number in (1, 2):
        manager.on("join-room", lambda room, sid, number=number: seen.append((number, room)))
    sio = colour.server(client_manager=manager, namespaces=["/"])
    more = []
    sio._core.rooms.observers.append(more.append)
    sid = colours.Client(colour, sio).connect()
    colours.until(colour, lambda: len(seen) == 2)
    assert seen == [(1, sid), (2, sid)]
    assert more

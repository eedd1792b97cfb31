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

        if asynchronous and name not in ("pre_connect", "pre_disconnect"):

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
        ("pre_connect", sid, "/"),
        ("handler", "connect"),
        ("connect", client.eio_sid, "/"),
        ("enter_room", sid, "/", sid, client.eio_sid),
        ("enter_room", sid, "/", "room"),
        ("pre_disconnect", sid, "/"),
        ("handler", "disconnect"),
        ("leave_room", sid, "/", sid),
        ("leave_room", sid, "/", "room"),
        ("disconnect", sid, "/"),
    ]


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
        assert not server._dispatcher.hooks.heard


async def test_an_asyncio_manager_without_a_server_has_no_clients():
    manager = AsyncManager()
    await manager.emit("e", 1, "/")
    await manager.disconnect("sid", "/")
    await manager.close_room("room", "/")
    await manager.trigger_callback("sid", 1, [])
    assert not await manager.can_disconnect("sid", "/")
    assert await manager.connect("eio sid", "/") is None
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

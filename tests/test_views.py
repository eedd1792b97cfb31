"""`server.environ`, `eio.sockets` and `manager.rooms`: what is there, when, and at what cost."""

import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import colours
from tests.support.colours import Colour


@pytest.fixture(params=[colours.Threading, colours.Asyncio], ids=["threading", "asyncio"])
def colour(request: pytest.FixtureRequest) -> Iterator[Colour]:
    colour = request.param()
    yield colour
    colour.close()


def test_the_environ_stays_until_the_disconnect_handlers_have_returned(colour: Colour) -> None:
    sio = colour.server(namespaces=["/", "/chat"])
    seen: list[Any] = []

    def disconnect(namespace: str, sid: str) -> None:
        eio_sid = sio.manager.eio_sid_from_sid(sid, namespace)
        assert eio_sid in sio.environ
        assert eio_sid in list(sio.environ)
        seen.append(sio.environ[eio_sid]["REMOTE_ADDR"])
        sio.environ[eio_sid] = {"REMOTE_ADDR": namespace}
        seen.append(sio.get_environ(sid, namespace))

    sio.on("disconnect", colour.handler(disconnect), namespace="*")
    client = colours.Client(colour, sio)
    client.connect()
    client.connect("/chat")
    assert len(sio.environ) == 1
    client.leave()
    colours.until(colour, lambda: len(seen) == 4 and not sio._core._released)
    assert seen[0] == "192.0.2.1"
    assert {environ["REMOTE_ADDR"] for environ in seen if isinstance(environ, dict)} == {
        "/",
        "/chat",
    }
    assert dict(sio.environ) == {}
    with pytest.raises(KeyError):
        sio.environ[client.eio_sid]


def test_the_environ_takes_what_it_is_given(colour: Colour) -> None:
    sio = colour.server()
    client = colours.Client(colour, sio)
    sio.environ[client.eio_sid] = {"a": 1}
    sio.environ["other"] = {"b": 2}
    assert dict(sio.environ) == {client.eio_sid: {"a": 1}, "other": {"b": 2}}
    del sio.environ[client.eio_sid], sio.environ["other"]
    assert dict(sio.environ) == {client.eio_sid: {}}
    with pytest.raises(KeyError):
        del sio.environ["other"]


def test_sockets_are_made_when_they_are_asked_for(colour: Colour) -> None:
    sio = colour.server()
    sockets = sio.eio.sockets
    client = colours.Client(colour, sio)
    assert len(sockets) == 1
    assert list(sockets) == [client.eio_sid]
    (socket,) = sockets.values()
    assert (socket.sid, socket.upgraded, socket.connected) == (client.eio_sid, False, True)
    assert list(sockets.copy()) == [client.eio_sid]
    assert sockets.get("other") is None
    client.leave()
    assert client.eio_sid not in sockets


def test_rooms_are_looked_at_and_not_copied(
    colour: Colour, monkeypatch: pytest.MonkeyPatch
) -> None:
    sio = colour.server(namespaces=["/", "/chat"])
    first, second = colours.Client(colour, sio), colours.Client(colour, sio)
    sids = first.connect(), second.connect()
    ids = first.eio_sid, second.eio_sid
    colour.result(sio.enter_room(sids[0], "room"))
    rooms = sio.manager.rooms
    everything = {
        None: {sids[0]: ids[0], sids[1]: ids[1]},
        "room": {sids[0]: ids[0]},
        sids[0]: {sids[0]: ids[0]},
        sids[1]: {sids[1]: ids[1]},
    }
    assert rooms == {"/": everything}
    assert repr(rooms) == repr({"/": dict(rooms["/"])})
    assert (len(rooms), len(rooms["/"]), len(rooms["/"][None])) == (1, 4, 2)
    assert sids[1] not in rooms["/"]["room"]
    assert "stranger" not in rooms["/"][None]
    for look in (lambda: rooms["/chat"], lambda: rooms["/"]["empty"]):
        with pytest.raises(KeyError):
            look()

    def copied(*args: Any) -> Any:
        raise AssertionError("every member was looked at")

    monkeypatch.setattr(type(sio._core.rooms), "names", copied)
    monkeypatch.setattr(sio._calls, "exclusively", copied)
    assert rooms["/"][None][sids[0]] == ids[0]
    assert rooms["/"][sids[1]][sids[1]] == ids[1]
    assert "room" in rooms["/"]
    assert len(rooms["/"]["room"]) == 1
    monkeypatch.undo()
    colour.result(sio.leave_room(sids[0], sids[0]))
    assert sids[0] not in rooms["/"], "it has left the room of its own"


def test_a_second_argument_is_no_room(colour: Colour) -> None:
    sio = colour.server()
    client = colours.Client(colour, sio)
    sid = client.connect()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        colour.result(sio.enter_room(sid, 5))
        for target in (None, sid, "nobody", 5, [sid, 7], (7,), {7}):
            colour.result(sio.emit("x", 1, target))
    as_tuple = r'two arguments are sent as a tuple, emit\("name", \(first, second\)\)'
    with pytest.warns(UserWarning, match=f"room of the type int, in which nobody is: {as_tuple}"):
        colour.result(sio.emit("x", 1, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        colour.result(sio.send(1, to=3))
    with pytest.raises(
        TypeError, match=f"`to` is a room or a list of rooms, not a dict: {as_tuple}"
    ):
        colour.result(sio.emit("x", {"a": 1}, {"b": 2}))

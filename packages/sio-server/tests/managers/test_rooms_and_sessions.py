"""Rows 96 to 109: rooms, user sessions, and what can be asked about a client."""

import asyncio

import pytest

from sio_server import AsyncManager, AsyncServer


@pytest.fixture
def sio():
    return AsyncServer(namespaces="*")


async def test_row_96_the_personal_room(sio, client_of):
    client = await client_of(sio)
    assert sio.rooms(client.sid) == [client.sid]
    await sio.emit("a", to=client.sid)
    await sio.leave_room(client.sid, client.sid)
    await sio.emit("b", to=client.sid)
    await sio.emit("c")
    assert sio.rooms(client.sid) == []
    await sio.enter_room(client.sid, client.sid)
    assert await client.rest() == ['2["a"]', '2["c"]']


async def test_row_97_enter_leave_close(sio, client_of):
    one, two = await client_of(sio), await client_of(sio)
    rooms = ["text", 5, ("a", 1), b"bytes"]
    for room in rooms:
        await sio.enter_room(one.sid, room)
        await sio.enter_room(one.sid, room)
    await sio.enter_room(two.sid, "text")
    assert sio.rooms(one.sid) == [one.sid, *rooms]
    await sio.emit("a", to=("a", 1))
    await sio.emit("b", to=[("a", 1)])
    await sio.leave_room(one.sid, 5)
    await sio.leave_room(one.sid, "never there")
    await sio.close_room("text")
    assert sio.rooms(one.sid) == [one.sid, ("a", 1), b"bytes"]
    assert sio.rooms(two.sid) == [two.sid]
    await sio.emit("c", to="text")
    assert await one.rest() == ['2["b"]'], "a tuple alone is several rooms"


async def test_row_97_none_is_no_room_and_strangers_cannot_enter(sio, client_of):
    client = await client_of(sio)
    with pytest.raises(ValueError, match="None"):
        await sio.enter_room(client.sid, None)
    with pytest.raises(ValueError, match="sid is not connected to requested namespace"):
        await sio.enter_room("stranger", "r")
    with pytest.raises(ValueError):
        await sio.enter_room(client.sid, "r", namespace="/other")
    assert sio.rooms("stranger") == []
    await sio.leave_room("stranger", "r")
    await sio.close_room("never there")


async def test_row_97_an_empty_room_is_forgotten(sio, client_of):
    client = await client_of(sio)
    await sio.enter_room(client.sid, "r")
    await sio.enter_room(client.sid, "s")
    assert set(sio.manager.rooms["/"]) == {None, client.sid, "r", "s"}
    await sio.leave_room(client.sid, "r")
    assert set(sio.manager.rooms["/"]) == {None, client.sid, "s"}
    await client.lose()
    assert list(sio.manager.rooms) == []


async def test_row_98_clients_of_other_servers_are_the_managers_business(client_of):
    asked = []

    class Queue(AsyncManager):
        async def enter_room(self, sid, namespace, room, eio_sid=None):
            asked.append(("enter", sid, namespace, room))

        async def leave_room(self, sid, namespace, room):
            asked.append(("leave", sid, namespace, room))

        async def close_room(self, room, namespace):
            asked.append(("close", room, namespace))

        async def can_disconnect(self, sid, namespace):
            asked.append(("disconnect", sid, namespace))
            return False

    sio = AsyncServer(client_manager=Queue())
    await sio.enter_room("elsewhere", "r")
    await sio.leave_room("elsewhere", "r", namespace="/n")
    await sio.close_room("r")
    await sio.disconnect("elsewhere")
    assert asked == [
        ("enter", "elsewhere", "/", "r"),
        ("leave", "elsewhere", "/n", "r"),
        ("close", "r", "/"),
        ("disconnect", "elsewhere", "/"),
    ]


async def test_row_99_rooms_belong_to_a_namespace(sio, client_of):
    client = await client_of(sio)
    sid = await client.connect("/n")
    assert sid != client.sid
    await sio.enter_room(client.sid, "r")
    assert sio.rooms(sid, namespace="/n") == [sid]
    assert sio.rooms(client.sid, namespace="/n") == []
    await sio.emit("x", to="r", namespace="/n")
    await sio.emit("y", to=client.sid, namespace="/n")
    await sio.close_room("r", namespace="/n")
    assert sio.rooms(client.sid) == [client.sid, "r"]
    assert await client.rest() == []


async def test_row_100_sessions(sio, client_of):
    client = await client_of(sio)
    sid = await client.connect("/n")
    assert await sio.get_session(client.sid) == {}
    await sio.save_session(client.sid, {"a": 1})
    assert await sio.get_session(client.sid) == {"a": 1}
    assert await sio.get_session(sid, namespace="/n") == {}
    (await sio.get_session(client.sid))["b"] = 2
    assert await sio.get_session(client.sid) == {"a": 1, "b": 2}, "it is live"
    async with sio.session(client.sid) as session:
        session["c"] = 3
    assert (await sio.get_session(client.sid))["c"] == 3


async def test_row_100_the_context_saves_even_after_an_exception(sio, client_of):
    client = await client_of(sio)

    async def fail():
        async with sio.session(client.sid) as session:
            session["a"] = 1
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await sio.get_session(client.sid) == {"a": 1}


async def test_row_100_a_session_ends_with_its_client(sio, client_of):
    client = await client_of(sio)
    await sio.save_session(client.sid, {"a": 1})
    async with sio.session(client.sid) as session:
        await sio.disconnect(client.sid)
        session["late"] = True
    with pytest.raises(KeyError):
        await sio.get_session(client.sid)
    with pytest.raises(KeyError):
        await sio.save_session(client.sid, {})


async def test_row_102_environ(sio, client_of):
    seen = []
    sio.on("connect", lambda sid, environ: seen.append(environ))
    client = await client_of(sio, environ={"HTTP_X_USER": "u"})
    sid = await client.connect("/n")
    environ = sio.get_environ(client.sid)
    assert environ["HTTP_X_USER"] == "u"
    assert environ is seen[0]
    assert environ is sio.get_environ(sid, namespace="/n"), "one for the connection's life"
    environ["mine"] = 1
    assert sio.get_environ(client.sid)["mine"] == 1
    assert sio.get_environ("stranger") is None


async def test_row_104_transport(sio, client_of, polling):
    sids = []
    sio.on("connect", lambda sid, environ: sids.append(sid))
    client = await client_of(sio)
    slow = polling(sio)
    await slow.open()
    await slow.post("40")
    await client.idle()
    assert [sio.transport(sid) for sid in sids] == ["websocket", "polling"]
    assert sio.transport(client.sid, namespace="/") == "websocket"
    with pytest.raises(KeyError):
        sio.transport("stranger")


async def test_row_105_disconnect(sio, client_of):
    seen = []
    sio.on("disconnect", lambda sid, reason: seen.append(reason))
    client = await client_of(sio)
    await client.connect("/n")
    await sio.disconnect(client.sid)
    assert seen == [sio.reason.SERVER_DISCONNECT], "the handler has run"
    assert await client.rest("/n") == ["1"], "the other namespace goes on"
    await sio.disconnect(client.sid)
    await sio.disconnect("stranger", ignore_queue=True)
    assert len(seen) == 1


async def test_row_105_close_ends_the_whole_connection(sio, client_of):
    seen = []
    sio.on("disconnect", lambda ns, sid, reason: seen.append((ns, reason)), namespace="*")
    client = await client_of(sio)
    await client.connect("/n")
    await sio.disconnect(client.sid, close=True)
    await client.closed
    await client.idle()
    reason = sio.reason.SERVER_DISCONNECT
    assert sorted(seen) == [("/", reason), ("/n", reason)]


async def test_row_105_a_handler_may_disconnect_its_own_client(sio, client_of):
    seen = []
    sio.on("disconnect", lambda sid, reason: seen.append(reason))

    @sio.event
    async def leave(sid):
        await sio.disconnect(sid)
        return "not sent any more"

    client = await client_of(sio)
    client.emit("leave", ack=1)
    assert await client.packet() == "1"
    await client.idle()
    assert seen == [sio.reason.SERVER_DISCONNECT]


# Row 109: hooks on rooms ----------------------------------------------------


def watch(manager, namespace=None):
    """Register a handler for every event of rooms; return the list that they fill."""
    seen = []
    for event in ("create-room", "join-room", "leave-room", "delete-room"):
        manager.on(event, lambda *args, event=event: seen.append((event, *args)), namespace)
    return seen


@pytest.mark.parametrize("early", [True, False])
async def test_row_109_rooms_are_made_joined_left_and_deleted(client_of, early):
    manager = AsyncManager()
    seen = watch(manager) if early else None
    sio = AsyncServer(client_manager=manager, namespaces="*")
    seen = watch(manager) if seen is None else seen
    client = await client_of(sio)
    await client.connect("/other")
    await sio.enter_room(client.sid, "r")
    await sio.enter_room(client.sid, "r")
    await sio.leave_room(client.sid, "r")
    await client.lose()
    sid = client.sid
    assert seen == [
        ("create-room", sid),
        ("join-room", sid, sid),
        ("create-room", "r"),
        ("join-room", "r", sid),
        ("leave-room", "r", sid),
        ("delete-room", "r"),
        ("leave-room", sid, sid),
        ("delete-room", sid),
    ]


async def test_row_109_any_namespace(sio, client_of):
    seen = []
    sio.manager.on("join-room", lambda *args: seen.append(args), namespace="*")
    client = await client_of(sio)
    sid = await client.connect("/n")
    await client.idle()
    assert seen == [("/", client.sid, client.sid), ("/n", sid, sid)]


async def test_row_109_handlers_may_wait_and_may_use_the_server(sio, client_of):
    seen = []

    @sio.manager.on("join-room")
    async def joined(room, sid):
        seen.append(("begins", room))
        await asyncio.sleep(0)
        if room == "a":
            await sio.enter_room(sid, "b")
        seen.append(("ends", room))

    client = await client_of(sio)
    await client.idle()
    seen.clear()
    await sio.enter_room(client.sid, "a")
    await client.idle()
    assert seen == [("begins", "a"), ("ends", "a"), ("begins", "b"), ("ends", "b")]


async def test_row_109_what_a_handler_raises_is_logged(sio, client_of, caplog):
    seen = []

    @sio.manager.on("create-room")
    def broken(room):
        raise RuntimeError("broken hook")

    sio.manager.on("create-room", seen.append)
    client = await client_of(sio)
    await client.idle()
    assert "broken hook" in caplog.text
    assert seen == [client.sid]


def test_row_109_only_these_events(sio):
    with pytest.raises(ValueError, match="create-room"):
        sio.manager.on("connect", print)

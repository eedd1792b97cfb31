"""`socketio/rooms.py` and `socketio/socket.py`: the table, and what observers are told of it."""

from collections.abc import Hashable
from typing import Any

import pytest

from sio_core.protocol_errors import LocalProtocolError
from sio_core.socketio import Joined, Left, RoomCreated, RoomDeleted, Socket
from sio_core.socketio.events import RoomEvent
from sio_core.testing import ClientModel, Net


def sockets(count: int = 2, namespace: str = "/") -> tuple[Net, list[Socket]]:
    """Return a net and its sockets, whose sids are `socket1` and so on."""
    net = Net()
    for _ in range(count):
        net.add_client(ClientModel(("websocket",))).connect(namespace)
    net.run()
    return net, list(net.server.rooms.members(namespace, None))


def watched(net: Net) -> list[RoomEvent]:
    told: list[RoomEvent] = []
    net.server.rooms.observers.append(told.append)
    return told


def sids(members: Any) -> list[str]:
    return [socket.sid for socket in members]


@pytest.mark.parametrize("room", ["room", 0, "", ("a", 1), frozenset((1,)), b"x"])
def test_any_hashable_value_but_none_names_a_room(room: Hashable) -> None:
    net, (a, b) = sockets()
    net.server.join(a, room)
    net.server.join(a, room)
    net.server.join(b, room)
    rooms = net.server.rooms
    assert sids(rooms.members("/", room)) == ["socket1", "socket2"]
    assert rooms.rooms_of(a) == ["socket1", room]
    assert rooms.names("/") == ["socket1", "socket2", room]
    net.server.leave(a, room)
    net.server.leave(a, room)
    assert sids(rooms.members("/", room)) == ["socket2"]
    net.server.leave(b, room)
    assert rooms.named == {}


def test_observers_are_told_in_order() -> None:
    net, (a, b) = sockets()
    told = watched(net)
    rooms = net.server.rooms
    rooms.join(a, "r")
    rooms.join(b, "r")
    rooms.leave(a, "r")
    rooms.close("/", "r")
    rooms.close("/", "r")
    assert told == [
        RoomCreated("/", "r"),
        Joined("/", "r", "socket1"),
        Joined("/", "r", "socket2"),
        Left("/", "r", "socket1"),
        Left("/", "r", "socket2"),
        RoomDeleted("/", "r"),
    ]


def test_observers_are_told_of_sockets_that_come_and_go() -> None:
    net, _ = sockets(0)
    told = watched(net)
    client = net.add_client(ClientModel(("websocket",)))
    client.connect("/a")
    net.run()
    (socket,) = net.server.rooms.members("/a", None)
    net.server.join(socket, "r")
    net.server.refuse(socket, None, 0.0)
    assert told == [
        RoomCreated("/a", "socket1"),
        Joined("/a", "socket1", "socket1"),
        RoomCreated("/a", "r"),
        Joined("/a", "r", "socket1"),
        Left("/a", "r", "socket1"),
        RoomDeleted("/a", "r"),
        Left("/a", "socket1", "socket1"),
        RoomDeleted("/a", "socket1"),
    ]
    told.clear()
    # It is gone: nothing that is done to it is seen any more.
    net.server.join(socket, "late")
    net.server.leave(socket, "r")
    net.server.leave(socket, socket.sid)
    net.server.rooms.remove(socket)
    assert told == []
    assert net.server.rooms.named == {}


def test_a_socket_can_leave_its_own_room_and_return() -> None:
    net, (a, b) = sockets()
    told = watched(net)
    rooms = net.server.rooms
    net.server.join(a, a.sid)  # it is there already
    net.server.leave(a, a.sid)
    net.server.leave(a, a.sid)
    assert rooms.rooms_of(a) == []
    assert sids(rooms.members("/", a.sid)) == []
    assert rooms.names("/") == [b.sid]
    assert sids(rooms.members("/", None)) == [a.sid, b.sid]
    net.server.join(a, a.sid)
    assert sids(rooms.members("/", a.sid)) == [a.sid]
    assert told == [
        Left("/", a.sid, a.sid),
        RoomDeleted("/", a.sid),
        RoomCreated("/", a.sid),
        Joined("/", a.sid, a.sid),
    ]
    told.clear()
    net.server.leave(a, a.sid)
    net.server.rooms.remove(a)
    assert told[2:] == []


def test_others_may_join_the_room_of_a_socket() -> None:
    net, (a, b) = sockets()
    rooms = net.server.rooms
    rooms.join(b, a.sid)  # which the server refuses while `a` is there
    assert sids(rooms.members("/", a.sid)) == [a.sid, b.sid]
    net.server.leave(a, a.sid)
    assert sids(rooms.members("/", a.sid)) == [b.sid]
    rooms.close("/", a.sid)
    assert sids(rooms.members("/", a.sid)) == []


def test_one_of_two_rooms_ends() -> None:
    net, (a, _) = sockets()
    net.server.join(a, "r")
    net.server.join(a, "s")
    net.server.leave(a, "r")
    assert net.server.rooms.named == {"/": {"s": {a.sid: a}}}


def test_select_among_strangers() -> None:
    rooms = sockets(0)[0].server.rooms
    assert list(rooms.select("/nowhere", None)) == []
    assert list(rooms.select("/nowhere", ["r"])) == []
    assert rooms.names("/nowhere") == []
    net, (a, b) = sockets(2, "/a")
    assert list(net.server.rooms.select("/", [a.sid])) == []
    assert list(net.server.rooms.select("/a", [b.sid, a.sid])) == [b, a]


def test_the_text_of_a_socket_holds_no_id() -> None:
    _, (a, _) = sockets()
    assert repr(a) == "<Socket '/' requested>"
    assert not a.connected


def test_a_socket_sends_or_holds_back() -> None:
    net, (a, b) = sockets()
    message = net.server.prepare(net.server.parser.decoder().add('2["x"]'))  # type: ignore[arg-type]
    quick = type(message)(message.frames, volatile=True)
    net.server.accept(a)
    for socket in (a, b):
        socket.send(message)
        socket.send(quick)
    net.settle()
    net.run()
    assert [len(client.events) for client in net.clients] == [2, 0]
    assert b.held == [message]


def test_the_room_of_a_sockets_own_is_for_itself_alone() -> None:
    net, (a, b) = sockets()
    with pytest.raises(LocalProtocolError, match="cannot enter a sid room"):
        net.server.join(b, a.sid)
    with pytest.raises(LocalProtocolError, match="cannot close a sid room"):
        net.server.close_room(a.sid)
    net.server.join(a, "r")
    net.server.close_room("r")
    net.server.close_room(a.sid, "/elsewhere")
    assert net.server.rooms.rooms_of(a) == [a.sid]


def test_whom_an_event_is_not_for_may_be_rooms() -> None:
    net, (a, b, c) = sockets(3)
    rooms = net.server.rooms
    rooms.join(a, "r")
    rooms.join(b, "r")
    rooms.join(b, "s")
    for to, skip, chosen in (
        (None, ["r"], [c]),
        (None, [a.sid, "s"], [c]),
        (["r"], ["s", "empty"], [a]),
        (["r", "s"], [c.sid], [a, b]),
        (["r"], ["r"], []),
        (["s"], [b.sid], []),
    ):
        assert list(rooms.select("/", to, skip)) == chosen
        assert rooms.reaches("/", to, skip) is bool(chosen)
    assert rooms.reaches("/", ["empty", "s"], ())
    assert not rooms.reaches("/", ["empty"], ())


def test_many_may_be_left_out_whatever_holds_their_ids() -> None:
    net, found = sockets(12)
    rooms = net.server.rooms
    ids = [socket.sid for socket in found]
    for some in (ids[:3], ids[:11], tuple(ids[:11]), set(ids[:11])):
        chosen = list(rooms.select("/", None, some))
        assert chosen == [socket for socket in found if socket.sid not in some]


class Unsearched(list[str]):
    def __contains__(self, item: object) -> bool:
        raise AssertionError("a list is looked through from its beginning")


def test_a_long_list_is_not_looked_through_for_each_recipient() -> None:
    net, found = sockets(2)
    ids = Unsearched([found[0].sid, *map(str, range(20))])
    assert list(net.server.rooms.select("/", None, ids)) == found[1:]

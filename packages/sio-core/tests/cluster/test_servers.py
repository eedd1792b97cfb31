"""Several servers as one, their clients and all: what the issue of each operation is."""

from typing import Any

import pytest

from sio_core.cluster import Found, NodeConfig, RemoteAckReceived
from sio_core.socketio import Emit
from sio_core.socketio.serializers import choose_parser
from sio_core.testing import ClientModel

from .servers import Fleet, Process

FORMS = [
    pytest.param({"config": NodeConfig(routing=True)}, id="routed"),
    pytest.param({"config": NodeConfig(routing=False)}, id="python-socketio"),
    pytest.param({"config": NodeConfig(routing=True), "routes": False}, id="one channel"),
]


@pytest.fixture(params=FORMS)
def fleet(request: pytest.FixtureRequest) -> Fleet:
    return Fleet(3, **request.param)


def heard(client: ClientModel) -> list[Any]:
    taken = [[event.name, *event.args] for event in client.events]
    client.events.clear()
    return taken


def test_everybody_hears_what_is_for_everybody(fleet: Fleet) -> None:
    clients = [server.client() for server in fleet.servers for _ in range(2)]
    other = fleet.servers[1].client("/other")
    fleet.servers[0].emit(Emit("news", ("ä", b"\x00", {"a": [b"\x01"]})))
    fleet.run()
    for client in clients:
        assert heard(client) == [["news", "ä", b"\x00", {"a": [b"\x01"]}]]
    assert heard(other) == []


def test_rooms_are_those_of_the_fleet(fleet: Fleet) -> None:
    clients = [server.client() for server in fleet.servers]
    sids = [client.sids["/"] for client in clients]
    first = fleet.servers[0]
    for number in (1, 2):
        first.node.enter_room(sids[number], "chat", "/", 0.0)
    first.node.enter_room(sids[2], ("t", 1), "/", 0.0)
    fleet.run()
    first.emit(Emit("a", (1,), to=("chat",), skip=(sids[2],)))
    first.emit(Emit("b", (1,), to=("chat", ("t", 1))))
    first.emit(Emit("c", (1,), to=(sids[1],)))
    first.emit(Emit("d", (1,), skip=("chat",)))
    first.node.leave_room(sids[1], "chat", "/", 0.0)
    fleet.run()
    assert heard(clients[0]) == [["d", 1]]
    assert heard(clients[1]) == [["a", 1], ["b", 1], ["c", 1]]
    assert heard(clients[2]) == [["b", 1]]
    fleet.servers[1].emit(Emit("e", (), to=("chat",)))
    fleet.run()
    assert [heard(client) for client in clients] == [[], [], [["e"]]]
    first.node.close_room("chat", "/", 0.0)
    fleet.run()
    fleet.servers[1].emit(Emit("f", (), to=("chat",)))
    fleet.run()
    assert [heard(client) for client in clients] == [[], [], []]


def test_clients_of_others_acknowledge_and_are_found_and_leave(fleet: Fleet) -> None:
    client = fleet.servers[1].client()
    sid = client.sids["/"]
    first = fleet.servers[0]
    first.emit(Emit("ask", (1,), to=(sid,), token="call"))
    fleet.run()
    [asked] = client.events
    client.ack(asked, "yes", b"\x00")
    fleet.run()
    assert first.line.events[-1] == RemoteAckReceived("call", ["yes", b"\x00"])
    assert first.answers == []
    assert first.node.find(sid, "/", "there", 5.0, 0.0) == []
    assert first.node.find(sid, "/other", "elsewhere", 5.0, 0.0) == []
    fleet.run()
    assert Found("there", True) in first.line.events
    assert Found("elsewhere", False) in first.line.events
    first.node.disconnect(sid, "/", 0.0)
    fleet.run()
    assert client.ended == ["/"]


def test_an_event_to_many_is_acknowledged_by_each(fleet: Fleet) -> None:
    clients = [server.client() for server in fleet.servers]
    fleet.servers[0].emit(Emit("ask", (), token="all", until=9.0))
    fleet.run()
    for number, client in enumerate(clients):
        [asked] = client.events
        client.ack(asked, number)
    fleet.run()
    events = fleet.servers[0].line.events
    remote = [event.args for event in events if isinstance(event, RemoteAckReceived)]
    assert fleet.servers[0].answers == [("all", [0])]
    assert sorted(remote) == [[1], [2]]


def test_servers_with_other_serializers_understand_each_other() -> None:
    fleet = Fleet(1)
    fleet.servers.append(Process(fleet.bus, 1, parser=choose_parser("msgpack")))
    fleet.run()
    client = fleet.servers[0].client()
    fleet.servers[1].emit(Emit("a", (b"\x01",), to=(client.sids["/"],)))
    fleet.servers[1].emit(Emit("ask", (), to=(client.sids["/"],), token="call"))
    fleet.run()
    assert [[event.name, *event.args] for event in client.events] == [["a", b"\x01"], ["ask"]]
    client.ack(client.events[1], b"\x02")
    fleet.run()
    assert fleet.servers[1].line.events[-1] == RemoteAckReceived("call", [b"\x02"])


def test_a_client_that_nobody_has_is_heard_of_by_nobody(fleet: Fleet) -> None:
    first = fleet.servers[0]
    for server in fleet.servers:
        server.client()
    first.node.disconnect("nobody", "/", 0.0)
    first.node.enter_room("nobody", "chat", "/", 0.0)
    first.node.leave_room("nobody", "chat", "/", 0.0)
    fleet.run()
    assert [len(server.server.rooms.names("/")) for server in fleet.servers] == [1, 1, 1]


@pytest.mark.parametrize("namespace", ["/", "/admin"])
def test_older_clients_are_reached_by_their_own_kind_of_sid(fleet: Fleet, namespace: str) -> None:
    first, second = fleet.servers[:2]
    pipe, frames = second.older_client(*(["/admin"] if namespace == "/admin" else []))
    sid = pipe.link.session.sid if namespace == "/" else f"/admin#{pipe.link.session.sid}"
    head = "" if namespace == "/" else "/admin,"
    fleet.run()
    first.node.enter_room(sid, "chat", namespace, 0.0)
    fleet.run()
    first.emit(Emit("a", (b"\x01",), namespace, to=(sid,)))
    first.emit(Emit("b", (), namespace, to=("chat",)))
    first.emit(Emit("c", (), namespace, skip=(sid,)))
    first.emit(Emit("ask", (), namespace, to=(sid,), token="call"))
    fleet.run()
    text = f'451-{head}["a",{{"_placeholder":true,"num":0}}]'
    assert frames[:3] == [text, b"\x04\x01", f'42{head}["b"]']
    asked = str(frames[3]).removeprefix(f"42{head}").removesuffix('["ask"]')
    second.net.receive(pipe, f'43{head}{asked}["yes"]')
    fleet.run()
    assert first.line.events[-1] == RemoteAckReceived("call", ["yes"])
    assert first.node.find(sid, namespace, "there", 5.0, 0.0) == []
    fleet.run()
    assert Found("there", True) in first.line.events
    first.node.disconnect(sid, namespace, 0.0)
    fleet.run()
    assert frames[4:] == [f"41{head}"]

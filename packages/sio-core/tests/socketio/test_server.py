"""`socketio/server.py`: connecting, events, rooms, acknowledgements and the end of things."""

import gc
from typing import Any

import pytest

from sio_core import Request, engineio, reasons
from sio_core.protocol_errors import LocalProtocolError
from sio_core.socketio import (
    AckAborted,
    AckReceived,
    AckTimedOut,
    Config,
    ConnectionClosed,
    ConnectionOpened,
    ConnectionUpgraded,
    ConnectionUpgradeFailed,
    ConnectRequested,
    ConnectTimedOut,
    Disconnected,
    Emit,
    EventReceived,
    JSONParser,
    NamespaceRefused,
    Packet,
    Server,
    Socket,
    SocketState,
)
from sio_core.socketio.parsers.msgpack_parser import MsgpackParser
from sio_core.socketio.sender import AT_A_STRETCH, MANY
from sio_core.testing import ClientModel, Ids, Net, Pair, Received

WEBSOCKET = ("websocket",)


def connected(*namespaces: str, **options: Any) -> Pair:
    """Return a pair with one client on a WebSocket that is in `namespaces`."""
    pair = Pair(WEBSOCKET, **options)
    for namespace in namespaces or ("/",):
        pair.client.connect(namespace)
    pair.run()
    return pair


def the_socket(pair: Pair, namespace: str = "/") -> Socket:
    (socket,) = pair.server.rooms.members(namespace, None)
    return socket


def of_type(pair: Pair, kind: type) -> list[Any]:
    return [event for event in pair.events if isinstance(event, kind)]


def deliver(pair: Net) -> None:
    pair.settle()
    pair.run()


# Sessions without a transport ---------------------------------------------


def test_a_session_without_a_transport_has_no_deadlines() -> None:
    engine = engineio.Server(new_sid=Ids("session"))
    server = Server(engine, Config(accept_timeout=5), new_id=Ids("socket"))
    handed: list[tuple[str, ...]] = []
    engine.relay_by(lambda session, message: handed.append(message.frames))
    events = server.process(engine.open_detached("mine"), 0.0)
    session = engine.sessions["mine"]

    def say(data: str | bytes) -> None:
        events.extend(server.process([engineio.Message(session, data)], 0.0))
        assert server.next_deadline() is None

    say("0")
    assert isinstance(events[-1], ConnectRequested)
    server.accept(events[-1].socket)
    say('51-["data",{"_placeholder":true,"num":0}]')
    say(b"\1")
    say("1")
    assert [type(event) for event in events] == [
        ConnectionOpened,
        ConnectRequested,
        EventReceived,
        Disconnected,
    ]
    assert events[2].args == [b"\1"]
    assert handed == [('40{"sid":"socket1"}',)]


# Connecting ---------------------------------------------------------------


def test_a_client_connects_with_what_it_says_of_itself() -> None:
    pair = Pair(WEBSOCKET)
    pair.client.connect(auth={"token": "t"})
    pair.run()
    assert pair.client.sids == {"/": "socket1"}
    opened, request = pair.events
    assert isinstance(opened, ConnectionOpened)
    assert isinstance(request, ConnectRequested)
    assert (request.auth, request.socket.namespace) == ({"token": "t"}, "/")
    assert request.socket.connected
    assert "token" not in repr(request)


@pytest.mark.parametrize("transports", [("polling",), ("websocket",), ("polling", "websocket")])
def test_events_travel_both_ways_on_every_transport(transports: tuple[str, ...]) -> None:
    pair = Pair(transports)
    pair.client.connect()
    pair.run()
    pair.client.emit("up", 1, b"\x00\xff", {"deep": [b"x"]})
    pair.run()
    event = pair.events[-1]
    assert (event.name, event.args) == ("up", [1, b"\x00\xff", {"deep": [b"x"]}])
    assert event.ack_id is None
    pair.server.emit("down", [b"1", "é", None, {"a": b"2"}])
    deliver(pair)
    assert pair.client.events == [Received("/", "down", [b"1", "é", None, {"a": b"2"}])]


def test_unknown_namespaces_are_refused_and_others_go_on() -> None:
    pair = connected("/", "/unknown")
    assert pair.client.refused == {"/unknown": {"message": "Invalid namespace"}}
    assert list(pair.client.sids) == ["/"]
    assert len(of_type(pair, ConnectRequested)) == 1
    assert of_type(pair, NamespaceRefused) == [NamespaceRefused(pair.events[0].session, "/unknown")]


def test_a_websocket_that_never_opened_is_no_event() -> None:
    pair = connected()
    session = pair.events[0].session
    assert pair.server.process([engineio.Abandoned(session)], 0.0) == []


def test_an_upgrade_is_reported_with_the_sids_of_the_connection() -> None:
    pair = Pair()
    pair.client.connect()
    pair.run()
    session = pair.events[0].session
    assert of_type(pair, ConnectionUpgraded) == [
        ConnectionUpgraded(session, (pair.client.sids["/"],))
    ]


def test_an_upgrade_that_failed_is_reported_with_the_reason() -> None:
    pair = Pair(("polling",))
    pair.client.connect()
    pair.run()
    session = pair.events[0].session
    failed = engineio.UpgradeFailed(session, "the WebSocket was lost")
    assert pair.server.process([failed], 0.0) == [
        ConnectionUpgradeFailed(session, (pair.client.sids["/"],), "the WebSocket was lost")
    ]


def test_refused_with_the_data_of_the_application() -> None:
    pair = Pair(WEBSOCKET, accept=False)
    pair.client.connect()
    pair.run()
    socket = pair.events[-1].socket
    pair.server.emit("held", [])
    pair.server.emit_with_ack("held", [], "token")
    events = pair.server.refuse(socket, {"message": "no", "data": [1]}, pair.clock.now)
    assert events == [AckAborted(socket, "token")]
    deliver(pair)
    assert pair.client.refused == {"/": {"message": "no", "data": [1]}}
    assert pair.client.events == []
    assert pair.client.closed is None
    assert socket.state is SocketState.RELEASED
    assert pair.server.find(socket.sid) is None
    assert pair.server.refuse(socket, None, 0.0) == []
    assert not pair.server.accept(socket)


def test_a_request_that_is_not_answered_in_time_is_refused() -> None:
    pair = Pair(WEBSOCKET, accept=False, config=Config(accept_timeout=5.0, connect_timeout=20.0))
    pair.client.connect()
    pair.run()
    (request,) = of_type(pair, ConnectRequested)
    socket = request.socket
    pair.server.emit_with_ack("held", [], "token")
    pair.run_for(4.0)
    assert of_type(pair, ConnectTimedOut) == []
    pair.run_for(2.0)
    assert pair.client.refused == {"/": {"message": "Connect request timed out"}}
    assert pair.events[-3:] == [
        ConnectTimedOut(socket),
        AckAborted(socket, "token"),
        Disconnected(socket, reasons.Reason("server disconnect"), False),
    ]
    assert not pair.server.accept(socket), "the answer came too late"
    assert pair.server.refuse(socket, None, pair.clock.now) == []
    pair.server.release(socket)
    assert pair.server.find(socket.sid) is None
    pair.run_for(18.0)
    assert pair.client.closed is None
    pair.run_for(2.0)
    assert pair.client.closed is not None, "it has no namespace"


@pytest.mark.parametrize("answer", ["accept", "refuse", "disconnect", "none"])
def test_an_answer_ends_the_time_for_it(answer: str) -> None:
    timeout = None if answer == "none" else 5.0
    pair = Pair(WEBSOCKET, accept=False, config=Config(accept_timeout=timeout))
    pair.client.connect()
    pair.run()
    (request,) = of_type(pair, ConnectRequested)
    if answer == "accept":
        pair.server.accept(request.socket)
    elif answer == "refuse":
        pair.server.refuse(request.socket, None, pair.clock.now)
    elif answer == "disconnect":
        pair.client.disconnect()
    pair.run_for(10.0)
    assert of_type(pair, ConnectTimedOut) == []


def test_what_is_sent_can_be_encoded_beforehand() -> None:
    pair = Pair(WEBSOCKET, accept=False)
    server, client = pair.server, pair.client
    client.connect()
    client.connect("/unwanted")
    pair.run()
    wanted, unwanted = (request.socket for request in of_type(pair, ConnectRequested))
    assert server.accept(wanted, server.prepare_accept(wanted))
    refusal = server.prepare_refuse(unwanted, {"message": "no"})
    assert server.refuse(unwanted, refusal, pair.clock.now) == []
    plain, asked = Emit("plain", [1], to=[wanted.sid]), Emit("asked", [2], token="token")
    for emit in (plain, asked):
        delivery = server.begin_send(emit)
        assert delivery is not None
        server.encode_send(delivery)
        assert server.finish_send(delivery) == 1
    number = delivery.ack_id
    assert server.begin_send(Emit("plain", [object()], to=["nobody"])) is None
    deliver(pair)
    assert client.refused == {"/unwanted": {"message": "no"}}
    assert client.events == [Received("/", "plain", [1]), Received("/", "asked", [2], number)]
    question = client.emit_with_ack("question")
    pair.run()
    server.send_ack(wanted, server.prepare_ack(wanted, question, [3]))
    deliver(pair)
    assert client.acks == {("/", question): [3]}
    client.disconnect()
    pair.run()
    server.send_ack(wanted, server.prepare_ack(wanted, 99, [4]))
    deliver(pair)


def test_a_refusal_that_cannot_be_sent_leaves_the_request_open() -> None:
    pair = Pair(WEBSOCKET, accept=False)
    pair.client.connect()
    pair.run()
    socket = pair.events[-1].socket
    with pytest.raises(LocalProtocolError):
        pair.server.refuse(socket, {"message": b"bytes"}, pair.clock.now)
    assert socket.state is SocketState.REQUESTED
    pair.server.refuse(socket, "no", pair.clock.now)
    deliver(pair)
    assert pair.client.refused == {"/": "no"}


def test_what_is_sent_before_the_answer_follows_it() -> None:
    pair = Pair(WEBSOCKET, accept=False)
    pair.client.connect()
    pair.run()
    socket = pair.events[-1].socket
    pair.server.join(socket, "early")
    pair.server.emit("first", [1], to=["early"])
    pair.server.emit("lost", [], volatile=True)
    pair.server.emit("second", [2], to=[socket.sid])
    deliver(pair)
    assert pair.client.events == []
    assert pair.server.accept(socket)
    deliver(pair)
    assert pair.client.events == [Received("/", "first", [1]), Received("/", "second", [2])]


def test_what_is_held_back_is_bounded() -> None:
    pair = Pair(WEBSOCKET, accept=False, config=Config(max_held=2))
    pair.client.connect()
    pair.run()
    for number in range(3):
        pair.server.emit("x", [number])
    pair.tick()
    left, closed = pair.events[-2:]
    assert left.reason == reasons.TRANSPORT_ERROR
    assert not left.accepted
    assert closed.reason.detail == "too many messages before accept"


def test_a_client_that_leaves_before_the_answer() -> None:
    pair = Pair(WEBSOCKET, accept=False)
    pair.client.connect()
    pair.client.disconnect()
    pair.run()
    request, left = pair.events[-2:]
    assert isinstance(left, Disconnected)
    assert not left.accepted
    assert not pair.server.accept(request.socket)
    request.socket.send(pair.server.prepare(pair.server.parser.decoder().add('2["x"]')))  # type: ignore[arg-type]
    deliver(pair)
    assert pair.client.events == []


def test_clients_may_leave_and_come_back_on_one_connection() -> None:
    pair = connected()
    pair.client.disconnect()
    pair.run()
    assert pair.events[-1].reason == reasons.CLIENT_DISCONNECT
    pair.client.connect()
    pair.run()
    assert pair.client.sids == {"/": "socket2"}


def test_ids_that_are_taken_close_the_connection() -> None:
    pair = Pair(WEBSOCKET, accept=False)
    pair.server._new_id = lambda: "same"
    pair.client.connect()
    pair.run()
    for taken in (False, True):  # connected, and then left but not released
        if taken:
            pair.client.disconnect()
            pair.run()
        second = pair.add_client(ClientModel(WEBSOCKET))
        second.connect()
        pair.run()
        assert second.closed == "transport close"
        assert pair.events[-1].reason.detail == "socket id is taken"


def test_namespaces_of_one_connection_are_bounded() -> None:
    pair = connected("/", "/a", "/b", config=Config(max_namespaces=2))
    assert pair.client.closed == "transport close"
    assert pair.events[-1].reason.detail == "too many namespaces"
    assert [event.socket.namespace for event in of_type(pair, Disconnected)] == ["/", "/a"]


# Deadlines of a connection ------------------------------------------------


def test_a_connection_without_a_namespace_is_closed() -> None:
    pair = Pair(WEBSOCKET)
    pair.run()
    pair.run_for(9.0)
    assert pair.client.closed is None
    pair.run_for(1.0)
    (closed,) = of_type(pair, ConnectionClosed)
    assert closed.reason == reasons.TRANSPORT_ERROR
    assert closed.reason.detail == "no namespace was requested in time"
    pair.run()
    assert pair.client.closed == "transport close"


@pytest.mark.parametrize("how", ["refused", "left", "disconnected"])
def test_a_connection_that_lost_its_last_namespace_is_closed_too(how: str) -> None:
    config = Config(connect_timeout=5.0)
    pair = connected(config=config) if how != "refused" else Pair(WEBSOCKET, accept=False)
    if how == "refused":
        pair = Pair(WEBSOCKET, accept=False, config=config)
        pair.client.connect()
        pair.run()
        pair.server.refuse(the_socket(pair), None, pair.clock.now)
    elif how == "left":
        pair.client.disconnect()
    else:
        pair.server.disconnect(the_socket(pair), pair.clock.now)
    deliver(pair)
    pair.run_for(4.9)
    assert of_type(pair, ConnectionClosed) == []
    pair.run_for(0.1)
    assert pair.events[-1].reason.detail == "no namespace was requested in time"


def test_one_namespace_of_two_may_go() -> None:
    pair = connected("/", "/a", config=Config(connect_timeout=5.0))
    pair.client.disconnect("/a")
    pair.run()
    pair.run_for(20)
    pair.client.emit("still here")
    pair.run()
    assert pair.events[-1].name == "still here"


def test_attachments_must_come_in_time() -> None:
    pair = connected(config=Config(attachment_timeout=3.0))
    pair.client.raw('452-["a"]')
    pair.run()
    pair.run_for(2.0)
    pair.client.raw(b"1")
    pair.run()
    pair.run_for(0.9)
    assert of_type(pair, ConnectionClosed) == []
    pair.run_for(0.1)
    assert pair.events[-1].reason == reasons.TRANSPORT_ERROR
    assert pair.events[-1].reason.detail == "parse error: attachments did not come in time"


def test_every_packet_has_the_whole_time_for_its_attachments() -> None:
    pair = connected(config=Config(attachment_timeout=3.0))
    for _ in range(3):
        pair.client.raw('451-["a"]')
        pair.run()
        pair.run_for(2.0)
        pair.client.raw(b"1")
        pair.run()
    pair.run_for(5.0)
    assert len(of_type(pair, EventReceived)) == 3
    assert of_type(pair, ConnectionClosed) == []


def test_attachments_before_a_namespace_fall_under_the_connect_timeout() -> None:
    pair = Pair(WEBSOCKET, config=Config(attachment_timeout=60.0, connect_timeout=5.0))
    pair.client.raw('451-["a"]')
    pair.run()
    pair.run_for(5.0)
    assert pair.events[-1].reason.detail == "parse error: attachments did not come in time"


# Leaving ------------------------------------------------------------------


def test_a_disconnect_of_one_namespace_leaves_the_others() -> None:
    pair = connected("/", "/a")
    socket = the_socket(pair, "/a")
    events = pair.server.disconnect(socket, pair.clock.now)
    assert [(type(event), event.reason) for event in events if isinstance(event, Disconnected)] == [
        (Disconnected, reasons.SERVER_DISCONNECT)
    ]
    assert pair.server.disconnect(socket, pair.clock.now) == []
    deliver(pair)
    assert pair.client.ended == ["/a"]
    assert list(pair.client.sids) == ["/"]
    assert pair.client.closed is None


def test_close_ends_the_connection_and_every_namespace_is_told() -> None:
    pair = connected("/", "/a")
    pair.server.emit("last words", [])
    events: list[Any] = pair.server.disconnect(the_socket(pair), pair.clock.now, close=True)
    assert [type(event) for event in events] == [Disconnected, Disconnected, ConnectionClosed]
    assert {event.reason for event in events} == {reasons.SERVER_DISCONNECT}
    deliver(pair)
    assert [event.name for event in pair.client.events] == ["last words"]
    assert pair.client.ended == ["/", "/a"]
    assert pair.client.closed == "transport close"


def test_a_socket_that_left_can_be_read_until_it_is_released() -> None:
    pair = connected()
    socket = the_socket(pair)
    pair.on_event = None
    pair.server.join(socket, "room")
    pair.client.engine.close()
    pair.run()
    left = of_type(pair, Disconnected)[0]
    assert left.reason == reasons.TRANSPORT_CLOSE
    assert left.accepted
    assert pair.server.find(socket.sid) is socket
    assert pair.server.rooms.rooms_of(socket) == [socket.sid, "room"]
    assert socket.rooms == {"room": None}
    assert (pair.server.rooms.everyone, pair.server.rooms.named) == ({}, {})
    pair.server.emit("x", [], to=["room"])
    pair.server.ack(socket, 0, [])
    pair.server.release(socket)
    pair.server.release(socket)
    assert pair.server.find(socket.sid) is None
    assert pair.server._released == {}


def test_released_one_by_one() -> None:
    net = Net()
    net.on_event = net.accept_all
    clients = [net.add_client(ClientModel(WEBSOCKET)) for _ in range(2)]
    for client in clients:
        client.connect()
    net.run()
    net.on_event = None
    sockets = list(net.server.rooms.members("/", None))
    for socket in sockets:
        net.server.disconnect(socket, net.clock.now)
    net.server.release(sockets[0])
    assert net.server.find(sockets[1].sid) is sockets[1]
    net.server.release(sockets[1])
    assert net.server._released == {}


@pytest.mark.parametrize(
    ("closed", "word", "detail"),
    [
        (reasons.Reason("parse error"), "transport error", "parse error"),
        (reasons.Reason("parse error", "bad"), "transport error", "parse error: bad"),
        (reasons.Reason("forced close", "shutdown"), "server disconnect", "shutdown"),
        (reasons.Reason("ping timeout"), "ping timeout", ""),
    ],
)
def test_reasons_are_the_documented_words(closed: reasons.Reason, word: str, detail: str) -> None:
    reason = reasons.disconnect_reason(closed)
    assert (reason, reason.detail) == (word, detail)
    assert reason.describe() == (f"{word} ({detail})" if detail else word)


def test_the_size_limit_is_told_in_the_detail() -> None:
    pair = connected(engine_config=engineio.Config(max_payload=100))
    pair.client.raw("4" + "x" * 101)
    pair.run()
    left = of_type(pair, Disconnected)[0]
    assert (left.reason, left.reason.detail) == ("transport error", "payload too large")


# Emitting -----------------------------------------------------------------


def room_of_three() -> tuple[Net, list[ClientModel], list[Socket]]:
    net = Net()
    net.on_event = net.accept_all
    clients = [net.add_client(ClientModel(WEBSOCKET)) for _ in range(3)]
    for client in clients:
        client.connect()
        client.connect("/other")
    net.run()
    return (
        net,
        clients,
        [event.socket for event in net.events if isinstance(event, ConnectRequested)],
    )


@pytest.mark.parametrize(
    ("to", "skip", "expected"),
    [
        (None, (), [0, 1, 2]),
        ([], (), []),
        ((), (), []),
        ("", (), []),
        ([""], (), []),
        ([0], (), []),
        (["a"], (), [0, 1]),
        (["a", "b"], (), [0, 1, 2]),
        (["a", "a"], (), [0, 1]),
        (["a", "b"], {"socket3"}, [0, 2]),
        (None, ["socket1"], [1, 2]),
        (["socket1"], (), [0]),
        (["socket1", "a"], (), [0, 1]),
        (["nobody"], (), []),
    ],
)
def test_everyone_in_the_rooms_gets_it_once(to: Any, skip: Any, expected: list[int]) -> None:
    net, clients, sockets = room_of_three()
    mine = [socket for socket in sockets if socket.namespace == "/"]
    assert [socket.sid for socket in mine] == ["socket1", "socket3", "socket5"]
    for socket, room in ((mine[0], "a"), (mine[1], "a"), (mine[1], "b"), (mine[2], "b")):
        net.server.join(socket, room)
    net.server.emit("news", [1], to=to, skip=skip)
    deliver(net)
    got = [len(client.events) for client in clients]
    assert got == [int(number in expected) for number in range(3)]


def test_a_broadcast_is_encoded_once() -> None:
    net, _clients, sockets = room_of_three()
    net.server.emit("news", [b"x"])
    boxes = [socket.session.outbox for socket in sockets if socket.namespace == "/"]
    assert [len(box) for box in boxes] == [1, 1, 1]
    assert len({id(box[0]) for box in boxes}) == 1
    assert boxes[0][0].frames == ('451-["news",{"_placeholder":true,"num":0}]', b"x")


def test_rooms_belong_to_a_namespace() -> None:
    net, clients, sockets = room_of_three()
    for socket in sockets:
        net.server.join(socket, "room")
    net.server.emit("news", [], namespace="/other", to=["room"])
    deliver(net)
    assert [[event.namespace for event in client.events] for client in clients] == [["/other"]] * 3
    net.server.leave(sockets[0], "room")
    assert len(net.server.rooms.members("/", "room")) == 2


@pytest.mark.parametrize(
    "name",
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"],
)
def test_reserved_names_cannot_be_emitted(name: str) -> None:
    pair = connected()
    with pytest.raises(ValueError, match="reserved event"):
        pair.server.emit(name, [])
    with pytest.raises(LocalProtocolError):
        pair.server.emit_with_ack(name, [], "token")
    assert the_socket(pair).acks is None


def test_none_is_no_room() -> None:
    pair = connected()
    with pytest.raises(LocalProtocolError, match="everyone"):
        pair.server.join(the_socket(pair), None)


def test_flags_travel_with_the_message() -> None:
    pair = connected()
    socket = the_socket(pair)
    pair.server.emit("a", [], compress=False)
    socket.session.link.blocked = True
    pair.server.emit("b", [], volatile=True)  # the socket takes nothing, so it is dropped
    assert [(m.frames, m.compress) for m in socket.session.outbox] == [(('42["a"]',), False)]


# Acknowledgements ---------------------------------------------------------


def test_the_server_acknowledges() -> None:
    pair = connected("/a")
    first, second = (pair.client.emit_with_ack("ask", n, namespace="/a") for n in (1, 2))
    pair.run()
    for event in of_type(pair, EventReceived):
        pair.server.ack(event.socket, event.ack_id, [event.args, b"!"])
    deliver(pair)
    assert (first, second) == (0, 1)
    assert pair.client.acks == {("/a", 0): [[1], b"!"], ("/a", 1): [[2], b"!"]}


def test_a_client_acknowledges_once() -> None:
    pair = connected("/", "/a")
    socket = the_socket(pair)
    assert pair.server.emit_with_ack("ask", [1], "one") == 1
    assert pair.server.emit_with_ack("ask", [2], "two", until=9.0) == 1
    assert pair.server.emit_with_ack("ask", [], "other", namespace="/a") == 1
    assert pair.server.emit_with_ack("ask", [], "nobody", to=["nobody"]) == 0
    deliver(pair)
    one, two, other = pair.client.events
    assert [event.ack_id for event in pair.client.events] == [1, 2, 1]
    pair.client.ack(two, "x", None)
    pair.client.ack(two, "again")
    pair.client.ack(one)
    pair.client.ack(other, None)
    pair.run()
    assert pair.events[-3:] == [
        AckReceived(socket, "two", ["x", None]),
        AckReceived(socket, "one", []),
        AckReceived(the_socket(pair, "/a"), "other", [None]),
    ]
    assert socket.acks == {}
    assert len(pair.server._timers) == 0


def test_late_acknowledgements_are_given_up() -> None:
    pair = connected()
    socket = the_socket(pair)
    pair.server.emit_with_ack("ask", [], "token", until=3.0)
    deliver(pair)
    pair.run_for(3.0)
    assert pair.events[-1] == AckTimedOut(socket, "token")
    pair.client.ack(pair.client.events[0])
    pair.run()
    assert of_type(pair, AckReceived) == []


def test_acknowledgements_of_a_client_that_leaves_are_aborted() -> None:
    pair = connected()
    socket = the_socket(pair)
    pair.server.emit_with_ack("ask", [], "token", until=3.0)
    pair.server.emit_with_ack("ask", [], "endless")
    pair.client.disconnect()
    pair.run()
    assert pair.events[-3:-1] == [AckAborted(socket, "token"), AckAborted(socket, "endless")]
    assert isinstance(pair.events[-1], Disconnected)
    pair.run_for(10)
    assert of_type(pair, AckTimedOut) == []


def test_the_oldest_of_too_many_is_given_up() -> None:
    pair = connected(config=Config(max_pending_acks=2))
    socket = the_socket(pair)
    for number in range(5):
        pair.server.emit_with_ack("ask", [], number, until=100.0)
        assert len(socket.acks or ()) <= 2
    pair.tick()
    assert pair.events[-3:] == [AckTimedOut(socket, number) for number in range(3)]
    deliver(pair)
    for event in pair.client.events:
        pair.client.ack(event)
    pair.run()
    assert [event.token for event in of_type(pair, AckReceived)] == [3, 4]


def test_what_was_given_up_is_still_reported_once() -> None:
    pair = connected(config=Config(max_pending_acks=1))
    socket = the_socket(pair)
    for number in range(4):
        pair.server.emit_with_ack("ask", [], number)
    pair.server.forget_ack(socket, 2)  # what was sent with 1
    pair.client.disconnect()
    pair.run()
    assert [event.token for event in of_type(pair, AckAborted)] == [0, 2, 3]
    pair.tick()
    assert of_type(pair, AckTimedOut) == []


def test_acknowledgements_that_nobody_waits_for_any_more() -> None:
    pair = connected()
    socket = the_socket(pair)
    pair.server.forget_ack(socket, 7)
    pair.server.emit_with_ack("ask", [], "token")
    pair.server.emit_with_ack("ask", [], "other")
    pair.server.forget_ack(socket, 1)
    assert pair.server.take_ack(socket, 1) is None
    assert pair.server.take_ack(socket, 2) == "other"
    deliver(pair)
    for event in pair.client.events:
        pair.client.ack(event)
    pair.run()
    assert of_type(pair, AckReceived) == []


def test_nobody_acknowledges_before_being_accepted() -> None:
    pair = Pair(WEBSOCKET, accept=False)
    pair.client.connect()
    pair.run()
    pair.server.emit_with_ack("held", [], "token")
    pair.client.raw("431[]")
    pair.run()
    assert of_type(pair, AckReceived) == []
    assert len(of_type(pair, AckAborted)) == 1


# The rest -----------------------------------------------------------------


def test_deadlines_of_both_layers() -> None:
    pair = Pair(WEBSOCKET, config=Config(connect_timeout=5.0))
    assert pair.server.next_deadline() is None
    pair.run()
    assert pair.server.next_deadline() == 5.0
    pair.client.connect()
    pair.run()
    assert pair.server.next_deadline() == 25.0
    pair.engine.heartbeats.cancel(pair.events[0].session)
    assert pair.server.next_deadline() is None
    pair.server.emit_with_ack("x", [], "token", until=7.0)
    assert pair.server.next_deadline() == 7.0


def test_events_of_sessions_that_ended_are_ignored() -> None:
    pair = connected()
    session = pair.events[0].session
    pair.client.engine.close()
    pair.run()
    seen = len(pair.events)
    late: list[engineio.Event] = [
        engineio.Message(session, '2["x"]'),
        engineio.Upgraded(session),
        engineio.Closed(session, reasons.Reason("again")),
    ]
    assert pair.server.process(late, 0.0) == []
    assert len(pair.events) == seen


def test_namespaces_that_could_not_be_answered_never_arrive() -> None:
    # Only the default parser ends a namespace at a comma.
    pair = Pair(WEBSOCKET, parser=MsgpackParser())
    pair.client.raw(b"\x82\xa4type\x00\xa3nsp\xa4/a,b")
    pair.run()
    assert pair.events[-1].reason.detail == "parse error: invalid namespace"


def test_a_server_on_its_own_knows_the_default_namespace_only() -> None:
    from sio_core.socketio import Server

    server = Server(engineio.Server(new_sid=Ids()), new_id=Ids())
    assert server.config == Config()
    assert server._accepts("/")
    assert not server._accepts("/other")
    assert server.find("nobody") is None


def test_an_event_as_one_value() -> None:
    pair = connected()
    socket = the_socket(pair)
    pair.server.join(socket, "chat")
    assert pair.server.send(Emit("a", [1], to=["chat", socket.sid])) == 1
    assert pair.server.send(Emit("b", [2], token="token")) == 1
    assert pair.server.send(Emit("c", [3], skip=["chat"])) == 0
    assert pair.server.send(Emit("c", [3], skip=["chat"], token="token")) == 0
    assert pair.server.send(Emit("d", [4], skip=["empty"])) == 1
    deliver(pair)
    assert [event.name for event in pair.client.events] == ["a", "b", "d"]
    assert "secret" not in repr(Emit("a", ["secret"], token="secret"))
    for token in (None, "token"):
        with pytest.raises(LocalProtocolError, match="reserved"):
            pair.server.send(Emit("connect", [], to=["nobody"], token=token))


def test_nobody_costs_no_encoding() -> None:
    calls = []

    class Counting(JSONParser):
        def encode(self, packet: Packet) -> Any:
            calls.append(packet.data)
            return super().encode(packet)

    pair = connected(parser=Counting())
    calls.clear()
    socket = the_socket(pair)
    for to, skip in ((["empty"], ()), ([], ()), (None, [socket.sid]), ([socket.sid], [socket.sid])):
        pair.server.emit("x", [object()], to=to, skip=skip)
        assert pair.server.emit_with_ack("x", [object()], 1, to=iter(to or []), skip=skip) == 0
        assert pair.server.begin_send(Emit("x", [object()], to=to, skip=skip)) is None
    pair.server.emit("x", [object()], namespace="/empty")
    assert calls == []
    with pytest.raises(LocalProtocolError, match="reserved"):
        pair.server.emit("connect", [], namespace="/empty")
    pair.server.emit("x", [1])
    assert pair.server.emit_with_ack("x", [2], 1) == 1
    assert calls == [["x", 1], ["x", 2]]


def test_a_connection_that_is_over_is_no_work_for_the_garbage_collector() -> None:
    engine = engineio.Server(new_sid=Ids("engine"))
    server = Server(engine, new_id=Ids("socket"))

    def take(events: list[Any]) -> None:
        for event in events:
            if isinstance(event, ConnectRequested):
                server.accept(event.socket)
            elif isinstance(event, Disconnected):
                server.release(event.socket)
        for sink in engine.take_ready():
            assert isinstance(sink, engineio.Link)
            sink.take_frames()

    def conversation(ending: str) -> None:
        query = "EIO=4&transport=websocket"
        exchange = engine.exchange(Request("GET", query, websocket=True))
        take(server.process(exchange.start(0.0), 0.0))
        assert isinstance(exchange.step, engineio.UpgradeToWebSocket)
        link = exchange.step.link
        take(server.process(link.opened(0.0), 0.0))
        take(server.process(link.receive("40", 0.0), 0.0))
        server.emit_with_ack("ask", [], "token", until=9.0)
        take(server.process(link.receive('42["x"]', 0.0), 0.0))
        if ending == "close":
            take(server.process(engine.close(link.session, 0.0), 0.0))
        elif ending:
            take(server.process(link.receive(ending, 0.0), 0.0))
        take(server.process(link.lost(0.0), 0.0))
        assert link.session.transport == "websocket"

    for ending in ("", "41", "1", "close", "nonsense"):
        conversation(ending)
        gc.collect()
        gc.disable()
        try:
            conversation(ending)
            assert gc.collect() == 0
        finally:
            gc.enable()


def test_the_sids_of_a_state_and_what_waits_for_acknowledgements() -> None:
    pair = connected("/", "/a")
    first, second = the_socket(pair), the_socket(pair, "/a")
    pair.on_event = None
    pair.server.emit_with_ack("x", [], "token", to=[first.sid])
    assert pair.server.pending_acks() == {first.sid: {1: "token"}}
    assert pair.server.sids_of(SocketState.CONNECTED) == {"/": [first.sid], "/a": [second.sid]}
    assert pair.server.sids_of(SocketState.REQUESTED) == {}
    pair.client.engine.close()
    pair.run()
    assert pair.server.sids_of(SocketState.DISCONNECTED) == {"/": [first.sid], "/a": [second.sid]}
    assert pair.server.pending_acks() == {}


@pytest.mark.parametrize("callback", [False, True])
def test_who_sends_one_broadcast_after_the_other_is_told_to_let_others_run(callback: bool) -> None:
    pair = connected()
    server, only = pair.server, the_socket(pair)
    for count, told in ((MANY - 1, False), (MANY, True)):
        server.rooms.everyone["/"] = dict.fromkeys(map(str, range(count)), only)
        deliveries = 0
        while deliveries < AT_A_STRETCH:
            assert not pair.engine.any_outbound_full
            server.send(Emit("news", [], volatile=True, token="t" if callback else None))
            pair.settle()
            deliveries += count
        assert pair.engine.any_outbound_full is told
        pair.engine.any_outbound_full = False

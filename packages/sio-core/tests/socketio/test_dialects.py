"""`socketio/dialects.py`: clients of Socket.IO protocol 4, which are those of Engine.IO 3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sio_core import Request, engineio
from sio_core.engineio.older_session import OlderTextSession
from sio_core.engineio.steps import UpgradeToWebSocket
from sio_core.protocol_errors import DecodeError, LocalProtocolError
from sio_core.slices import finish
from sio_core.socketio import (
    AckReceived,
    Config,
    ConnectionClosed,
    ConnectionOpened,
    ConnectRequested,
    ConnectTimedOut,
    Disconnected,
    EventReceived,
    JSONParser,
    NamespaceRefused,
    Packet,
    PacketType,
    Parser,
    Server,
    Socket,
)
from sio_core.socketio.connection import CONNECTIONS
from sio_core.socketio.dialects import OLDER, TODAY, OlderDecoder
from sio_core.socketio.parsers.msgpack_parser import MsgpackParser
from sio_core.testing import Ids
from sio_core.values import Frame, Response

LONG = "x" * 100_000


class Peers:
    """A server and the WebSockets of its clients, which take at once what they are sent."""

    def __init__(
        self,
        parser: Parser | None = None,
        accepts: Callable[[str], bool] = lambda namespace: namespace != "/nowhere",
        **options: Any,
    ) -> None:
        self.engine = engineio.Server(engineio.Config(allow_eio3=True), new_sid=Ids("eio"))
        self.server = Server(
            self.engine, Config(**options), new_id=Ids("socket"), parser=parser, accepts=accepts
        )
        self.now = 0.0
        self.events: list[Any] = []

    def open(self, eio: str = "3") -> Peer:
        exchange = self.engine.exchange(
            Request("GET", f"EIO={eio}&transport=websocket", websocket=True)
        )
        exchange.start(self.now)
        assert isinstance(exchange.step, UpgradeToWebSocket)
        peer = Peer(self, exchange.step.link)
        self.note(peer.link.opened(self.now))
        if peer.link.due is not None:  # the open packet of an older client waits for a moment
            self.pass_time(peer.link.due - self.now)
        return peer

    def note(self, events: list[engineio.Event]) -> list[Any]:
        made = self.server.process(self.server.decode(events), self.now)
        self.events += made
        return made

    def pass_time(self, seconds: float) -> list[Any]:
        self.now += seconds
        made = self.server.handle_timeout(self.now)
        self.events += made
        return made

    def socket(self, sid: str, namespace: str = "/") -> Socket:
        socket = self.server.find(sid, namespace)
        assert socket is not None
        return socket


class Peer:
    """One client, which sends and receives frames."""

    def __init__(self, peers: Peers, link: engineio.Link) -> None:
        self.peers = peers
        self.link = link
        self.opened = False

    def send(self, *frames: Frame) -> list[Any]:
        made: list[Any] = []
        for frame in frames:
            made += self.peers.note(self.link.receive(frame, self.peers.now))
        return made

    def take(self) -> list[Frame]:
        """Return what came since the last time, but for the first packet of all."""
        frames = list(self.link.take_frames())
        skip, self.opened = not self.opened, True
        return frames[skip:]


def joined(peers: Peers | None = None) -> tuple[Peers, Peer, Socket]:
    peers = Peers() if peers is None else peers
    peer = peers.open()
    socket = peers.socket(peer.link.session.sid)
    assert peers.server.accept(socket)
    assert peer.take() == ["40"]
    return peers, peer, socket


def test_the_tables() -> None:
    assert {number: make.dialect for number, make in CONNECTIONS.items()} == {4: TODAY, 3: OLDER}


# Connecting ---------------------------------------------------------------


def test_the_server_connects_every_older_client_to_the_root() -> None:
    peers = Peers()
    peer = peers.open()
    opened, request = peers.events
    assert isinstance(opened, ConnectionOpened)
    assert isinstance(request, ConnectRequested)
    assert (request.auth, request.socket.namespace, request.socket.sid) == (None, "/", "eio1")
    assert peer.take() == []
    assert peers.server.accept(request.socket)
    assert peer.take() == ["40"]  # an answer without a sid
    peers.pass_time(40)
    assert not peer.link.closing


def test_todays_clients_ask_themselves() -> None:
    peers = Peers()
    peer = peers.open("4")
    assert [type(event) for event in peers.events] == [ConnectionOpened]
    [request] = peer.send("40")
    peers.server.accept(request.socket)
    assert peer.take() == ['40{"sid":"socket1"}']


def test_to_ask_for_the_root_is_to_ask_twice() -> None:
    peers, peer, _ = joined()
    left, closed = peer.send("40")
    assert isinstance(left, Disconnected)
    assert isinstance(closed, ConnectionClosed)
    assert closed.reason.describe() == "transport error (namespace is connected already)"
    assert peers.server.find("eio1") is left.socket


@pytest.mark.parametrize(
    ("asked", "namespace", "auth"),
    [
        ("/admin", "/admin", None),
        ("/admin,", "/admin", None),
        ("/admin?", "/admin", None),
        ("/admin?token=1,", "/admin", {"token": "1"}),
        ("/admin?a=b%20c%2C&d=&a=2", "/admin", {"a": "b c,", "d": ""}),
        ('/admin?token=1,{"token":"2"}', "/admin", {"token": "1"}),
        ('/admin,{"token":"2"}', "/admin", None),
        ("/a?" + "&".join("x" for _ in range(200)), "/a", {}),
        ("/?token=1,", "/", {"token": "1"}),
    ],
)
def test_a_query_behind_the_namespace_is_what_the_client_says_of_itself(
    asked: str, namespace: str, auth: dict[str, str] | None
) -> None:
    peers, peer, root = joined()
    if namespace == "/":
        peers.server.release(root)
        peer.send("41")
    [request] = peer.send(f"40{asked}")
    assert isinstance(request, ConnectRequested)
    assert (request.socket.namespace, request.auth) == (namespace, auth)
    peers.server.accept(request.socket)
    assert peer.take() == ["40" if namespace == "/" else f"40{namespace},"]


def test_a_query_is_no_longer_than_a_namespace() -> None:
    _, peer, _ = joined()
    *_, closed = peer.send("40/a?" + "x" * 600)
    assert closed.reason.describe() == "transport error (parse error: namespace is too long)"


def test_sids_are_those_that_the_client_makes_for_itself() -> None:
    peers, peer, root = joined()
    [request] = peer.send("40/admin")
    assert [root.sid, request.socket.sid] == ["eio1", "/admin#eio1"]
    assert peers.server.find("/admin#eio1", "/admin") is request.socket


def test_a_client_that_comes_back_at_once_gets_another_sid() -> None:
    peers, peer, _ = joined()
    [first] = peer.send("40/admin")
    peers.server.accept(first.socket)
    [left] = peer.send("41/admin")
    [second] = peer.send("40/admin")
    assert (first.socket.sid, second.socket.sid) == ("/admin#eio1", "socket1")
    peers.server.release(left.socket)
    [gone] = peer.send("41/admin")
    peers.server.release(gone.socket)
    [third] = peer.send("40/admin")
    assert third.socket.sid == "/admin#eio1"


def test_an_id_that_is_taken_ends_the_connection() -> None:
    peers, peer, _ = joined()
    [first] = peer.send("40/admin")
    peers.server.accept(first.socket)
    peer.send("41/admin")
    today = peers.open("4")
    [request] = today.send("40/admin,")
    assert request.socket.sid == "socket1"
    peers.server._new_id = lambda: "socket1"
    *_, closed = peer.send("40/admin")
    assert closed.reason.describe() == "transport error (socket id is taken)"


# Refusing -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"message": "no"}, '"no"'),
        ({"message": "no", "data": {"code": 7}}, '{"code":7}'),
        ({"message": "no", "data": None}, '"no"'),
        ({"message": ""}, '""'),
        ({"code": 7}, '{"code":7}'),
        ("no", '"no"'),
    ],
)
def test_a_refusal_is_the_bare_value(data: Any, said: str) -> None:
    peers, peer, root = joined()
    [request] = peer.send("40/admin")
    peers.server.refuse(request.socket, data, peers.now)
    assert peer.take() == [f"44/admin,{said}"]
    assert root.connected
    with pytest.raises(LocalProtocolError):
        peers.server.prepare_refuse(root, {"data": {1, 2}})


def test_a_client_that_the_root_refuses_has_time_for_other_namespaces() -> None:
    peers = Peers()
    peer = peers.open()
    peers.server.refuse(peers.socket("eio1"), {"message": "no"}, peers.now)
    assert peer.take() == ['44"no"']
    peers.pass_time(9)
    [request] = peer.send("40/admin?a=b")
    assert request.auth == {"a": "b"}
    peers.pass_time(9)
    assert not peer.link.closing


def test_a_client_without_any_namespace_is_not_kept() -> None:
    peers = Peers()
    peer = peers.open()
    peers.server.refuse(peers.socket("eio1"), {"message": "no"}, peers.now)
    [closed] = peers.pass_time(10)
    assert closed.reason.describe() == "transport error (no namespace was requested in time)"
    assert peer.link.closing


def test_an_unknown_namespace_is_refused_with_the_object() -> None:
    _, peer, _ = joined()
    [refused] = peer.send("40/nowhere?a=b")
    assert isinstance(refused, NamespaceRefused)
    assert refused.namespace == "/nowhere"
    assert peer.take() == ['44/nowhere,{"message":"Invalid namespace"}']


def test_a_server_without_the_root_says_so() -> None:
    peers = Peers(accepts=lambda namespace: namespace == "/admin")
    peer = peers.open()
    opened, refused = peers.events
    assert isinstance(opened, ConnectionOpened)
    assert isinstance(refused, NamespaceRefused)
    assert peer.take() == ['44{"message":"Invalid namespace"}']
    [request] = peer.send("40/admin")
    assert isinstance(request, ConnectRequested)


def test_a_request_that_is_not_answered_in_time() -> None:
    peers = Peers(accept_timeout=5)
    peer = peers.open()
    timed_out, left = peers.pass_time(5)
    assert isinstance(timed_out, ConnectTimedOut)
    assert isinstance(left, Disconnected)
    assert peer.take() == ['44"Connect request timed out"']


# Events -------------------------------------------------------------------


def test_events_and_acknowledgements_both_ways() -> None:
    peers, peer, root = joined()
    peer.send("40/admin?a=b")
    admin = peers.socket("/admin#eio1", "/admin")
    peers.server.accept(admin)
    peer.take()
    [event] = peer.send('42/admin,7["add",1]')
    assert isinstance(event, EventReceived)
    assert (event.socket, event.name, event.args, event.ack_id) == (admin, "add", [1], 7)
    peers.server.ack(admin, 7, [2])
    peers.server.emit_with_ack("ask", [b"\x01"], "token", to=[root.sid])
    assert peer.take() == [
        "43/admin,7[2]",
        '451-1["ask",{"_placeholder":true,"num":0}]',
        b"\x04\x01",
    ]
    [answer] = peer.send('461-1[{"_placeholder":true,"num":0}]', b"\x04\x02")
    assert isinstance(answer, AckReceived)
    assert (answer.token, answer.args) == ("token", [b"\x02"])


def test_a_query_behind_any_namespace_is_no_part_of_its_name() -> None:
    peers, peer, _ = joined()
    [request] = peer.send("40/admin?a=b")
    peers.server.accept(request.socket)
    [event] = peer.send('42/admin?a=b,["hi"]')
    assert isinstance(event, EventReceived)
    assert event.socket is request.socket
    [left] = peer.send("41/admin?a=b")
    assert isinstance(left, Disconnected)


def test_a_long_event_is_decoded_in_slices() -> None:
    peers, peer, root = joined()
    message = peer.link.receive(f'42["say","{LONG}"]', peers.now)
    decoded = finish(peers.server.decode_in_slices(message))
    [event] = peers.server.process(decoded, peers.now)
    assert isinstance(event, EventReceived)
    assert (event.socket, event.args) == (root, [LONG])


def test_a_decoder_without_slices_is_asked_at_once() -> None:
    decoder = OlderDecoder(MsgpackParser().decoder())
    [frame] = MsgpackParser().encode(Packet(PacketType.EVENT, "/a?b=c", ["x"]))
    packet = finish(decoder.add_in_slices(frame))
    assert packet == Packet(PacketType.EVENT, "/a", ["x"])
    assert not decoder.pending


def test_what_waits_for_attachments_is_seen() -> None:
    decoder = OlderDecoder(JSONParser().decoder())
    assert decoder.add('51-/a?b,["x",{"_placeholder":true,"num":0}]') is None
    assert decoder.pending
    with pytest.raises(DecodeError):
        decoder.add("2")


def test_one_emit_reaches_both_generations() -> None:
    peers, peer, root = joined()
    today = peers.open("4")
    [request] = today.send("40")
    peers.server.accept(request.socket)
    today.take()
    for socket in (root, request.socket):
        peers.server.join(socket, "room")
    peers.server.emit("news", ["ä", b"\xff"], to=["room"])
    text = '451-["news","ä",{"_placeholder":true,"num":0}]'
    assert peer.take() == [text, b"\x04\xff"]
    assert today.take() == [text, b"\xff"]


@pytest.mark.parametrize(
    ("extra", "news"),
    [("&b64=1", b'19:42["news","\\u20ac"]'), ("", b'\x00\x01\x06\xff42["news","\xe2\x82\xac"]')],
)
def test_text_in_payloads_is_what_clients_of_socket_io_1_read(extra: str, news: bytes) -> None:
    peers = Peers()
    query = "EIO=3&transport=polling"
    opening = peers.engine.exchange(Request("GET", query + extra))
    peers.note(opening.start(peers.now))
    assert peers.server.accept(peers.socket("eio1"))
    peers.server.emit("news", ["€"])
    poll = peers.engine.exchange(Request("GET", f"{query}&sid=eio1"))
    peers.note(poll.start(peers.now))
    assert isinstance(poll.step, Response)
    assert poll.step.body.endswith(news)


def test_what_is_no_json_is_not_escaped() -> None:
    for parser, is_json in ((JSONParser(), True), (MsgpackParser(), False)):
        peers = Peers(parser)
        opening = peers.engine.exchange(Request("GET", "EIO=3&transport=polling&b64=1"))
        peers.note(opening.start(peers.now))
        session = opening.session
        assert isinstance(session, OlderTextSession)
        assert session.sends_json is is_json


def test_other_parsers_serve_older_clients_too() -> None:
    parser = MsgpackParser()
    peers = Peers(parser)
    peer = peers.open()
    peers.server.accept(peers.socket("eio1"))
    [answer] = parser.encode(Packet(PacketType.CONNECT))
    assert isinstance(answer, bytes)
    assert peer.take() == [b"\x04" + answer]
    [frame] = parser.encode(Packet(PacketType.CONNECT, "/admin?a=b"))
    assert isinstance(frame, bytes)
    [request] = peer.send(b"\x04" + frame)
    assert (request.socket.sid, request.auth) == ("/admin#eio1", {"a": "b"})


# The end ------------------------------------------------------------------


def test_to_leave_the_root_leaves_other_namespaces() -> None:
    peers, peer, root = joined()
    [request] = peer.send("40/admin")
    peers.server.accept(request.socket)
    [left] = peer.send("41")
    assert isinstance(left, Disconnected)
    assert (left.socket, left.reason) == (root, "client disconnect")
    assert request.socket.connected


def test_the_server_ends_a_namespace_or_everything() -> None:
    peers, peer, root = joined()
    [request] = peer.send("40/admin")
    peers.server.accept(request.socket)
    peer.take()
    [left] = peers.server.disconnect(request.socket, peers.now)
    assert isinstance(left, Disconnected)
    assert peer.take() == ["41/admin,"]
    peers.server.disconnect(root, peers.now, close=True)
    assert peer.take() == ["41"]
    assert peer.link.closing

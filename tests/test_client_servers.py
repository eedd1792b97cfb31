"""Both clients against real servers of every make, over every transport, with both parsers."""

import itertools
from typing import Any

import pytest

from sio_core.exceptions import BadNamespaceError, ConnectionError
from sio_core.protocol_errors import LocalProtocolError
from tests.support.census import Census
from tests.support.client_transports import BINARY, TRANSPORTS, VALUES, settled
from tests.support.driven import KINDS, Drive, Driven, driving, in_thread
from tests.support.peers import COMMANDS, Peers
from tests.support.servers import Served

pytest_plugins = ["tests.support.client_fixtures", "tests.support.client_transports"]

keys = itertools.count()


@pytest.fixture(params=COMMANDS)
def peer(request: pytest.FixtureRequest, peers: Peers) -> Served:
    """Return a running server, of each make in turn."""
    return peers.get(request.param)


@pytest.mark.parametrize("parser", ["default", "msgpack"])
async def test_everything_arrives_both_ways(
    drive: Drive, peer: Served, transports: list[str], parser: str, census: Census
) -> None:
    client = drive() if parser == "default" else drive(serializer="msgpack")
    path = "socket.io" if parser == "default" else "msgpack"
    client.watch()
    client.on("question", lambda *args: (*args, "and more"))
    client.on("nothing", lambda: None)
    await client.connect(
        peer.origin, auth={"token": [1, "x"]}, transports=transports, socketio_path=path
    )
    assert client.sio.connected
    assert client.sio.sid
    assert client.sio.namespaces == {"/": client.sio.sid}
    assert client.got("connect") == [()]
    for number in range(30):  # an upgrade may be under way
        await client.emit("echo", number)
    assert await client.received("echoed", 30) == [(number,) for number in range(30)]
    assert client.got("welcome") == [({"token": [1, "x"]},)]
    await settled(client, transports)
    await _talk(client)
    await client.disconnect()
    assert client.got("disconnect") == [("client disconnect",)]
    assert client.got("__disconnect_final") == [()]
    assert not client.sio.connected
    assert client.sio.sid is None
    await client.do("wait")
    await census.nothing_left(peer.port)


async def _talk(client: Driven) -> None:
    """Values of every kind, acknowledgements and binary, both ways."""
    assert await client.call("ask", *VALUES) == VALUES
    assert await client.call("ask", BINARY, {"b": [BINARY, 1]}) == (BINARY, {"b": [BINARY, 1]})
    assert await client.call("ask") is None
    assert await client.call("ask", [1]) == [1]
    await client.emit("echo", BINARY, {"b": [b"", BINARY]}, "end")
    assert (await client.received("echoed", 31))[-1] == (BINARY, {"b": [b"", BINARY]}, "end")
    await client.emit("echo", *VALUES)
    assert (await client.received("echoed", 32))[-1] == VALUES
    await client.emit("ask", 1, 2, callback=lambda *args: client.note("/", "acknowledged", args))
    assert await client.received("acknowledged") == [((1, 2),)]
    await client.emit("call_me", "question", 1, BINARY)
    assert await client.received("answered") == [([1, BINARY, "and more"],)]
    await client.emit("call_me", "nothing")
    assert len(await client.received("answered", 2)) == 2
    await client.emit("burst", 400)
    assert await client.received("tick", 400) == [(number,) for number in range(400)]


async def test_namespaces_are_apart(drive: Drive, peer: Served, transports: list[str]) -> None:
    client = drive()
    client.watch("/", "/chat")
    await client.connect(peer.origin, transports=transports)
    assert set(client.sio.namespaces) == {"/", "/chat"}
    await client.emit("echo", "chat", namespace="/chat")
    await client.emit("echo", "root")
    assert await client.received("echoed", namespace="/chat") == [("chat",)]
    assert await client.received("echoed") == [("root",)]
    with pytest.raises(BadNamespaceError, match="/other"):
        await client.emit("echo", 1, namespace="/other")
    with pytest.raises(BadNamespaceError, match="/other"):
        await client.call("ask", 1, namespace="/other")
    await client.emit("leave", namespace="/chat")
    assert await client.received("disconnect", namespace="/chat") == [("server disconnect",)]
    assert set(client.sio.namespaces) == {"/"}
    with pytest.raises(BadNamespaceError, match="/chat"):
        await client.emit("echo", 1, namespace="/chat")
    assert await client.call("ask", "still here") == "still here"
    await client.emit("leave")
    assert await client.received("disconnect") == [("server disconnect",)]
    await client.do("wait")  # nobody asks again where the server said no
    assert len(client.got("connect")) == 1
    assert client.got("__disconnect_final") == [()]


@pytest.mark.parametrize("namespaces", [["/guard"], ["/", "/guard", "/chat"]])
async def test_a_refused_namespace_is_named(
    drive: Drive, peer: Served, namespaces: list[str], census: Census
) -> None:
    client = drive()
    client.watch("/", "/guard")
    auth = {"refuse": ["not today", {"retry": 7}]}
    with pytest.raises(ConnectionError) as caught:
        await client.connect(peer.origin, auth=auth, namespaces=namespaces)
    assert "/guard" in str(caught.value)
    assert "not today" in str(caught.value)
    assert "/chat" not in str(caught.value)
    said = {"message": "not today", "data": {"retry": 7}}
    assert caught.value.data == {"/guard": said}
    assert client.got("connect_error", "/guard") == [(said,)]
    assert client.got("connect_error") == []
    assert not client.sio.connected
    assert client.sio.namespaces == {}
    await client.do("wait")
    await census.nothing_left(peer.port)
    await client.connect(peer.origin, auth={}, namespaces=namespaces)
    assert set(client.sio.namespaces) == set(namespaces)


async def test_what_was_emitted_before_disconnect_arrives(
    drive: Drive, peer: Served, transports: list[str]
) -> None:
    key = f"note {next(keys)}"
    client = drive()
    await client.connect(peer.origin, transports=transports)
    for number in range(50):
        await client.emit("note", key, [number, "x" * 100])
    await client.disconnect()
    witness = drive()
    await witness.connect(peer.origin, transports=["websocket"])
    noted: list[Any] = []
    while len(noted) < 50:  # the server's answer is what is waited for
        noted = await witness.call("noted", key)
    assert noted == [[number, "x" * 100] for number in range(50)]


async def test_a_message_above_the_servers_limit_is_not_sent(
    drive: Drive, peer: Served, transports: list[str], request: pytest.FixtureRequest
) -> None:
    client = drive()
    client.watch()
    await client.connect(peer.origin, transports=transports, socketio_path="small")
    if "node-3.1" not in request.node.name:  # which announces no limit
        with pytest.raises(LocalProtocolError, match="20000"):
            await client.emit("echo", "x" * 21_000)
        with pytest.raises(LocalProtocolError, match="20000"):
            await client.call("ask", bytes(21_000))
        # Many messages that would be too large for one request are sent in several.
        for number in range(8):
            await client.emit("echo", [number, "x" * 9_000])
        echoed = await client.received("echoed", 8)
        assert [args[0][0] for args in echoed] == list(range(8))
    assert await client.call("ask", "y" * 15_000) == "y" * 15_000
    assert client.got("disconnect") == []


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_restarted_server_is_found_again(name: str, peers: Peers, census: Census) -> None:
    served = peers.get(name)
    async with driving(KINDS[0]) as asynchronous, driving(KINDS[1]) as blocking:
        clients = []
        for drive, transports in itertools.product((asynchronous, blocking), TRANSPORTS.values()):
            client = drive(reconnection_delay=0.05, reconnection_delay_max=0.2)
            client.watch("/", "/chat")
            await client.connect(served.origin, auth={"t": 1}, transports=transports)
            await settled(client, transports)
            clients.append((client, transports, client.sio.sid))
        await in_thread(lambda: peers.restart(served))
        for client, transports, sid in clients:
            await client.received("connect", 2)
            await client.received("connect", 2, "/chat")
            assert client.sio.sid != sid
            for namespace in ("/", "/chat"):
                (reason,) = client.got("disconnect", namespace)
                assert reason[0] in ("transport close", "transport error")
                assert await client.received("welcome", 2, namespace) == [({"t": 1},)] * 2
            await client.emit("echo", "again")
            assert await client.received("echoed") == [("again",)]
            await settled(client, transports)
    await census.nothing_left(served.port)

"""Both clients against servers of Socket.IO 2 and 1, as npm has them, and of all generations."""

import itertools
import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sio_core.exceptions import ConnectionError
from tests.support.census import Census
from tests.support.client_transports import BINARY, TRANSPORTS, VALUES, settled
from tests.support.driven import KINDS, Drive, Driven, driving, in_thread
from tests.support.peers import OLDER, Peers, spawn
from tests.support.servers import Served

pytest_plugins = ["tests.support.client_fixtures", "tests.support.client_transports"]

keys = itertools.count()


@pytest.fixture(params=OLDER)
def peer(request: pytest.FixtureRequest, peers: Peers) -> Served:
    """Return a running older server, of each version in turn."""
    return peers.get(request.param)


def auth_of(client: Driven, namespace: str = "/") -> Any:
    """What the server was authenticated with, each time."""
    return [args[0] for args in client.got("welcome", namespace)]


@pytest.mark.parametrize("protocol", [3, None], ids=["asked for", "found out"])
async def test_everything_arrives_both_ways(
    drive: Drive, peer: Served, transports: list[str], protocol: int | None, census: Census
) -> None:
    client = drive(protocol=protocol)
    client.watch()
    client.on("question", lambda *args: (*args, "and more"))
    client.on("nothing", lambda: None)
    await client.connect(f"{peer.origin}?token=a%20b", transports=transports)
    assert client.sio.connected
    assert client.sio.namespaces == {"/": client.sio.sid} == {"/": client.sio.eio.sid}
    for number in range(30):  # an upgrade may be under way
        await client.emit("echo", number)
    assert await client.received("echoed", 30) == [(number,) for number in range(30)]
    assert auth_of(client) == [{"token": "a b"}]
    await settled(client, transports)
    await _talk(client)
    await client.disconnect()
    assert client.got("disconnect") == [("client disconnect",)]
    await client.do("wait")
    await census.nothing_left(peer.port)


async def _talk(client: Driven) -> None:
    """Values of every kind, acknowledgements and binary, both ways."""
    assert await client.call("ask", *VALUES) == VALUES
    assert await client.call("ask", BINARY, {"b": [BINARY, 1]}) == (BINARY, {"b": [BINARY, 1]})
    assert await client.call("ask") is None
    await client.emit("echo", BINARY, {"b": [b"", BINARY]}, "€nd")
    assert (await client.received("echoed", 31))[-1] == (BINARY, {"b": [b"", BINARY]}, "€nd")
    await client.emit("echo", *VALUES)
    assert (await client.received("echoed", 32))[-1] == VALUES
    await client.emit("call_me", "question", 1, BINARY)
    assert await client.received("answered") == [([1, BINARY, "and more"],)]
    await client.emit("call_me", "nothing")
    assert len(await client.received("answered", 2)) == 2
    await client.emit("burst", 400)
    assert await client.received("tick", 400) == [(number,) for number in range(400)]
    assert await client.call("connections") == 1


async def test_namespaces_are_apart(drive: Drive, peer: Served, transports: list[str]) -> None:
    client = drive()
    client.watch("/", "/chat")
    auth = {"token": "ä,b?&=/", "level": 3, "admin": True}
    await client.connect(peer.origin, auth=auth, transports=transports)
    sid = client.sio.eio.sid
    assert client.sio.namespaces == {"/": sid, "/chat": f"/chat#{sid}"}
    await client.received("welcome", 1, "/chat")
    assert auth_of(client, "/chat") == [{"token": "ä,b?&=/", "level": "3", "admin": "true"}]
    assert auth_of(client) == [None]
    await client.emit("echo", "chat", BINARY, namespace="/chat")
    await client.emit("echo", "root")
    assert await client.received("echoed", namespace="/chat") == [("chat", BINARY)]
    assert await client.received("echoed") == [("root",)]
    await client.emit("complain", {"code": 7}, namespace="/chat")
    assert await client.received("error", namespace="/chat") == [({"code": 7},)]
    await client.emit("leave", namespace="/chat")
    assert await client.received("disconnect", namespace="/chat") == [("server disconnect",)]
    assert set(client.sio.namespaces) == {"/"}
    assert await client.call("ask", "still here") == "still here"
    await client.emit("leave")
    assert await client.received("disconnect") == [("server disconnect",)]
    await client.do("wait")
    assert len(client.got("connect")) == 1


async def test_the_default_namespace_may_go_unused(
    drive: Drive, peer: Served, transports: list[str]
) -> None:
    client = drive()
    client.watch("/chat")
    await client.connect(peer.origin, transports=transports)
    assert set(client.sio.namespaces) == {"/chat"}
    assert await client.call("ask", 1, namespace="/chat") == 1
    assert client.sio.sid == f"/chat#{client.sio.eio.sid}"


@pytest.mark.parametrize("namespaces", [["/guard"], ["/", "/guard", "/chat"]])
async def test_a_refused_namespace_is_named(
    drive: Drive, peer: Served, namespaces: list[str], census: Census
) -> None:
    client = drive()
    client.watch("/", "/guard")
    with pytest.raises(ConnectionError, match=r"/guard \(not today\)") as caught:
        await client.connect(peer.origin, auth={"refuse": "not today"}, namespaces=namespaces)
    assert "/chat" not in str(caught.value)
    assert caught.value.data == {"/guard": {"message": "not today"}}
    assert client.got("connect_error", "/guard") == [({"message": "not today"},)]
    assert client.got("connect_error") == []
    assert client.sio.namespaces == {}
    await client.do("wait")
    await census.nothing_left(peer.port)
    await client.connect(peer.origin, auth={}, namespaces=namespaces)
    assert set(client.sio.namespaces) == set(namespaces)


@pytest.mark.parametrize("said", [[1, "two"], 7.5, True])
async def test_a_refusal_may_be_any_value(drive: Drive, peer: Served, said: Any) -> None:
    client = drive()
    client.watch("/", "/chat")
    auth = {"refuse": "no", "data": json.dumps(said)}
    with pytest.raises(ConnectionError) as caught:
        await client.connect(peer.origin, auth=auth, namespaces=["/guard"])
    refusal = {"message": "the server refused the namespace", "data": said}
    assert caught.value.data == {"/guard": refusal}
    await client.connect(peer.origin, namespaces=["/", "/chat"])
    await client.emit("complain", said, namespace="/chat")
    assert await client.received("error", 1, "/chat") == [(said,)]
    assert client.sio.connected


async def test_a_namespace_that_there_is_not_is_refused(drive: Drive, peer: Served) -> None:
    client = drive()
    with pytest.raises(ConnectionError, match=r"/nowhere \(Invalid namespace\)"):
        await client.connect(peer.origin, namespaces=["/nowhere"])


@pytest.mark.parametrize("protocol", [3, None])
async def test_auth_that_reaches_nothing_is_an_error(
    drive: Drive, peer: Served, protocol: int | None
) -> None:
    client = drive(protocol=protocol)
    with pytest.raises((ConnectionError, ValueError), match="query of the URL"):
        await client.connect(peer.origin, auth={"token": "x"})
    with pytest.raises((ConnectionError, ValueError), match="text, numbers and booleans"):
        await client.connect(peer.origin, auth={"token": [1]}, namespaces=["/chat"])
    await client.connect(peer.origin)


async def test_a_server_that_takes_its_time_is_found_out_too(
    drive: Drive, peer: Served, transports: list[str]
) -> None:
    client = drive()
    client.watch("/", "/chat")
    auth = {"token": "x"}
    await client.connect(peer.origin, auth=auth, transports=transports, socketio_path="late")
    assert await client.received("welcome", 1, "/chat") == [({"token": "x"},)]
    assert await client.call("connections") == 1
    assert client.got("connect") == [()]
    assert client.got("disconnect") == []


async def test_connect_need_not_wait_for_namespaces(
    drive: Drive, peer: Served, transports: list[str]
) -> None:
    client = drive()
    client.watch()
    await client.connect(peer.origin, transports=transports, wait=False, socketio_path="late")
    await client.received("connect")
    assert await client.call("ask", 1) == 1


async def test_the_client_sends_the_pings(
    drive: Drive, peer: Served, transports: list[str]
) -> None:
    client = drive()
    client.watch()
    await client.connect(peer.origin, transports=transports, socketio_path="brisk")
    pings = 0
    while pings < 3:  # the server's answer is what is waited for
        pings = await client.call("pings")
    assert client.got("disconnect") == []


async def test_what_was_emitted_before_disconnect_arrives(
    drive: Drive, peer: Served, transports: list[str]
) -> None:
    key = f"note {next(keys)}"
    client = drive()
    await client.connect(peer.origin, transports=transports)
    for number in range(50):
        await client.emit("note", key, [number, "€" * 100])
    await client.disconnect()
    witness = drive()
    await witness.connect(peer.origin, transports=["websocket"])
    noted: list[Any] = []
    while len(noted) < 50:  # the server's answer is what is waited for
        noted = await witness.call("noted", key)
    assert noted == [[number, "€" * 100] for number in range(50)]


@pytest.mark.parametrize("name", OLDER)
async def test_a_restarted_server_is_found_again(name: str, peers: Peers, census: Census) -> None:
    served = peers.get(name)
    async with driving(KINDS[0]) as asynchronous, driving(KINDS[1]) as blocking:
        clients = []
        for drive, transports in itertools.product((asynchronous, blocking), TRANSPORTS.values()):
            client = drive(reconnection_delay=0.05, reconnection_delay_max=0.2)
            client.watch("/", "/chat")
            await client.connect(served.origin, auth={"token": 1}, transports=transports)
            await settled(client, transports)
            await client.received("welcome", 1, "/chat")  # it comes with another poll
            clients.append((client, transports, client.sio.sid))
        await in_thread(lambda: peers.restart(served))
        for client, transports, sid in clients:
            await client.received("connect", 2)
            await client.received("connect", 2, "/chat")
            assert client.sio.sid != sid
            for namespace in ("/", "/chat"):
                (reason,) = client.got("disconnect", namespace)
                assert reason[0] in ("transport close", "transport error")
            assert await client.received("welcome", 2, "/chat") == [({"token": "1"},)] * 2
            await client.emit("echo", "again")
            assert await client.received("echoed") == [("again",)]
            await settled(client, transports)
    await census.nothing_left(served.port)


# Which protocol -------------------------------------------------------------------


async def test_clients_of_several_generations_in_one_process(peers: Peers) -> None:
    async with driving(KINDS[0]) as asynchronous, driving(KINDS[1]) as blocking:
        clients = []
        makes = ("node-4.8", "node-3.1", *OLDER)
        for make, drive, transports in itertools.product(
            makes, (asynchronous, blocking), TRANSPORTS.values()
        ):
            client = drive()
            await client.connect(peers.get(make).origin, transports=transports)
            clients.append((client, make))
        for client, make in clients:
            assert await client.call("ask", make, BINARY) == (make, BINARY)


async def test_protocol_4_alone_names_an_older_server(
    drive: Drive, peer: Served, transports: list[str]
) -> None:
    client = drive(protocol=4)
    with pytest.raises(ConnectionError, match=r"older protocol: it is of Socket\.IO 2"):
        await client.connect(peer.origin, transports=transports)


# Over WebSocket one answers with HTTP what it has opened, and the other is silent.
UNSPOKEN = r"status 400: Unsupported .*option protocol"
SILENT = r"no open packet in time, as from a server of Socket\.IO 3 or .*option protocol"


@pytest.mark.parametrize(
    ("name", "transport", "said"),
    [
        ("node-4.8", "polling", UNSPOKEN),
        ("node-3.1", "polling", UNSPOKEN),
        ("node-4.8", "websocket", UNSPOKEN),
        ("node-3.1", "websocket", SILENT),
    ],
)
async def test_protocol_3_alone_is_refused_by_todays_servers(
    drive: Drive, peers: Peers, name: str, transport: str, said: str
) -> None:
    client = drive(protocol=3, request_timeout=0.5 if said == SILENT else 5)
    with pytest.raises(ConnectionError, match=said):
        await client.connect(peers.get(name).origin, transports=[transport])


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_a_server_may_come_back_as_one_of_another_generation(
    drive: Drive, transport: str, tmp_path: Path
) -> None:
    client = drive(reconnection_delay=0.05, reconnection_delay_max=0.2)
    client.watch()
    served = spawn("node-2.5", tmp_path / "log")
    try:
        await client.connect(served.origin, transports=[transport])
        for lives, name in enumerate(("node-4.8", "node-2.5"), start=2):
            assert await client.call("ask", name) == name
            await in_thread(served.kill)
            served = await in_thread(partial(spawn, name, served.output, served.port))
            await client.received("connect", lives)
        assert await client.call("ask", "end") == "end"
        await client.disconnect()
    finally:
        await in_thread(served.kill)

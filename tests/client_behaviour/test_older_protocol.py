"""Clients that speak Engine.IO 3 behave as all others do, beside those, on one server."""

from collections.abc import Iterator
from typing import Any

import pytest

from sio_core.exceptions import ConnectionError
from tests.support.forwarder import Forwarder

from .conftest import MakeClient, break_off
from .faces import Face
from .loops import LoopThread, until
from .site import Site

BINARY = bytes(range(256))


@pytest.fixture(scope="module")
def site(server_loop: LoopThread) -> Iterator[Site]:
    """Return a server that takes clients of both protocols."""
    site = Site(server_loop, allow_eio3=True)
    site.start()
    yield site
    site.stop()


@pytest.fixture
def both(make: MakeClient, site: Site, transports: list[str]) -> list[Face]:
    """Return two clients that are connected to the same server, one of each protocol."""
    clients = [make(protocol=3), make(protocol=4)]
    for client in clients:
        client.watch("/", "/chat")
        client.connect(site.url, transports=transports, namespaces=["/", "/chat"])
        client.settled(transports)
    return clients


def test_one_emit_reaches_both(both: list[Face], site: Site) -> None:
    site.emit("news", "€", BINARY, {"deep": [b""]})
    site.emit("more", 1, namespace="/chat")
    for client in both:
        assert client.received("news") == [("€", BINARY, {"deep": [b""]})]
        assert client.received("more", namespace="/chat") == [(1,)]


def test_acknowledgements_go_both_ways(both: list[Face]) -> None:
    for client in both:
        assert client.call("ask", "é", BINARY) == ("é", BINARY)
        client.on("question", lambda *args: (*args, "answer"))
        client.emit("call_me", "question", BINARY)
        assert client.received("answered") == [(BINARY, "answer")]


def test_the_order_is_kept(both: list[Face]) -> None:
    for client in both:
        client.emit("burst", 200, b"x")
        assert client.received("tick", 200) == [(number, b"x") for number in range(200)]


def test_the_session_ids_are_the_servers(both: list[Face], site: Site) -> None:
    older, todays = both
    for client in both:
        site.emit("mine", to=client.sio.get_sid("/chat"), namespace="/chat")
        client.received("mine", namespace="/chat")
    assert older.sio.get_sid("/chat") == f"/chat#{older.sio.sid}"
    assert todays.sio.get_sid("/chat") != f"/chat#{todays.sio.sid}"


def test_the_server_ends_a_namespace(both: list[Face]) -> None:
    for client in both:
        client.emit("leave", namespace="/chat")
        assert client.received("disconnect", namespace="/chat") == [("server disconnect",)]
        assert client.call("ask", 1) == 1


def test_the_client_disconnects(both: list[Face], site: Site) -> None:
    gone = len(site.left)
    for client in both:
        client.disconnect()
        assert client.got("disconnect") == [("client disconnect",)]
    until(lambda: len(site.left) >= gone + 4)
    assert {reason for _, reason in site.left[gone:]} == {"client disconnect"}


@pytest.mark.parametrize("protocol", [3, 4])
def test_auth_lets_a_client_in(
    make: MakeClient, site: Site, transports: list[str], protocol: int
) -> None:
    def connect(**options: Any) -> None:
        client.connect(site.url, transports=transports, namespaces="/guard", **options)

    client = make(protocol=protocol)
    connect(auth={"token": "right"})
    client.disconnect()
    for auth in (None, {"token": "wrong"}):
        with pytest.raises(ConnectionError) as caught:
            connect(auth=auth)
        assert isinstance(caught.value.data["/guard"]["message"], str)


def test_a_connection_that_breaks_is_made_again(
    make: MakeClient, gate: Forwarder, transports: list[str]
) -> None:
    client = make(protocol=3)
    client.watch("/", "/chat")
    client.connect(gate.url, transports=transports, namespaces=["/", "/chat"])
    client.settled(transports)
    break_off(gate, lambda: client.got("disconnect"))
    client.received("connect", 2)
    client.received("connect", 2, namespace="/chat")
    assert client.call("ask", 1) == 1
    client.settled(transports)


def test_simple_clients_take_the_option(make_simple: MakeClient, site: Site) -> None:
    client = make_simple(protocol=3)
    client.connect(site.url)
    client.emit("echo", BINARY)
    assert client.do("receive", timeout=60) == ["echoed", BINARY]

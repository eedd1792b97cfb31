"""Several lives of one client, several clients in one process, and large data."""

import pytest

from .conftest import MakeClient
from .site import Site


def test_a_client_is_used_again(make: MakeClient, site: Site, transports: list[str]) -> None:
    client = make()
    client.watch()
    sids = set()
    for turn in range(4):
        client.connect(site.url, transports=transports)
        sids.add(client.sio.sid)
        assert client.call("ask", turn) == turn
        client.disconnect()
        assert not client.sio.connected
    assert len(sids) == 4
    expected = ["connect", "disconnect", "__disconnect_final"] * 4
    assert [event for _, event, *_ in client.seen] == expected


def test_another_life_after_the_server_ended_one(make: MakeClient, site: Site) -> None:
    client = make()
    for turn in range(3):
        client.connect(site.url)
        client.emit("leave")
        client.wait()
        assert not client.sio.connected, turn
    client.connect(site.url, transports="websocket", namespaces=["/chat"])
    assert client.call("ask", 1, namespace="/chat") == 1


def test_clients_of_one_process_are_apart(
    make: MakeClient, site: Site, transports: list[str]
) -> None:
    clients = [make() for _ in range(6)]
    connecting = []
    for client in clients:
        client.watch()
        connecting.append(client.begin("connect", site.url, transports=transports, wait_timeout=60))
    for future in connecting:
        future.result(60)
    assert len({client.sio.sid for client in clients}) == len(clients)
    for number, client in enumerate(clients):
        client.emit("echo", number)
    for number, client in enumerate(clients):
        assert client.received("echoed") == [(number,)]
    clients[0].disconnect()
    site.emit("everybody", "hello")
    for client in clients[1:]:
        assert client.received("everybody") == [("hello",)]
    assert clients[0].got("everybody") == []
    assert clients[1].call("ask", 1) == 1


@pytest.mark.parametrize("data", ["x" * 2_000_000, b"y" * 2_000_000], ids=["text", "binary"])
def test_large_data(make: MakeClient, site: Site, transports: list[str], data: str | bytes) -> None:
    client = make()
    client.watch()
    client.connect(site.url, transports=transports)
    assert client.call("ask", data) == data
    client.emit("echo", data, 1)
    client.emit("echo", "small")
    assert client.received("echoed", 2) == [(data, 1), ("small",)]

"""Ends: their reasons on both sides, what is sent before, and `wait` and `shutdown`."""

import logging

import pytest

from sio_core.exceptions import BadNamespaceError
from tests.support.forwarder import Forwarder
from tests.support.misbehaviour import Refuse, Step

from .conftest import MakeClient, break_off
from .loops import LoopThread, until
from .scripted import Scripted
from .site import Site

BROKEN = ("transport error", "transport close")


def test_a_client_that_disconnects(make: MakeClient, site: Site, transports: list[str]) -> None:
    client = make()
    client.watch("/", "/chat")
    client.connect(site.url, transports=transports)
    site.left.clear()
    client.disconnect()
    for namespace in ("/", "/chat"):
        assert client.got("disconnect", namespace) == [(client.sio.reason.CLIENT_DISCONNECT,)]
        assert client.got("__disconnect_final", namespace) == [()]
    until(lambda: len(site.left) == 2)
    assert set(site.left) == {("/", "client disconnect"), ("/chat", "client disconnect")}
    client.disconnect()
    client.wait()
    assert len(client.got("disconnect")) == 1


def test_a_server_that_disconnects(make: MakeClient, site: Site, transports: list[str]) -> None:
    client = make()
    client.watch()
    client.connect(site.url, transports=transports)
    site.left.clear()
    client.emit("leave")
    client.wait()
    assert client.got("disconnect") == [(client.sio.reason.SERVER_DISCONNECT,)]
    assert client.got("__disconnect_final") == [()]
    assert len(client.got("connect")) == 1
    assert not client.sio.connected
    until(lambda: site.left == [("/", "server disconnect")])


def test_a_server_that_ends_one_namespace(make: MakeClient, site: Site) -> None:
    client = make()
    client.watch("/", "/chat")
    client.connect(site.url)
    client.emit("leave", namespace="/chat")
    assert client.received("disconnect", namespace="/chat") == [("server disconnect",)]
    assert list(client.sio.namespaces) == ["/"]
    with pytest.raises(BadNamespaceError, match="/chat"):
        client.emit("echo", 1, namespace="/chat")
    assert client.call("ask", 1) == 1
    client.emit("leave")
    client.wait()
    assert client.got("disconnect") == [("server disconnect",)]


def test_a_connection_that_breaks(
    make: MakeClient, site: Site, gate: Forwarder, transports: list[str]
) -> None:
    client = make(reconnection=False)
    client.watch()
    client.connect(gate.url, transports=transports)
    client.settled(transports)
    assert client.call("ask", 1) == 1  # the server has the upgrade, too, and not a part of it
    site.left.clear()
    break_off(gate, lambda: client.got("disconnect"))
    client.wait()
    ((reason,),) = client.got("disconnect")
    assert reason in BROKEN
    assert client.got("__disconnect_final") == [()]
    assert not client.sio.connected
    if transports[-1] == "websocket":
        # A client that an earlier test cut off on polling may leave now too, of its ping timeout.
        until(lambda: any(told in BROKEN for _, told in site.left))


def test_the_close_code_of_the_server_is_logged(
    make: MakeClient, scripted: Scripted, caplog: pytest.LogCaptureFixture
) -> None:
    log = logging.getLogger("test.codes")
    caplog.set_level(logging.INFO, "test.codes")
    client = make(engineio_logger=log, reconnection=False)
    client.watch()
    client.connect(scripted.url, transports="websocket")
    scripted.misbehave(Step.HEARTBEAT, Refuse())
    scripted.do(lambda host: host.ping())
    client.wait()
    assert client.got("disconnect") == [("transport close",)]
    ((reason,),) = client.got("disconnect")
    assert reason.detail == "the server closed the WebSocket with code 1011"
    until(lambda: reason.detail in caplog.text)


@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_a_server_that_falls_silent(
    make: MakeClient, server_loop: LoopThread, transport: str
) -> None:
    scripted = Scripted(server_loop, pingInterval=100, pingTimeout=100)
    client = make(reconnection=False)
    client.watch()
    try:
        client.connect(scripted.url, transports=transport)
        client.wait()
        assert client.got("disconnect") == [(client.sio.reason.PING_TIMEOUT,)]
    finally:
        scripted.stop()


def test_what_was_emitted_goes_out_before_the_goodbye(
    make: MakeClient, site: Site, transports: list[str]
) -> None:
    client = make()
    mark = site.mark()
    client.connect(site.url, transports=transports)
    for number in range(100):
        client.emit("keep", mark, number)
    client.disconnect()
    until(lambda: len(site.kept_of(mark)) == 100)
    assert site.kept_of(mark) == [[number] for number in range(100)]


def test_shutdown_ends_the_attempts_to_connect_again(
    make: MakeClient, site: Site, gate: Forwarder
) -> None:
    client = make(reconnection_delay=600, reconnection_delay_max=600)
    client.watch()
    client.connect(gate.url, transports="websocket")
    gate.cut()
    client.received("disconnect")
    waiting = client.begin("wait")
    client.do("shutdown")
    waiting.result(60)
    assert client.got("__disconnect_final") == [()]
    assert len(client.got("disconnect")) == 1


def test_wait_returns_at_once_without_a_connection(make: MakeClient) -> None:
    client = make()
    client.wait()
    client.disconnect()
    client.do("shutdown")
    assert client.seen == []

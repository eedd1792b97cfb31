"""Connections that are made again: when, how often, with what, and when not."""

import logging
import re

import pytest

from sio_core.exceptions import BadNamespaceError
from tests.support.forwarder import Forwarder
from tests.support.misbehaviour import Refuse, Step

from .conftest import MakeClient, break_off
from .loops import LoopThread, until
from .scripted import Scripted
from .site import Site

BROKEN = ("transport error", "transport close")


def test_a_connection_that_breaks_is_made_again(
    make: MakeClient, site: Site, gate: Forwarder, transports: list[str]
) -> None:
    client = make()
    client.watch()
    client.connect(gate.url, transports=transports)
    sids = {client.sio.sid}
    for turn in (1, 2):
        break_off(gate, lambda: len(client.got("disconnect")) == turn)  # noqa: B023
        client.received("connect", turn + 1)
        until(lambda: client.sio.connected)
        assert client.call("ask", turn) == turn
        client.settled(transports)
        sids.add(client.sio.sid)
    assert len(sids) == 3
    assert all(reason in BROKEN for (reason,) in client.got("disconnect"))
    story = [event for _, event, *_ in client.seen if event != "connect_error"]
    assert story == ["connect", *["disconnect", "connect"] * 2]
    client.disconnect()
    assert client.got("__disconnect_final") == [()]


def test_a_server_that_is_away_for_a_while(
    make: MakeClient, site: Site, gate: Forwarder, transports: list[str]
) -> None:
    client = make()
    client.watch("/", "/chat")
    client.connect(gate.url, transports=transports)
    gate.open = False
    gate.cut()
    client.received("connect_error", 2, "/chat")
    assert not client.sio.connected
    with pytest.raises(BadNamespaceError):
        client.emit("echo")
    gate.open = True
    client.received("connect", 2)
    client.received("connect", 2, "/chat")
    assert client.call("ask", 1) == 1
    assert len(client.got("disconnect")) == 1


def test_a_server_that_restarts(
    make: MakeClient, server_loop: LoopThread, transports: list[str]
) -> None:
    site = Site(server_loop)
    site.start()
    client = make()
    client.watch()
    try:
        client.connect(site.url, auth={"t": 1}, transports=transports)
        client.settled(transports)
        sid = client.sio.sid
        site.stop()
        client.received("disconnect")
        site.start()
        client.received("connect", 2)
        assert client.call("ask", 1) == 1
        assert client.sio.sid != sid
        assert [auth for _, auth in site.connects] == [{"t": 1}] * 2
    finally:
        client.disconnect()
        site.stop()


def test_a_server_that_forgot_the_session(
    make: MakeClient, scripted: Scripted, transports: list[str]
) -> None:
    client = make()
    client.watch()
    client.connect(scripted.url, transports=transports)
    scripted.do(lambda host: host.forget())
    client.received("connect", 2)
    assert client.call("ask", 1) == 1


def test_attempts_end(make: MakeClient, scripted: Scripted, transports: list[str]) -> None:
    client = make(reconnection_attempts=2)
    client.watch()
    client.connect(scripted.url, transports=transports)
    scripted.stop()
    client.wait()
    assert len(client.got("connect_error")) == 2
    assert client.got("__disconnect_final") == [()]
    scripted.start()
    client.connect(scripted.url, transports=transports)
    assert client.call("ask", 1) == 1


def test_without_reconnection_an_end_is_the_end(make: MakeClient, scripted: Scripted) -> None:
    client = make(reconnection=False)
    client.watch()
    client.connect(scripted.url)
    asked = len(scripted.host.sessions)
    scripted.do(lambda host: host.forget())
    client.wait()
    assert len(client.got("disconnect")) == asked == 1
    assert client.got("connect_error") == []


def test_delays_double_up_to_the_largest(
    make: MakeClient, scripted: Scripted, caplog: pytest.LogCaptureFixture
) -> None:
    log = logging.getLogger("test.delays")
    caplog.set_level(logging.INFO, "test.delays")
    client = make(
        logger=log,
        reconnection_delay=0.01,
        reconnection_delay_max=0.04,
        reconnection_attempts=4,
    )
    client.connect(scripted.url)
    scripted.misbehave(Step.HANDSHAKE, *[Refuse()] * 4)
    scripted.do(lambda host: host.forget())
    client.wait()
    delays = re.findall(r"next attempt is in (\S+) seconds", caplog.text)
    assert delays == ["0.01", "0.02", "0.04", "0.04"]


def test_functions_are_asked_at_each_attempt(make: MakeClient, site: Site, gate: Forwarder) -> None:
    asked: list[int] = []

    def token() -> dict[str, int]:
        asked.append(1)
        if len(asked) == 2:
            raise LookupError("no token today")
        return {"number": len(asked)}

    client = make()
    client.watch()
    site.connects.clear()
    client.connect(gate.url, auth=token, transports="websocket")
    gate.cut()
    client.received("connect", 2)
    assert [auth for _, auth in site.connects] == [{"number": 1}, {"number": 3}]
    ((said,),) = client.got("connect_error")
    assert "no token today" in said


def test_a_namespace_that_the_server_ended_is_not_asked_for_again(
    make: MakeClient, site: Site, gate: Forwarder
) -> None:
    client = make()
    client.watch("/", "/chat")
    client.connect(gate.url, transports="websocket")
    client.emit("leave", namespace="/chat")
    client.received("disconnect", namespace="/chat")
    gate.cut()
    client.received("connect", 2)
    assert client.call("ask", 1) == 1
    assert list(client.sio.namespaces) == ["/"]


def test_a_refusal_when_connecting_again_is_the_end_of_an_attempt(
    make: MakeClient, site: Site, gate: Forwarder
) -> None:
    tokens = [{"n": 1}, {"refuse": ["not now"]}, {"n": 3}]
    client = make()
    client.watch()
    client.connect(gate.url, auth=lambda: tokens.pop(0), transports="websocket")
    gate.cut()
    assert client.received("connect_error") == [({"message": "not now"},)]
    client.received("connect", 2)
    assert client.call("ask", 1) == 1


def test_what_is_assigned_counts_for_the_next_attempt(
    make: MakeClient, site: Site, gate: Forwarder
) -> None:
    client = make()
    client.watch()
    client.connect(gate.url, auth={"t": 1}, headers={"X-T": "1"})
    before = len(site.connects)
    client.sio.connection_url = "no address"
    gate.cut()
    client.received("connect_error")
    client.sio.connection_url = site.url
    client.sio.connection_auth = {"t": 2}
    client.sio.connection_headers = lambda: {"X-T": "2"}
    client.received("connect", 2)
    environ, auth = site.connects[before]
    assert (auth, environ["HTTP_X_T"]) == ({"t": 2}, "2")
    assert environ["HTTP_HOST"] in site.url
    assert client.call("ask", 1) == 1


def test_reconnection_can_be_turned_off_while_it_is_connected(
    make: MakeClient, site: Site, gate: Forwarder
) -> None:
    client = make()
    client.watch()
    client.connect(gate.url)
    with pytest.raises(ValueError, match="reconnection_delay"):
        client.sio.reconnection_delay = -1
    assert client.sio.reconnection_delay != -1
    client.sio.reconnection = False
    gate.cut()
    client.wait()
    assert client.got("__disconnect_final") == [()]
    client.sio.reconnection = True
    client.connect(gate.url)
    gate.cut()
    client.received("connect", 3)

"""The simple clients: events in a buffer, state, ends, and connections that break unseen."""

from typing import Any

import pytest

from sio_client import AsyncClient, Client
from sio_core.exceptions import (
    CallAbortedError,
    ConnectionError,
    DisconnectedError,
    TimeoutError,
)
from tests.support.forwarder import Forwarder

from .conftest import MakeClient
from .faces import Face
from .loops import until
from .site import Site


def is_over(client: Face) -> None:
    """Every attribute says that there is no connection, and nothing can be sent."""
    sio = client.sio
    assert (sio.connected, sio.client, sio.sid, sio.transport) == (False, None, None, "")
    with pytest.raises(DisconnectedError):
        client.emit("echo")
    with pytest.raises(DisconnectedError):
        client.call("ask")


def test_a_conversation(make_simple: MakeClient, site: Site, transports: list[str]) -> None:
    client = make_simple()
    is_over(client)
    client.connect(site.url, transports=transports)
    assert client.sio.connected
    assert client.sio.sid == client.sio.client.sid
    until(lambda: client.sio.transport == transports[-1])
    client.emit("echo", 1, b"two")
    assert client.do("receive") == ["echoed", 1, b"two"]
    assert client.call("ask", 1, 2) == (1, 2)
    client.emit("burst", 300)
    ticks = [client.do("receive") for _ in range(300)]
    assert ticks == [["tick", number] for number in range(300)]
    with pytest.raises(TimeoutError, match="no event came in time"):
        client.do("receive", timeout=0.01)
    with pytest.raises(TimeoutError):
        client.call("mute", timeout=0.01)
    with pytest.raises(RuntimeError, match="Already connected"):
        client.connect(site.url)
    client.disconnect()
    is_over(client)


def test_another_namespace(make_simple: MakeClient, site: Site) -> None:
    client = make_simple()
    client.connect(site.url, namespace="/chat")
    assert client.sio.sid == client.sio.client.get_sid("/chat")
    client.emit("echo", 1)
    assert client.do("receive") == ["echoed", 1]


@pytest.mark.parametrize("end", ["disconnect", "server", "attempts"])
def test_every_end_looks_the_same(
    make_simple: MakeClient, site: Site, gate: Forwarder, end: str
) -> None:
    client = make_simple(reconnection_attempts=2)
    client.connect(gate.url)
    client.emit("burst", 2)
    until(lambda: len(client.sio.input_buffer) == 2)
    if end == "disconnect":
        client.disconnect()
    elif end == "server":
        client.emit("leave")
    else:
        gate.open = False
        gate.cut()
    until(lambda: client.sio.client is None)
    is_over(client)
    # What came before is there to be received, then there is nothing more to wait for.
    assert list(client.sio.input_buffer) == [["tick", 0], ["tick", 1]]
    assert [client.do("receive") for _ in range(2)] == [["tick", 0], ["tick", 1]]
    with pytest.raises(DisconnectedError):
        client.do("receive")
    client.disconnect()
    client.connect(site.url)
    assert client.call("ask", 1) == 1


def test_a_new_life_begins_with_an_empty_buffer(make_simple: MakeClient, site: Site) -> None:
    client = make_simple()
    client.connect(site.url)
    client.emit("burst", 2)
    until(lambda: len(client.sio.input_buffer) == 2)
    client.disconnect()
    client.connect(site.url)
    assert not client.sio.input_buffer


def test_a_connection_that_is_not_made(make_simple: MakeClient, site: Site) -> None:
    client = make_simple()
    with pytest.raises(ConnectionError):
        client.connect("http://127.0.0.1:1")
    is_over(client)
    with pytest.raises(ConnectionError, match="no entry"):
        client.connect(site.url, auth={"refuse": ["no entry"]})
    is_over(client)
    with pytest.raises(ValueError):
        client.connect("127.0.0.1")
    is_over(client)
    client.connect(site.url)
    assert client.sio.connected


def test_the_end_wakes_who_receives(make_simple: MakeClient, site: Site) -> None:
    client = make_simple()
    client.connect(site.url)
    receiving = client.begin("receive")
    client.call("ask")
    assert not receiving.done()
    client.disconnect()
    with pytest.raises(DisconnectedError):
        receiving.result(60)


def test_a_connection_that_breaks_is_not_seen(
    make_simple: MakeClient, site: Site, gate: Forwarder, transports: list[str]
) -> None:
    client = make_simple()
    client.connect(gate.url, transports=transports)
    for number in range(3):
        gate.cut()
        while True:  # at once, whether or not the client has noticed
            try:
                assert client.call("ask", number) == number
            except CallAbortedError:
                continue
            break
        client.emit("echo", number)
        assert client.do("receive") == ["echoed", number]
        assert client.sio.connected


def test_while_it_is_made_again_it_counts_as_connected(
    make_simple: MakeClient, site: Site, gate: Forwarder
) -> None:
    client = make_simple(reconnection_delay=600, reconnection_delay_max=600)
    client.connect(gate.url, transports="websocket")
    gate.cut()
    until(lambda: client.sio.sid is None)
    assert client.sio.connected
    assert client.sio.client is not None
    assert client.sio.transport == ""
    with pytest.raises(TimeoutError, match="not connected again in time"):
        client.call("ask", timeout=0.01)
    receiving = client.begin("receive")
    client.disconnect()
    with pytest.raises(DisconnectedError):
        receiving.result(60)
    is_over(client)


def test_events_that_nobody_receives_are_bounded(
    make_simple: MakeClient, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_simple(max_buffered_events=5)
    client.connect(site.url)
    for turn in (1, 2):
        client.emit("burst", 12)
        until(lambda: list(client.sio.input_buffer)[-1:] == [["tick", 11]])
        assert len(client.sio.input_buffer) == 5
        told = [each.getMessage() for each in caplog.records if "receive()" in each.getMessage()]
        assert len(told) == turn
        assert "max_buffered_events" in told[-1]
        assert [client.do("receive") for _ in range(5)] == [["tick", n] for n in range(7, 12)]
    with pytest.raises(TimeoutError):
        client.do("receive", timeout=0)


@pytest.mark.parametrize("value", [0, -1, 1.5, "10", None])
def test_the_bound_is_a_whole_number(make_simple: MakeClient, value: Any) -> None:
    with pytest.raises(ValueError, match="max_buffered_events"):
        make_simple(max_buffered_events=value)


def test_a_class_of_ones_own(make_simple: MakeClient, site: Site) -> None:
    client = make_simple(reconnection_delay=7)
    kind = type(client.sio)
    base: Any = Client if client.blocking else AsyncClient
    inner: Any = type("Mine", (base,), {})
    client.sio.__class__ = type("Simple", (kind,), {"client_class": inner})
    client.connect(site.url)
    assert type(client.sio.client) is inner
    assert client.sio.client.reconnection_delay == 7


def test_events_that_say_how_things_stand(make_simple: MakeClient, site: Site) -> None:
    client = make_simple()
    connected, waiting = client.sio.connected_event, client.sio.input_event
    assert not connected.is_set()
    client.connect(site.url)
    assert connected.is_set()
    assert not waiting.is_set()
    client.emit("burst", 2)
    until(waiting.is_set)
    assert client.do("receive") == ["tick", 0]
    assert client.do("receive") == ["tick", 1]
    assert not waiting.is_set()
    client.emit("echo", 1)
    until(lambda: client.sio.input_event.is_set())
    client.disconnect()
    assert not connected.is_set()
    assert client.sio.connected_event is connected
    client.connect(site.url)  # what nobody received is gone
    assert not waiting.is_set()

"""Acknowledgements: callbacks, `call` and its timeout, and those that the server asks for."""

from typing import Any

import pytest

from sio_core.exceptions import CallAbortedError, DisconnectedError, TimeoutError
from tests.support.forwarder import Forwarder

from .conftest import MakeClient, break_off
from .loops import until
from .scripted import Scripted
from .site import Site


def test_what_call_returns(make: MakeClient, site: Site, transports: list[str]) -> None:
    client = make()
    client.connect(site.url, transports=transports)
    assert client.call("ask") is None
    assert client.call("ask", 1) == 1
    assert client.call("ask", 1, {"two": b"\x00\xff"}) == (1, {"two": b"\x00\xff"})
    assert client.call("ask", [1, 2]) == [1, 2]
    assert client.call("ask", None) is None


def test_a_callback_is_given_the_arguments(
    make: MakeClient, site: Site, transports: list[str]
) -> None:
    client = make()
    client.connect(site.url, transports=transports)
    callback = client.handler(lambda *args: client.note("answer", *args))
    client.emit("ask", 1, b"two", callback=callback)
    assert client.received("answer") == [(1, b"two")]
    client.emit("ask", callback=callback)
    assert client.received("answer", 2)[1] == ()


def test_many_calls_at_once(make: MakeClient, site: Site, transports: list[str]) -> None:
    client = make()
    client.connect(site.url, transports=transports)
    calls = [client.begin("call", "ask", number) for number in range(50)]
    assert [call.result(60) for call in calls] == list(range(50))


def test_many_calls_in_a_row(make: MakeClient, site: Site) -> None:
    client = make()
    client.connect(site.url, transports="websocket")
    assert [client.call("ask", number) for number in range(300)] == list(range(300))


def test_a_call_that_is_not_answered_in_time(
    make: MakeClient, scripted: Scripted, transports: list[str]
) -> None:
    client = make()
    client.connect(scripted.url, transports=transports)
    with pytest.raises(TimeoutError):
        client.call("mute", timeout=0.01)
    assert client.call("ask", 1) == 1


@pytest.mark.parametrize("end", ["cut", "disconnect", "server"])
def test_a_call_ends_with_its_connection(
    make: MakeClient, site: Site, gate: Forwarder, transports: list[str], end: str
) -> None:
    client = make(reconnection=False)
    mark = site.mark()
    client.connect(gate.url, transports=transports)
    calls = [client.begin("call", "mute", timeout=600) for _ in range(3)]
    client.call("ask")
    client.emit("keep", mark)
    until(lambda: site.kept_of(mark))
    if end == "cut":
        break_off(gate, lambda: all(call.done() for call in calls))
    elif end == "server":
        client.emit("leave")
    else:
        client.disconnect()
    for call in calls:
        with pytest.raises(CallAbortedError) as caught:
            call.result(60)
        assert isinstance(caught.value, DisconnectedError)


@pytest.mark.parametrize(
    ("returned", "acknowledged"),
    [(None, ()), (0, (0,)), ((1, 2), (1, 2)), ([1, 2], ([1, 2],)), ({"b": b"x"}, ({"b": b"x"},))],
)
def test_what_a_handler_returns_is_the_acknowledgement(
    make: MakeClient, site: Site, returned: Any, acknowledged: tuple[Any, ...]
) -> None:
    client = make()
    client.watch()
    client.on("question", lambda *args: returned)
    client.connect(site.url)
    client.emit("call_me", "question", 1)
    assert client.received("answered") == [acknowledged]


def test_a_handler_that_raises_acknowledges_nothing(
    make: MakeClient, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    def question(value: str) -> None:
        raise LookupError("a mistake")

    client = make()
    client.on("answered", lambda *args: client.note("answered", *args))
    client.on("question", question)
    client.on("unsendable", lambda value: object())
    client.connect(site.url)
    client.emit("call_me", "question", "secret")
    client.emit("call_me", "unsendable", "secret")
    client.emit("call_me", "unknown", "secret")
    until(lambda: "a mistake" in caplog.text and "cannot be sent" in caplog.text)
    assert client.call("ask", 1) == 1
    assert client.got("answered") == []
    assert not [each for each in caplog.records if "secret" in each.getMessage()]


def test_a_callback_that_raises_is_logged(
    make: MakeClient, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    def callback(*args: Any) -> None:
        raise LookupError("a mistake")

    client = make()
    client.connect(site.url)
    client.emit("ask", 1, callback=client.handler(callback))
    until(lambda: "a mistake" in caplog.text)
    assert client.call("ask", 1) == 1


def test_which_callbacks_wait(make: MakeClient, site: Site) -> None:
    client = make()
    client.connect(site.url)
    assert client.sio.callbacks == {}
    client.emit("mute", callback=print)
    client.emit("mute", callback=repr)
    assert client.sio.callbacks == {"/": {1: print, 2: repr}}
    client.disconnect()
    assert client.sio.callbacks == {}

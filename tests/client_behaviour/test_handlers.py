"""Handlers: their order, slow ones, those that raise, and those that use the client."""

import threading
from typing import Any

import pytest

from sio_client import AsyncClientNamespace, ClientNamespace

from .conftest import MakeClient
from .loops import LIMIT, until
from .site import Site


def test_handlers_begin_in_order(make: MakeClient, site: Site, transports: list[str]) -> None:
    client = make()
    story: list[int] = []

    @client.sio.event  # type: ignore[untyped-decorator]
    def tick(number: int) -> None:
        story.append(number)

    client.connect(site.url, transports=transports)
    client.emit("burst", 100)
    until(lambda: len(story) == 100)
    assert story == list(range(100))


def test_a_handler_that_raises_is_logged_and_the_next_is_called(
    make: MakeClient, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    def tick(number: int, secret: str) -> None:
        client.note("tick", number)
        if number == 0:
            raise LookupError("a mistake")

    client = make()
    client.on("tick", tick)
    client.connect(site.url)
    client.emit("burst", 3, "secret")
    client.received("tick", 3)
    until(lambda: "a mistake" in caplog.text)  # which is there a little later than its record
    assert "tick" in caplog.text
    assert not [record for record in caplog.records if "secret" in record.getMessage()]
    assert client.call("ask", 1) == 1


@pytest.mark.parametrize("event", ["connect", "disconnect"])
def test_a_handler_of_the_connection_that_raises_changes_nothing(
    make: MakeClient, site: Site, caplog: pytest.LogCaptureFixture, event: str
) -> None:
    def fails(*args: Any) -> None:
        raise LookupError("a mistake")

    client = make()
    client.on(event, fails)
    client.connect(site.url)
    assert client.call("ask", 1) == 1
    client.disconnect()
    assert "a mistake" in caplog.text
    client.connect(site.url)
    assert client.call("ask", 1) == 1


def test_a_handler_that_does_not_take_the_arguments_is_named(
    make: MakeClient, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    client = make()
    client.on("tick", lambda one, two, three: client.note("called"))
    client.watch()
    client.connect(site.url)
    client.emit("burst", 2)
    client.emit("echo", 1)
    client.received("echoed")
    assert client.got("called") == []
    assert "tick" in caplog.text


def test_a_slow_handler_does_not_stop_the_others(make: MakeClient, site: Site) -> None:
    client = make()
    last = threading.Event()

    def tick(number: int) -> None:
        client.note("tick", number)
        if number == 0:
            assert last.wait(LIMIT)
        if number == 4:
            last.set()

    client.on("tick", tick)
    client.connect(site.url)
    client.emit("burst", 5)
    assert last.wait(LIMIT)
    assert {number for (number,) in client.received("tick", 5)} == set(range(5))


def test_handlers_may_call(make: MakeClient, site: Site, transports: list[str]) -> None:
    client = make()
    client.on("tick", lambda number: client.note("answer", client.call("ask", number)))
    client.connect(site.url, transports=transports)
    client.emit("burst", 10)
    assert sorted(client.received("answer", 10)) == [(number,) for number in range(10)]


@pytest.mark.parametrize("event", ["connect", "echoed", "disconnect"])
def test_handlers_may_disconnect(make: MakeClient, site: Site, event: str) -> None:
    def leave(*args: Any) -> None:
        client.disconnect()
        client.note("left", client.sio.connected)

    client = make()
    client.watch()
    client.on(event, leave)
    client.connect(site.url, wait=False)
    if event != "connect":
        until(lambda: client.sio.namespaces)
        client.emit("echo" if event == "echoed" else "leave")
    assert client.received("left") == [(False,)]
    client.wait()
    if event != "disconnect":
        assert client.received("disconnect") == [("client disconnect",)]
    assert client.received("__disconnect_final") == [()]


def test_a_handler_may_begin_another_life(make: MakeClient, site: Site) -> None:
    def again(*args: Any) -> None:
        client.disconnect()
        client.connect(site.url)
        client.note("answer", client.call("ask", 1))

    client = make()
    client.on("echoed", again)
    client.connect(site.url)
    client.emit("echo", 1)
    assert client.received("answer") == [(1,)]
    assert client.sio.connected


def test_a_disconnect_handler_may_connect_again(make: MakeClient, site: Site) -> None:
    def again(reason: str) -> None:
        if len(client.got("left")) == 0:
            client.note("left", reason)
            client.connect(site.url)
            client.note("answer", client.call("ask", 1))

    client = make()
    client.on("disconnect", again)
    client.connect(site.url)
    client.emit("leave")
    assert client.received("answer") == [(1,)]
    assert client.got("left") == [("server disconnect",)]


def test_coroutine_functions_are_for_async_client_alone(make: MakeClient, site: Site) -> None:
    async def tick(number: int) -> None:
        client.note("tick", number)

    client = make()
    base: Any = ClientNamespace if client.blocking else AsyncClientNamespace

    class Chat(base):  # type: ignore[misc]
        async def on_tick(self, number: int) -> None: ...

    if client.blocking:
        with pytest.raises(TypeError, match=r"'tick' is a coroutine function.*use AsyncClient"):
            client.sio.on("tick", tick)
        with pytest.raises(TypeError, match="use AsyncClient"):
            client.sio.event(tick)
        with pytest.raises(TypeError, match=r"Chat\.on_tick is a coroutine function"):
            client.sio.register_namespace(Chat("/chat"))
        client.connect(site.url)
        assert list(client.sio.namespaces) == ["/"]
    else:
        client.sio.on("tick", tick)
        client.sio.register_namespace(Chat("/chat"))
        client.connect(site.url)
        client.emit("burst", 1)
        assert client.received("tick") == [(0,)]


def test_every_event_goes_through_the_hook(make: MakeClient, site: Site) -> None:
    client = make()
    original = client.sio._trigger_event

    def noted(event: str, namespace: str, *args: Any) -> Any:
        client.note("hook", event, namespace, *args)
        return original(event, namespace, *args)

    client.sio._trigger_event = noted
    client.sio.on("tick", lambda number: None)
    client.connect(site.url)
    client.emit("burst", 1)
    client.received("hook", 2)
    client.disconnect()
    assert client.received("hook", 4) == [
        ("connect", "/"),
        ("tick", "/", 0),
        ("disconnect", "/", "client disconnect"),
        ("__disconnect_final", "/"),
    ]

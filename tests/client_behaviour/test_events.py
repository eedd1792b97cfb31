"""Events both ways: values, order, catch-alls, class-based namespaces, and what cannot be sent."""

from typing import Any

import pytest

from sio_client import AsyncClientNamespace, ClientNamespace
from sio_core.exceptions import BadNamespaceError

from .conftest import MakeClient
from .loops import until
from .site import Site

BINARY = bytes(range(256))
VALUES: tuple[Any, ...] = (
    "a€😀",
    1,
    -2.5,
    True,
    None,
    {"list": [1, {"deep": ["x"]}], "empty": {}},
    [],
)


def test_every_kind_of_value(make: MakeClient, site: Site, transports: list[str]) -> None:
    client = make()
    client.watch()
    client.connect(site.url, transports=transports)
    for args in ((), (1,), VALUES, (BINARY, {"deep": [b"", BINARY]}, "end"), ([1, 2],)):
        client.seen.clear()
        client.emit("echo", *args)
        assert client.received("echoed") == [args]


def test_events_keep_their_order_both_ways(
    make: MakeClient, site: Site, transports: list[str]
) -> None:
    client = make()
    client.watch()
    mark = site.mark()
    client.connect(site.url, transports=transports)
    client.emit("burst", 200, b"bytes")
    for number in range(200):
        client.emit("keep", mark, number, b"bytes")
    assert client.received("tick", 200) == [(number, b"bytes") for number in range(200)]
    until(lambda: len(site.kept_of(mark)) == 200)
    assert site.kept_of(mark) == [[number, b"bytes"] for number in range(200)]


def test_emits_at_the_same_time_do_not_mix(
    make: MakeClient, site: Site, transports: list[str]
) -> None:
    client = make()
    mark = site.mark()
    pieces = [b"a" * 10, b"b" * 5000, b"c" * 100]
    client.connect(site.url, transports=transports)
    begun = [
        client.begin("emit", "keep", (mark, who, pieces, turn))
        for turn in range(12)
        for who in range(8)
    ]
    for future in begun:
        future.result(60)
    until(lambda: len(site.kept_of(mark)) == len(begun))
    assert all(each[1] == pieces for each in site.kept_of(mark))
    assert {(who, turn) for who, _, turn in site.kept_of(mark)} == {
        (who, turn) for who in range(8) for turn in range(12)
    }


def test_namespaces_are_apart(make: MakeClient, site: Site, transports: list[str]) -> None:
    client = make()
    client.watch("/", "/chat")
    client.connect(site.url, transports=transports)
    client.emit("echo", "chat", namespace="/chat")
    client.emit("echo", "root")
    assert client.received("echoed", namespace="/chat") == [("chat",)]
    assert client.received("echoed") == [("root",)]


def test_catch_alls_are_given_names(make: MakeClient, site: Site) -> None:
    client = make()
    client.on("*", lambda event, *args: client.note("one", event, *args))
    client.on("*", lambda event, name, *args: client.note("any", event, name, *args), "*")
    client.on("echoed", lambda name, *args: client.note("named", name, *args), "*")
    client.connect(site.url, namespaces=["/", "/chat"])
    client.emit("burst", 1)
    assert client.received("one") == [("tick", 0)]
    client.emit("burst", 1, namespace="/chat")
    assert client.received("any") == [("tick", "/chat", 0)]
    client.emit("echo", 5, namespace="/chat")
    assert client.received("named") == [("/chat", 5)]


def test_send_is_the_event_message(make: MakeClient, site: Site) -> None:
    client = make()
    client.watch()
    client.connect(site.url)
    client.do("send", "text")
    site.emit("message", "to you", to=client.sio.sid)
    assert client.received("message") == [("to you",)]


def test_what_cannot_be_emitted(make: MakeClient, site: Site) -> None:
    client = make()
    with pytest.raises(BadNamespaceError):
        client.emit("echo")
    client.connect(site.url)
    with pytest.raises(BadNamespaceError, match="/other"):
        client.emit("echo", namespace="/other")
    with pytest.raises(BadNamespaceError, match="/other"):
        client.call("ask", namespace="/other")
    with pytest.raises(ValueError, match="reserved"):
        client.emit("connect")
    with pytest.raises(ValueError):
        client.emit("echo", object())
    assert client.call("ask", 1) == 1
    client.disconnect()
    with pytest.raises(BadNamespaceError):
        client.call("ask")


def test_a_class_based_namespace(make: MakeClient, site: Site) -> None:
    client = make()
    base: Any = ClientNamespace if client.blocking else AsyncClientNamespace

    class Chat(base):  # type: ignore[misc]
        def on_connect(self) -> None:
            client.note("connect")

        def on_echoed(self, *args: Any) -> None:
            client.note("echoed", *args)

        def on_disconnect(self, reason: str) -> None:
            client.note("disconnect", reason)

    chat = Chat("/chat")
    client.sio.register_namespace(chat)
    with pytest.raises(ValueError, match=base.__name__):
        client.sio.register_namespace(object())
    client.connect(site.url)
    assert list(client.sio.namespaces) == ["/chat"]
    client.emit("echo", 1, namespace="/chat")
    assert client.received("echoed") == [(1,)]
    client.disconnect()
    assert client.seen == [
        ("/", "connect"),
        ("/", "echoed", 1),
        ("/", "disconnect", "client disconnect"),
    ]

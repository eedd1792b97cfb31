"""Connecting: state, transports, namespaces, what the server is told, and wrong arguments."""

from typing import Any

import pytest

from sio_core.exceptions import ConnectionError, DisconnectedError

from .conftest import MakeClient
from .loops import until
from .site import Site


def test_a_connection_and_its_state(make: MakeClient, site: Site, transports: list[str]) -> None:
    client = make()
    client.watch()
    assert not client.sio.connected
    client.connect(site.url, transports=transports)
    assert client.sio.connected
    assert client.sio.eio.state == "connected"
    assert client.sio.sid == client.sio.get_sid() == client.sio.get_sid("/")
    assert client.sio.namespaces == {"/": client.sio.sid}
    assert client.seen == [("/", "connect")]
    client.settled(transports)
    client.disconnect()
    assert not client.sio.connected
    assert client.sio.eio.state == "disconnected"
    assert client.sio.sid is None
    assert client.sio.namespaces == {}
    with pytest.raises(DisconnectedError):
        client.sio.transport()


def test_nothing_is_lost_by_the_upgrade(make: MakeClient, site: Site) -> None:
    client = make()
    client.watch()
    client.connect(site.url)
    number = 0
    while client.sio.transport() != "websocket" or number < 30:
        client.emit("echo", number)
        number += 1
    assert client.received("echoed", number) == [(each,) for each in range(number)]


def test_the_namespaces_with_handlers_are_connected(make: MakeClient, site: Site) -> None:
    client = make()
    client.watch("/chat")
    client.connect(site.url)
    assert list(client.sio.namespaces) == ["/chat"]
    assert client.sio.sid == client.sio.get_sid("/chat")
    assert client.sio.get_sid("/") is None
    client.disconnect()
    client.connect(site.url, namespaces=["/", "/chat"])
    assert set(client.sio.namespaces) == {"/", "/chat"}
    assert client.sio.get_sid("/") != client.sio.get_sid("/chat")
    client.disconnect()
    client.connect(site.url, namespaces="/chat")
    assert list(client.sio.namespaces) == ["/chat"]


def test_what_the_server_is_told(make: MakeClient, site: Site, transports: list[str]) -> None:
    client = make()
    site.connects.clear()
    client.connect(
        f"{site.url}?token=a+b%26&x=1",
        headers={"X-Test": "yes"},
        auth={"user": "me"},
        transports=transports,
    )
    ((environ, auth),) = site.connects
    assert auth == {"user": "me"}
    assert environ["HTTP_X_TEST"] == "yes"
    assert environ["QUERY_STRING"].startswith("token=a+b%26&x=1&")


def test_functions_are_asked_what_to_connect_with(make: MakeClient, site: Site) -> None:
    client = make()
    site.connects.clear()
    client.connect(lambda: site.url, headers=lambda: {"X-Test": "made"}, auth=lambda: {"n": 1})
    ((environ, auth),) = site.connects
    assert (environ["HTTP_X_TEST"], auth) == ("made", {"n": 1})


def test_without_wait_the_namespaces_follow(
    make: MakeClient, site: Site, transports: list[str]
) -> None:
    client = make()
    client.watch()
    client.connect(site.url, transports=transports, wait=False)
    client.received("connect")
    assert client.call("ask", 1) == 1


def test_one_connection_at_a_time(make: MakeClient, site: Site) -> None:
    client = make()
    client.connect(site.url)
    with pytest.raises(ConnectionError, match="Already connected"):
        client.connect(site.url)
    assert client.call("ask", 1) == 1


@pytest.mark.parametrize(
    ("url", "options", "what"),
    [
        ("127.0.0.1:80", {}, "http://"),
        ("ftp://127.0.0.1", {}, "http://"),
        ("http://127.0.0.1:99999", {}, "port"),
        ("http://", {}, "host"),
        ("http://127.0.0.1/a b", {}, "spaces"),
        ("http://127.0.0.1/chat", {}, r"namespaces=\['/chat'\]"),
        (lambda: "http://127.0.0.1/app", {}, "socketio_path='app/socket.io'"),
        (None, {"transports": ["carrier pigeon"]}, "polling"),
        (None, {"wait_timeout": 0}, "wait_timeout"),
        (None, {"namespaces": []}, "namespace"),
        (None, {"headers": {"X": "a\r\nb"}}, "line breaks"),
        (None, {"headers": lambda: {"X": "a\r\nb"}, "retry": True}, "line breaks"),
        (lambda: "127.0.0.1:80", {}, "http://"),
    ],
)
def test_wrong_arguments(
    make: MakeClient, site: Site, url: Any, options: dict[str, Any], what: str
) -> None:
    client = make()
    with pytest.raises(ValueError, match=what):
        client.connect(url or site.url, **options)
    client.connect(site.url)
    assert client.call("ask", 1) == 1


def test_the_connect_handler_comes_first(make: MakeClient, site: Site) -> None:
    client = make()
    client.on("connect", lambda: client.note("handled", client.sio.connected))
    client.connect(site.url)
    until(lambda: client.got("handled"))
    assert client.got("handled") == [(True,)]

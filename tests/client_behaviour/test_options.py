"""Options: misspelt names, values that cannot be, and namespaces in the wrong form."""

import logging
from typing import Any, Unpack, get_type_hints

import pytest

from sio_client import AsyncClient, AsyncClientNamespace, Client, ClientNamespace, ClientOptions
from sio_client import options as client_options

from .conftest import MakeClient
from .site import Site


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("recconnection", "reconnection"),
        ("reconnect_delay", "reconnection_delay"),
        ("ssl_verfy", "ssl_verify"),
        ("engine_io_logger", "engineio_logger"),
    ],
)
def test_a_misspelt_option_is_warned_of(make: MakeClient, name: str, meant: str) -> None:
    with pytest.warns(UserWarning, match=f"has no option '{name}': did you mean '{meant}'") as told:
        client = make(**{name: 5})
    assert len(told) == 1
    assert type(client.sio).__name__ in str(told[0].message)
    assert told[0].filename.endswith("faces.py")  # where the client is made


def test_an_option_that_is_like_no_other_is_warned_of(make: MakeClient) -> None:
    with pytest.warns(UserWarning, match="has no option 'x_y_z', and ignores it"):
        make(x_y_z=1)


def test_the_simple_clients_warn_when_they_connect(make_simple: MakeClient, site: Site) -> None:
    client = make_simple(recconnection=False)
    with pytest.warns(UserWarning, match="did you mean 'reconnection'"):
        client.connect(site.url)


@pytest.mark.parametrize(
    ("option", "value", "what"),
    [
        ("logger", "debug", "logger must be False, True or a logger, not 'debug'"),
        ("logger", logging.DEBUG, "setLevel"),
        ("engineio_logger", "info", "engineio_logger must be"),
        ("json", 3, "json"),
        ("serializer", "msgpak", "msgpack"),
        ("max_queue_bytes", "1MB", "max_queue_bytes must be a whole number"),
        ("max_queue_bytes", 0, "max_queue_bytes must be a whole number"),
        ("max_pending_acks", 1.5, "max_pending_acks must be a whole number"),
        ("max_handler_threads", True, "max_handler_threads must be a whole number"),
        ("max_attachments", "10", "max_attachments must be a whole number"),
        ("request_timeout", "5s", "request_timeout must be a number of seconds above 0"),
        ("upgrade_timeout", 0, "upgrade_timeout must be a number of seconds above 0"),
        ("reconnection_attempts", "3", "reconnection_attempts must be a whole number"),
        ("reconnection_attempts", -1, "reconnection_attempts must be a whole number"),
        ("reconnection_delay", "1", "reconnection_delay must be a number"),
        ("protocol", 5, "protocol must be 3, 4 or None, not 5"),
        ("protocol", "3", "protocol must be 3, 4 or None, not '3'"),
        ("ssl_verify", "ca.pem", r"Settings\(verify="),
        ("settings", {}, "sio_client.Settings"),
        ("websocket_extra_options", [("origin", "x")], "dictionary"),
    ],
)
def test_a_value_that_cannot_be(make: MakeClient, option: str, value: Any, what: str) -> None:
    with pytest.raises((ValueError, TypeError), match=what):
        make(**{option: value})


def test_loggers_of_any_kind_are_taken(make: MakeClient, site: Site) -> None:
    class Log:
        lines: list[str]

        def __init__(self) -> None:
            self.lines = []

        def info(self, text: str, *args: Any, **kwargs: Any) -> None:
            self.lines.append(text % args)

        debug = warning = error = info

    log = Log()
    client = make(logger=log)
    client.connect(site.url)
    client.call("ask")
    client.disconnect()
    assert "connected to '/'" in log.lines


@pytest.mark.parametrize("namespaces", ["/chat", ["/chat"], ("/chat",), {"/chat"}])
def test_namespaces_are_one_or_several(make: MakeClient, site: Site, namespaces: Any) -> None:
    client = make()
    client.connect(site.url, namespaces=namespaces)
    assert list(client.sio.namespaces) == ["/chat"]


@pytest.mark.parametrize(
    ("namespaces", "what"),
    [
        ("chat", "the namespace is '/chat'"),
        (["/", "chat"], "the namespace is '/chat'"),
        ("/,/chat", "not a namespace"),
        (["*"], "not a namespace"),
        ([3], "a namespace is a text"),
    ],
)
def test_namespaces_in_the_wrong_form(
    make: MakeClient, site: Site, namespaces: Any, what: str
) -> None:
    client = make()
    with pytest.raises((ValueError, TypeError), match=what):
        client.connect(site.url, namespaces=namespaces)
    client.connect(site.url)
    assert client.call("ask", 1) == 1


def test_a_handler_in_a_namespace_without_a_slash(make: MakeClient, site: Site) -> None:
    client = make()
    with pytest.raises(ValueError, match="the namespace is '/chat'"):
        client.sio.on("event", lambda: None, namespace="chat")
    base: Any = ClientNamespace if client.blocking else AsyncClientNamespace
    client.sio.register_namespace(base("chat"))
    with pytest.raises(ValueError, match="the namespace is '/chat'"):
        client.connect(site.url)


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_every_option_has_a_type(kind: Any) -> None:
    assert get_type_hints(kind.__init__)["kwargs"] == Unpack[ClientOptions]
    known = set(client_options.Options.__slots__) - {"core", "parser", "handle_sigint", "unheeded"}
    assert known <= set(ClientOptions.__annotations__)

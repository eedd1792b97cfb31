"""`endpoint.py`: what URLs mean, and which are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sio_client.user_agent.errors import BadRedirect
from sio_client.user_agent.routes.endpoint import Endpoint


@pytest.mark.parametrize(
    ("url", "secure", "host", "port", "authority"),
    [
        ("http://chat.example", False, "chat.example", 80, "chat.example"),
        ("ws://chat.example:80/", False, "chat.example", 80, "chat.example"),
        ("https://chat.example", True, "chat.example", 443, "chat.example"),
        ("wss://chat.example:5000", True, "chat.example", 5000, "chat.example:5000"),
        ("HTTP://Chat.Example", False, "chat.example", 80, "chat.example"),
        ("http://127.0.0.1:5000", False, "127.0.0.1", 5000, "127.0.0.1:5000"),
        ("http://[::1]", False, "::1", 80, "[::1]"),
        ("http://[::1]:5000", False, "::1", 5000, "[::1]:5000"),
        ("http://[fe80::1%25eth0]:81", False, "fe80::1%eth0", 81, "[fe80::1]:81"),
        ("http://bücher.example", False, "xn--bcher-kva.example", 80, "xn--bcher-kva.example"),
        ("http://my_host", False, "my_host", 80, "my_host"),
    ],
)
def test_urls(url, secure, host, port, authority):
    endpoint = Endpoint.parse(url)
    assert (endpoint.secure, endpoint.host, endpoint.port) == (secure, host, port)
    assert endpoint.authority == authority
    assert endpoint.path == "/socket.io/"


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("chat.example", "begin with"),
        ("localhost:5000", "begin with"),
        ("", "begin with"),
        ("ftp://chat.example", "begin with"),
        ("http://", "no host"),
        ("http://:80", "no host"),
        ("http://chat.example:x", "port"),
        ("http://chat.example:0", "port"),
        ("http://chat.example:65536", "port"),
        ("http://chat.example:-1", "port"),
        ("http://chat example", "spaces"),
        ("http://chat.example\r\nHost: x", "control"),
        (" http://chat.example", "spaces"),
        ("http://a..b", "host name"),
        (f"http://{'a' * 64}.example", "host name"),
        ("http://\ud800.example", "host name"),
        ("http://a%2fb", "host name"),
        ("http://a%00b", "host name"),
        ("http://[::g]", "valid"),
        ("http://[::1%25a%0ab]", "valid"),
        ("http://[::1", "valid"),
        ("http://u:p@a℀b", "^the URL is not valid$"),
    ],
)
def test_what_is_no_url_of_a_server(url, problem):
    with pytest.raises(ValueError, match=problem):
        Endpoint.parse(url)


def test_the_path():
    assert Endpoint.parse("http://a/x/y", "/x/y/").path == "/x/y/"
    assert Endpoint.parse("http://a/?x=1").path == "/socket.io/"
    assert Endpoint.parse("http://a/socket.io/").path == "/socket.io/"
    assert Endpoint.parse("http://a/caf%C3%A9/", "café").path == "/caf%C3%A9/"
    assert Endpoint.parse("http://a", "").path == "/"
    assert Endpoint.parse("http://a", "é?#").path == "/%C3%A9%3F%23/"
    with pytest.raises(ValueError, match="control"):
        Endpoint.parse("http://a", "x\n")


@pytest.mark.parametrize(
    ("url", "path", "namespace", "at"),
    [
        ("http://u:secret@a/chat?key=secret", "socket.io", "'/chat'", "'chat/socket.io'"),
        ("http://a/chat/one/", "ws", "'/chat/one'", "'chat/one/ws'"),
        ("http://a/app/socket.io", "socket.io", "'/app/socket.io'", "'app/socket.io'"),
        ("http://a/chat", "", "'/chat'", "'chat'"),
        ("http://a/" + "x" * 200, "socket.io", "'/" + "x" * 100 + "...'", ""),
    ],
)
def test_another_path_in_the_url_is_an_error_that_says_what_to_do(url, path, namespace, at):
    with pytest.raises(ValueError, match="namespaces=") as caught:
        Endpoint.parse(url, path)
    assert f"namespaces=[{namespace}]" in str(caught.value)
    assert f"socketio_path={at}" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_the_query():
    endpoint = Endpoint.parse("http://a/?token=a%20b&é=1#fragment")
    assert endpoint.target("EIO=4") == "/socket.io/?token=a%20b&%C3%A9=1&EIO=4"
    assert Endpoint.parse("http://a").target("") == "/socket.io/"
    assert Endpoint.parse("http://a").target("sid=\r\n x") == "/socket.io/?sid=%0D%0A%20x"


def test_credentials_are_taken_and_not_shown():
    endpoint = Endpoint.parse("http://us%40er:se%3Acret@chat.example?token=hidden")
    assert endpoint.auth == ("us@er", "se:cret")
    assert "cret" not in repr(endpoint)
    assert "hidden" not in repr(endpoint)
    assert Endpoint.parse("http://user@a").auth == ("user", "")
    assert Endpoint.parse("http://:password@a").auth == ("", "password")
    assert "@" not in endpoint.url


def test_the_name_in_the_certificate():
    assert Endpoint.parse("https://chat.example.").server_name == "chat.example"
    assert Endpoint.parse("https://[fe80::1%25eth0]").server_name == "fe80::1"


def test_moving_keeps_the_query_and_drops_the_credentials():
    endpoint = Endpoint.parse("http://u:p@chat.example?token=t")
    moved = endpoint.moved("https://other.example/a%20b/é?new=1#x".encode().decode("latin-1"))
    assert moved.url == "https://other.example/a%20b/%C3%A9"
    assert (moved.query, moved.auth) == ("token=t", None)


@given(st.text(st.characters(max_codepoint=255)))
def test_any_location_is_an_endpoint_or_refused(location):
    try:
        moved = Endpoint.parse("http://chat.example").moved(location)
    except BadRedirect:
        return
    assert moved.path.startswith("/")
    assert moved.target("x=1").isascii()
    assert moved.target("x=1").isprintable()


@given(st.text())
def test_any_text_is_an_endpoint_or_refused(text):
    for url in (text, f"http://{text}", f"http://a/{text}"):
        try:
            endpoint = Endpoint.parse(url, text)
        except ValueError:
            continue
        assert f"{endpoint.authority}{endpoint.target('')}".isascii()

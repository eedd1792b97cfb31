"""`agent.py` and `proxies.py`: proxies, given or from the environment."""

import os
import sys
import urllib.request
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sio_client.user_agent.errors import ProxyFailed
from sio_client.user_agent.orders import OpenPipe
from sio_client.user_agent.results import SocketOpened
from sio_client.user_agent.routes.proxies import Proxy, environment_proxy

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
WAY_FREE = b"HTTP/1.1 200 Connection established\r\n\r\n"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_plain_requests_have_the_absolute_form(make_net):
    net = make_net("http://chat.example:5000", proxies={"http": "http://u%40:p@proxy.example:3128"})
    net.get()
    assert net.opens == [OpenPipe(1, "proxy.example", 3128, None)]
    seen = net.request()
    assert seen.target == "http://chat.example:5000/socket.io/?EIO=4&transport=polling"
    assert seen.headers["host"] == "chat.example:5000"
    assert seen.headers["proxy-authorization"] == "Basic dUA6cA=="
    net.receive(OK)
    net.take()
    net.get(2)
    assert net.request().target.startswith("http://chat.example:5000/")


def test_tls_goes_through_a_tunnel(make_net):
    net = make_net("https://chat.example", proxies={"https": "http://u:p@proxy.example"})
    net.get()
    assert net.opens == [OpenPipe(1, "proxy.example", 80, None)]
    asked = net.written()
    assert asked.startswith(b"CONNECT chat.example:443 HTTP/1.1\r\nHost: chat.example:443\r\n")
    assert b"Proxy-Authorization: Basic dTpw\r\n" in asked
    net.receive(WAY_FREE)
    assert net.secured == ["chat.example"]
    net.run(net.agent.pipe_opened(1))
    assert net.written() == b""
    net.run(net.agent.pipe_secured(1))
    seen = net.request()
    assert seen.target == "/socket.io/?EIO=4&transport=polling"
    assert "proxy-authorization" not in seen.headers
    net.run(net.agent.pipe_secured(1))
    net.receive(OK)
    assert net.take().status == 200


def test_every_websocket_goes_through_a_tunnel(make_net):
    net = make_net("http://chat.example:5000", proxies={"http": "http://proxy.example"})
    net.opening()
    asked = net.written()
    assert asked.startswith(b"CONNECT chat.example:5000 HTTP/1.1\r\n")
    assert b"uthorization" not in asked
    for byte in WAY_FREE:
        net.receive(bytes((byte,)))
    assert net.secured == []
    assert net.request().target == "/socket.io/?EIO=4&transport=websocket"


def test_tls_to_the_proxy_itself(make_net):
    net = make_net("https://chat.example", proxies={"all": "https://proxy.example"})
    net.opening()
    assert net.opens == [OpenPipe(1, "proxy.example", 443, "proxy.example")]
    net.receive(WAY_FREE)
    assert net.secured == ["chat.example"]


def test_ipv6_in_a_tunnel(make_net):
    net = make_net("http://[::1]:5000", proxies={"http": "http://[::2]:3128"})
    net.opening()
    assert net.opens == [OpenPipe(1, "::2", 3128, None)]
    assert net.written().startswith(b"CONNECT [::1]:5000 HTTP/1.1\r\nHost: [::1]:5000\r\n")


@pytest.mark.parametrize("kind", ["get", "opening"])
@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 100\r\n\r\n",
        b"HTTP/1.1 407 No\r\nContent-Length: 1\r\n\r\nx",
    ],
)
def test_a_proxy_that_refuses(make_net, kind, answer):
    net = make_net("https://chat.example", proxies={"https": "http://u:secret@proxy.example"})
    getattr(net, kind)()
    net.receive(answer)
    error = net.take().error
    assert isinstance(error, ProxyFailed)
    assert str(error).startswith("the proxy at proxy.example:80 answered 407: it does not take")
    assert "secret" not in str(error)
    assert net.closed == [1]


@pytest.mark.parametrize("user", ["", "u:secret@"])
def test_a_proxy_that_refuses_a_plain_request_is_named(make_net, user):
    net = make_net("http://chat.example", proxies={"http": f"http://{user}proxy.example"})
    net.get()
    net.receive(b"HTTP/1.1 407 No\r\nContent-Length: 1\r\n\r\nx")
    error = net.take().error
    assert isinstance(error, ProxyFailed)
    assert "the proxy at proxy.example:80 answered 407" in str(error)
    assert ("wants" in str(error)) == (not user)
    assert "secret" not in str(error)


def test_without_a_proxy_407_is_the_servers(net):
    net.get()
    net.receive(b"HTTP/1.1 407 No\r\nContent-Length: 1\r\n\r\nx")
    assert net.take().status == 407


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 2", b"nonsense\r\n\r\n", WAY_FREE + b"more"])
def test_a_proxy_that_talks_nonsense(make_net, answer):
    net = make_net("https://chat.example", proxies={"https": "http://proxy.example"})
    net.get()
    net.receive(answer)
    net.lose()
    assert isinstance(net.take().error, ProxyFailed)


def test_a_tunnel_that_ends_before_tls_stands(make_net):
    net = make_net("https://chat.example", proxies={"https": "http://proxy.example"})
    net.get()
    net.receive(WAY_FREE)
    error = OSError("certificate")
    net.lose(error)
    assert net.take().error is error


@given(st.lists(st.binary(max_size=60), max_size=10))
def test_garbage_of_a_proxy_never_raises(make_net, pieces):
    net = make_net("http://chat.example", proxies={"ws": "http://proxy.example"})
    net.opening()
    for piece in pieces:
        net.receive(piece)
    net.lose()
    assert len(net.results) == 1


@pytest.mark.parametrize(
    "url", ["socks5://u:secret@proxy", "http://", "http://u:secret@p:x", "a b"]
)
def test_proxies_that_are_not_supported(make_net, url):
    with pytest.raises(ProxyFailed) as caught:
        make_net("http://chat.example", proxies={"http": url})
    assert "secret" not in str(caught.value)
    assert caught.value.__context__ is None or "secret" not in str(caught.value.__context__)


def test_a_proxys_credentials_are_not_shown():
    assert "dTpw" not in repr(Proxy.parse("http://u:p@proxy"))
    assert Proxy.parse("proxy.example:3128") == Proxy(False, "proxy.example", 3128)


def proxy_host(net, kind="get"):
    getattr(net, kind)()
    return net.opens[-1].host


def test_the_environment(make_net, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://one")
    monkeypatch.setenv("https_proxy", "two:3128")
    monkeypatch.setenv("NO_PROXY", "localhost, .inside.example,chat.example:99")
    for url, host in [
        ("http://chat.example", "one"),
        ("https://chat.example", "two"),
        ("http://chat.example:99", "chat.example"),
        ("http://a.inside.example", "a.inside.example"),
        ("http://localhost:5000", "localhost"),
    ]:
        for kind in ("get", "opening"):
            assert proxy_host(make_net(url, trust_env=True), kind) == host
    assert proxy_host(make_net("http://chat.example", trust_env=False)) == "chat.example"


names = st.sampled_from(["http_proxy", "https_proxy", "all_proxy", "no_proxy", "ftp_proxy"])
exceptions = st.sampled_from(["", "*", "chat.example", "Example", "chat.example:80, other", "x"])
environments = st.dictionaries(
    st.builds(lambda name, up: name.upper() if up else name, names, st.booleans())
    | st.just("REQUEST_METHOD"),
    st.sampled_from(["", "http://one", "two:3128"]) | exceptions,
)


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="proxies are set elsewhere, too")
@given(environments, st.sampled_from(["http", "https", "ws", "wss"]))
def test_the_environment_is_read_as_urllib_reads_it(variables, scheme):
    with mock.patch.dict(os.environ, variables, clear=True):
        proxies = urllib.request.getproxies()
        plain = {"ws": "http", "wss": "https"}.get(scheme, scheme)
        expected = proxies.get(plain) or proxies.get("all")
        for host in ("chat.example", "chat.example:80"):
            if urllib.request.proxy_bypass(host):
                expected = None
        assert (environment_proxy(scheme, "chat.example", 80) or None) == expected


@pytest.mark.parametrize(
    ("no_proxy", "host", "bypassed"),
    [
        ("10.0.0.0/8", "10.1.2.3", True),
        ("example, 10.0.0.1/8 ", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("10.0.0.0/8", "chat.example", False),
        ("fd00::/8", "fd00::1", True),
        ("10.0.0.0/8", "fd00::1", False),
        ("10.0.0.0/99,nonsense/8,10.1.0.0/16", "10.1.2.3", True),
    ],
)
def test_no_proxy_may_name_networks(monkeypatch, no_proxy, host, bypassed):
    monkeypatch.setenv("http_proxy", "http://proxy.example")
    monkeypatch.setenv("no_proxy", no_proxy)
    assert (environment_proxy("http", host, 80) is None) == bypassed


def test_the_environment_is_read_at_each_attempt(make_net, monkeypatch):
    assert proxy_host(make_net("http://chat.example", trust_env=True)) == "chat.example"
    monkeypatch.setenv("http_proxy", "one")
    assert proxy_host(make_net("http://chat.example", trust_env=True)) == "one"


@pytest.mark.parametrize(("bypass", "host"), [(False, "one"), (True, "chat.example")])
def test_proxies_of_the_system(make_net, monkeypatch, bypass, host):
    monkeypatch.setattr("sio_client.user_agent.routes.proxies._SYSTEM_HAS_PROXIES", True)
    monkeypatch.setattr(
        "sio_client.user_agent.routes.proxies.getproxies", lambda: {"http": "http://one"}
    )
    monkeypatch.setattr("sio_client.user_agent.routes.proxies.proxy_bypass", lambda host: bypass)
    assert proxy_host(make_net("http://chat.example", trust_env=True), "opening") == host


def test_all_proxy(make_net, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "http://one")
    assert proxy_host(make_net("https://chat.example", trust_env=True), "opening") == "one"


def test_what_is_given_comes_before_the_environment(make_net, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://one")
    given = {"http": "http://two", "http://chat.example": "http://three", "ws": "http://four"}
    net = make_net("http://other.example", trust_env=True, proxies=given)
    assert proxy_host(net) == "two"
    assert proxy_host(net, "opening") == "four"
    net = make_net("http://chat.example", trust_env=True, proxies=given)
    assert proxy_host(net) == "three"
    net = make_net("http://chat.example", trust_env=True, proxies={"http": ""})
    assert proxy_host(net) == "chat.example"
    net = make_net("http://chat.example", trust_env=True, proxies={"https": "http://two"})
    assert proxy_host(net) == "one"


def test_a_websocket_behind_a_proxy_opens(make_net):
    net = make_net("http://chat.example", proxies={"http": "http://proxy.example"})
    net.opening()
    net.written()
    net.receive(WAY_FREE)
    net.receive(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
    lost = net.take()
    assert (lost.status, lost.body) == (403, b"no")
    assert not isinstance(lost, SocketOpened)

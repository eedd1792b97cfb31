"""`agent.py`: redirects of the handshake, and who gets to see credentials on the way."""

import pytest

from sio_client.user_agent.errors import BadRedirect, ProxyFailed
from sio_client.user_agent.orders import OpenPipe
from sio_client.user_agent.results import Answered, SocketOpened

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def redirect(location, status=302, more=""):
    return (
        f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\n{more}Content-Length: 0\r\n\r\n"
    ).encode()


@pytest.mark.parametrize(
    "location",
    ["http://other.example/", "http://chat.example:81/", "https://chat.example:444/", "//other"],
)
def test_another_host_or_port_is_not_gone_to_unless_asked(make_net, location):
    for kind in ("get", "opening"):
        net = make_net("http://chat.example?token=t", headers=(("X-Mine", "1"),))
        getattr(net, kind)()
        net.receive(redirect(location))
        error = net.take().error
        assert isinstance(error, BadRedirect)
        assert "redirects_to_other_hosts=True" in str(error)
        assert "token" not in str(error)
        assert len(net.opens) == 1


def test_from_tls_of_the_same_host_nothing_leads_on_to_another(make_net):
    net = make_net("http://chat.example")
    net.get()
    net.receive(redirect("https://chat.example/"))
    net.connect()
    net.receive(redirect("https://chat.example/again/"))
    assert net.results == []
    net.receive(redirect("https://other.example/"))
    assert isinstance(net.take().error, BadRedirect)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_handshake_is_sent_to_another_host_if_asked(make_net, status):
    net = make_net("http://chat.example:5000", redirects_to_other_hosts=True)
    net.get()
    net.receive(redirect("http://other.example/app/socket.io/?x=1", status))
    assert net.closed == [1]
    assert net.opens[-1] == OpenPipe(2, "other.example", 80, None)
    net.connect()
    seen = net.request()
    assert seen.target == "/app/socket.io/?EIO=4&transport=polling"
    assert seen.headers["host"] == "other.example"
    net.receive(OK)
    assert isinstance(net.take(), Answered)
    assert net.agent.endpoint.url == "http://other.example/app/socket.io/"
    net.opening(2)
    assert net.opens[-1] == OpenPipe(3, "other.example", 80, None)
    assert net.request().target == "/app/socket.io/?EIO=4&transport=websocket"


def test_a_relative_target_goes_over_the_same_pipe(make_net):
    net = make_net("http://chat.example?token=t")
    net.get()
    net.receive(redirect("/é/other".encode().decode("latin-1")).decode().encode("latin-1"))
    assert len(net.opens) == 1
    net.written()
    net.receive(redirect("../x/"))
    assert net.request().target == "/x/?token=t&EIO=4&transport=polling"
    net.receive(OK)
    assert net.take().status == 200


def test_a_websocket_is_sent_to_tls(make_net):
    net = make_net("http://chat.example")
    net.opening()
    net.receive(b"HTTP/1.1 301 Moved\r\nLocation: https://chat.example/socket.io/\r\n\r\n")
    assert (net.closed, net.results) == ([1], [])
    assert net.opens[-1] == OpenPipe(2, "chat.example", 443, "chat.example")
    net.connect()
    assert net.request().target == "/socket.io/?EIO=4&transport=websocket"


def test_a_websocket_may_be_sent_to_wss(make_net):
    net = make_net("http://chat.example:5000", redirects_to_other_hosts=True)
    net.opening()
    net.receive(redirect("wss://other.example"))
    net.connect()
    assert net.request().target == "/?EIO=4&transport=websocket"


@pytest.mark.parametrize(
    "location",
    [
        "http://chat.example/",
        "http://chat.example:99999/",
        "https://[::1/",
        "https://exa mple/",
        "https://a..b/",
        "https://\xff\xfe/",
        "ftp://chat.example/",
        "javascript:x",
    ],
)
def test_targets_that_are_not_gone_to(make_net, location):
    for kind in ("get", "opening"):
        net = make_net("https://chat.example")
        getattr(net, kind)()
        net.receive(redirect(location).decode().encode("latin-1"))
        assert isinstance(net.take().error, BadRedirect)
        assert len(net.opens) == 1


def test_too_many(net):
    net.get()
    for _ in range(5):
        net.receive(redirect("/again/"))
        assert net.results == []
    net.receive(redirect("/again/"))
    assert isinstance(net.take().error, BadRedirect)


def test_a_proxy_that_is_not_supported_on_the_way_to_the_target(make_net):
    proxies = {"https://chat.example": "socks5://p"}
    net = make_net("http://chat.example", proxies=proxies)
    net.get()
    net.receive(redirect("https://chat.example/"))
    assert isinstance(net.take().error, ProxyFailed)


def test_no_redirect_after_the_handshake(net):
    net.get()
    net.receive(OK)
    net.take()
    net.get(2)
    net.receive(redirect("http://other.example/"))
    assert net.take().status == 302


def test_no_redirect_after_a_websocket_stands(net):
    net.websocket()
    assert net.take() == SocketOpened(1)
    net.opening(2)
    net.receive(redirect("http://other.example/"))
    assert net.take().status == 302


def test_no_redirect_for_a_post_or_without_a_target(net):
    net.post()
    net.receive(redirect("http://other.example/"))
    assert net.take().status == 302
    net.get(2)
    net.receive(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n")
    assert net.take().status == 302


SECRETS = {
    "headers": (("Authorization", "Bearer t"), ("Cookie", "mine=1"), ("X-Mine", "1")),
}


def headers_after(make_net, url, location, **settings):
    net = make_net(url, redirects_to_other_hosts=True, **settings)
    net.get()
    before = net.request().headers
    net.receive(redirect(location, more="Set-Cookie: set=2\r\n"))
    if len(net.opens) > 1:
        net.connect()
    return before, net.request().headers


def test_credentials_are_not_for_another_host(make_net):
    url, other = "http://chat.example", "http://other.example/"
    before, after = headers_after(make_net, url, other, **SECRETS)
    assert (before["authorization"], before["cookie"]) == ("Bearer t", "mine=1")
    assert after["x-mine"] == "1"
    assert "authorization" not in after
    assert "cookie" not in after
    before, after = headers_after(make_net, "http://u:p@chat.example", other)
    assert before["authorization"] == "Basic dTpw"
    assert "authorization" not in after
    before, after = headers_after(make_net, url, other, auth=("u", "p"))
    assert before["authorization"] == "Basic dTpw"
    assert "authorization" not in after


@pytest.mark.parametrize("target", ["http://chat.example:81/", "https://chat.example:444/"])
def test_credentials_are_not_for_another_port(make_net, target):
    _, after = headers_after(make_net, "http://chat.example", target, **SECRETS)
    assert "authorization" not in after


@pytest.mark.parametrize("target", ["/other/", "https://chat.example/", "http://CHAT.example:80/"])
def test_credentials_follow_to_the_same_server(make_net, target):
    _, after = headers_after(make_net, "http://chat.example", target, **SECRETS)
    assert after["authorization"] == "Bearer t"
    assert "mine=1" in after["cookie"]


PROXY_SECRET = ("Proxy-Authorization", "Basic c2VjcmV0")


def test_proxy_authorization_is_for_no_server(make_net):
    settings = {"headers": (PROXY_SECRET,), "websocket_headers": (PROXY_SECRET,)}
    before, after = headers_after(make_net, "http://a.example", "http://b.example/", **settings)
    assert "proxy-authorization" not in {**before, **after}
    net = make_net("http://a.example", **settings)
    net.opening()
    assert "proxy-authorization" not in net.request().headers
    # What is of the user's own making goes to the proxy that is asked for whole URLs.
    net = make_net("http://a.example", proxies={"all": "http://proxy.example"}, **settings)
    net.get()
    assert net.request().headers["proxy-authorization"] == "Basic c2VjcmV0"


def test_a_cookie_set_on_the_way_is_kept(make_net):
    _, after = headers_after(make_net, "http://chat.example", "/socket.io/")
    assert after["cookie"] == "set=2"
    net = make_net("http://chat.example")
    net.opening()
    net.receive(redirect("/socket.io/", more="Set-Cookie: set=3\r\n"))
    net.connect()
    assert net.request().headers["cookie"] == "set=3"

"""`settings.py`, `cookies.py`: what is sent along and trusted."""

from dataclasses import FrozenInstanceError
from http.cookiejar import CookieJar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sio_client.settings.settings import Settings
from sio_client.user_agent.http.cookies import add_cookie, cookie_header, keep_cookies, new_jar

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize(
    "settings",
    [
        {"headers": (("A B", "x"),)},
        {"headers": (("", "x"),)},
        {"headers": (("X", "secret\r\nY: z"),)},
        {"websocket_headers": (("X", "secret\0"),)},
        {"origin": "secret\n"},
        {"subprotocols": ("secret, b",)},
    ],
)
def test_headers_that_http_cannot_carry(settings):
    with pytest.raises(ValueError, match=r"header|subprotocol") as caught:
        Settings(**settings)
    assert "secret" not in str(caught.value)


def test_secrets_are_not_shown():
    settings = Settings(headers=(("X", "secret"),), auth=("u", "secret"), proxies={"all": "secret"})
    assert "secret" not in repr(settings)


def test_they_do_not_change():
    with pytest.raises(FrozenInstanceError):
        Settings().trust_env = False


def test_headers_override_defaults_but_not_framing(make_net):
    net = make_net(
        "http://chat.example",
        headers=(
            ("user-agent", "mine/1"),
            ("HOST", "virtual.example"),
            ("Content-Type", "x/y"),
            ("Content-Length", "99"),
            ("Transfer-Encoding", "chunked"),
            ("X-Name", " é€ "),
            ("X-Latin", "é"),
            ("X-Empty", ""),
        ),
    )
    net.post(1, b"4hello")
    seen = net.request()
    assert seen.body == b"4hello"
    assert seen.headers["user-agent"] == "mine/1"
    assert seen.headers["host"] == "virtual.example"
    assert seen.headers["content-type"] == "text/plain;charset=UTF-8"
    assert seen.headers["content-length"] == "6"
    assert "transfer-encoding" not in seen.headers
    assert seen.headers["x-name"].encode("latin-1").decode() == "é€"
    assert (seen.headers["x-latin"], seen.headers["x-empty"]) == ("é", "")


def test_basic_authentication(make_net):
    for url, settings, expected in [
        ("http://u:p@a", {}, "Basic dTpw"),
        ("http://u:p@a", {"auth": ("ü", "q")}, "Basic w7w6cQ=="),
        ("http://u:p@a", {"headers": (("authorization", "Bearer t"),)}, "Bearer t"),
    ]:
        net = make_net(url, **settings)
        net.get()
        assert net.request().headers["authorization"] == expected
        net.opening(2)
        assert net.request().headers["authorization"] == expected


def test_cookies_are_kept_and_sent(make_net):
    net = make_net("http://chat.example", headers=(("Cookie", "mine=0"),))
    net.get()
    assert net.request().headers["cookie"] == "mine=0"
    net.receive(
        b"HTTP/1.1 200 OK\r\nSet-Cookie: io=abc; Path=/; HttpOnly\r\nSet-Cookie: b=2; Secure\r\n"
        b"Set-Cookie: c=3; Domain=other.example\r\nContent-Length: 0\r\n\r\n"
    )
    net.get(2)
    assert net.request().headers["cookie"] == "io=abc; mine=0"
    net.opening(3)
    assert net.request().headers["cookie"] == "io=abc; mine=0"
    again = make_net("http://chat.example", cookies=net.settings.cookies)
    again.get()
    assert again.request().headers["cookie"] == "io=abc"


def test_cookies_of_a_refused_websocket_are_kept(net):
    net.opening()
    net.receive(b"HTTP/1.1 401 No\r\nSet-Cookie: a=1\r\nContent-Length: 0\r\n\r\n")
    net.get()
    assert net.request().headers["cookie"] == "a=1"


def test_a_cookie_without_a_domain_is_for_its_host_alone():
    jar = new_jar()
    keep_cookies(jar, "http://chat.example/", [("set-cookie", "a=1"), ("x", "b=2")])
    assert cookie_header(jar, "http://chat.example/") == "a=1"
    assert cookie_header(jar, "http://sub.chat.example/") == ""
    keep_cookies(jar, "http://localhost:5000/", [("set-cookie", "c=3")])
    assert cookie_header(jar, "http://localhost:80/") == "c=3"


def test_cookies_of_ones_own():
    jar = new_jar()
    add_cookie(jar, "every", "1")
    add_cookie(jar, "one", "2", domain="localhost", host_only=True)
    add_cookie(jar, "all", "3", domain="chat.example", secure=True)
    assert cookie_header(jar, "http://localhost:5000/x") == "every=1; one=2"
    assert cookie_header(jar, "http://[::1]/") == "every=1"
    assert set(cookie_header(jar, "https://sub.chat.example/").split("; ")) == {"every=1", "all=3"}
    assert cookie_header(jar, "http://chat.example/") == "every=1"


def test_a_jar_does_not_grow_without_bound():
    jar = new_jar()
    for start in range(0, 9000, 1000):
        values = [("set-cookie", f"c{number}=1") for number in range(start, start + 1000)]
        keep_cookies(jar, "http://a.example/", values)
    assert len(jar) == 3000


def test_cookies_that_no_header_can_carry_are_not_sent():
    jar = new_jar()
    add_cookie(jar, "a", "b\r\nc")
    assert cookie_header(jar, "http://a.example/") == ""


def test_a_jar_that_fails_is_no_failure():
    class Broken(CookieJar):
        def extract_cookies(self, response, request):
            raise RuntimeError

    keep_cookies(Broken(), "http://a.example/", [("set-cookie", "a=1")])


@given(st.lists(st.text(st.characters(max_codepoint=255))))
def test_any_set_cookie_is_taken_or_left(values):
    jar = new_jar()
    keep_cookies(jar, "http://a.example/", [("set-cookie", value) for value in values])
    assert "\n" not in cookie_header(jar, "http://a.example/")


@pytest.mark.filterwarnings("error::UserWarning")
@pytest.mark.parametrize(
    "value",
    [
        "a=1; expires=Wed, 01-Jan-999999 00:00:00 GMT",
        f"a=1; max-age={'9' * 5000}",
        "a=1; expires=" + "0" * 10_000,
    ],
)
def test_odd_dates_are_no_failure(value):
    keep_cookies(new_jar(), "http://a.example/", [("set-cookie", value)])

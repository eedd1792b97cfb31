"""`from_http_session.py`, `from_websocket_options.py`: real sessions of requests and aiohttp."""

import ssl
from dataclasses import replace
from types import SimpleNamespace

import aiohttp
import pytest
import requests
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth, HTTPDigestAuth
from yarl import URL

from sio_client.settings.from_http_session import settings_from
from sio_client.settings.from_websocket_options import ignored_options
from sio_client.settings.settings import MAX_MESSAGE_BYTES, Settings
from sio_client.settings.tls_context import Contexts
from sio_client.user_agent.agent_settings import SeenAnswer
from sio_client.user_agent.http.cookies import cookie_header, keep_cookies

# Newer versions of aiohttp deprecate BasicAuth; the sessions that have it stay.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(autouse=True)
def _no_bundles(monkeypatch):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def session():
    with requests.Session() as session:
        yield session


def contexts(monkeypatch):
    """Record how contexts are made and which certificates they load."""
    seen = []

    class Context:
        check_hostname = True
        verify_mode = ssl.CERT_REQUIRED

        def load_cert_chain(self, *files):
            seen.append(files)

    def create(**options):
        seen.append(options)
        return Context()

    monkeypatch.setattr(ssl, "create_default_context", create)
    monkeypatch.setattr("sio_client.settings.settings.CONTEXTS", Contexts())
    return seen


# ---------------------------------------------------------------- nothing, and what is neither


def test_nothing_given():
    found = settings_from()
    assert found == Settings(cookies=found.cookies, proxies={})
    assert found.trust_env
    assert found.tls.verify_mode is ssl.CERT_REQUIRED


def test_no_verification():
    context = settings_from(ssl_verify=False).tls
    assert context is not None
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_NONE, False)


@pytest.mark.parametrize("other", [object(), "session", requests, aiohttp])
def test_what_is_no_session(other):
    with pytest.raises(TypeError, match=r"requests\.Session or an aiohttp\.ClientSession"):
        settings_from(other)


# ---------------------------------------------------------------- requests


def test_a_fresh_session_adds_nothing(session):
    settings = settings_from(session)
    assert settings.headers == ()
    assert (settings.auth, settings.ssl_context, settings.trust_env) == (None, None, True)


def test_headers_of_a_session(session):
    session.headers.update({"X-One": "1", "X-Two": b"2", "User-Agent": "mine"})
    settings = settings_from(session, headers={"x-one": "override"})
    assert settings.headers == (("User-Agent", "mine"), ("x-one", "override"), ("X-Two", "2"))
    session.headers["X-Two"] = None
    assert dict(settings_from(session).headers) == {"User-Agent": "mine", "X-One": "1"}


def test_cookies_of_a_session_are_shared(session):
    session.cookies.set("mine", "1")
    settings = settings_from(session)
    assert settings.cookies is session.cookies
    assert cookie_header(settings.cookies, "http://anywhere.example/") == "mine=1"
    session.cookies = {"mine": "1"}
    assert list(settings_from(session).cookies) == []


@pytest.mark.parametrize(
    "auth", [("user", "pass"), (b"user", b"pass"), HTTPBasicAuth("user", "pass")]
)
def test_basic_authentication_of_a_session(session, auth):
    session.auth = auth
    assert settings_from(session).auth == ("user", "pass")


def test_digest_authentication_of_a_session_is_refused(session):
    session.auth = HTTPDigestAuth("user", "secret")
    with pytest.raises(TypeError, match="HTTPDigestAuth, must be basic or set headers") as caught:
        settings_from(session)
    assert "secret" not in str(caught.value)


def test_a_function_authenticates_a_request_of_a_session(session):
    urls = []

    def sign(request):
        urls.append((request.method, request.url))
        request.headers["Authorization"] = "Bearer abc"
        request.prepare_url(request.url, {"signed": "1"})
        return request

    session.auth = sign
    session.params = {"tenant": "a b", "also": ["1", "2"]}
    settings = settings_from(session, url="https://chat.example/socket.io/")
    asked = "https://chat.example/socket.io/?tenant=a+b&also=1&also=2"
    assert urls == [("GET", asked)]
    assert settings.headers == (("Authorization", "Bearer abc"),)
    assert (settings.auth, settings.query) == (None, "tenant=a+b&also=1&also=2&signed=1")


def test_a_session_that_only_looks_like_one():
    nothing = {"cert": None, "proxies": {}, "cookies": {}, "auth": None}
    session = SimpleNamespace(verify=True, trust_env=True, headers={"X-One": "1"}, **nothing)
    assert settings_from(session).headers == (("X-One", "1"),)
    session.auth = lambda request: request
    with pytest.raises(TypeError, match="function, must be basic"):
        settings_from(session)


def test_a_function_that_returns_a_session(session):
    session.headers["X-One"] = "1"
    assert settings_from(lambda: session).headers == (("X-One", "1"),)


def test_credentials_of_the_users_file(session, monkeypatch, tmp_path):
    file = tmp_path / "netrc"
    file.write_text("machine chat.example login user password pass\n")
    monkeypatch.setenv("NETRC", str(file))
    url = "http://chat.example/"
    assert dict(settings_from(session, url=url).headers) == {"Authorization": "Basic dXNlcjpwYXNz"}
    session.trust_env = False
    assert settings_from(session, url=url).headers == ()


def test_hooks_of_a_session_are_called(session):
    seen = []

    def look(response, **how):
        seen.append((response, how["stream"]))
        return "of no use"

    session.hooks["response"].append(look)
    answer = SeenAnswer(
        "GET",
        "http://chat.example/socket.io/?a=1",
        404,
        (("content-type", "application/json; charset=utf-8"), ("via", "a"), ("via", "b")),
        '{"é": 1}'.encode(),
    )
    settings_from(session).on_answer(answer)
    ((response, streamed),) = seen
    assert isinstance(response, requests.Response)
    assert (response.status_code, response.reason, streamed) == (404, "Not Found", False)
    assert (response.url, response.request.method) == (answer.url, "GET")
    assert response.json() == {"é": 1}
    assert response.headers["Via"] == "a, b"
    with pytest.raises(requests.HTTPError, match="404"):
        response.raise_for_status()


def unheeded(session, url="https://chat.example/"):
    told = {}
    return told, settings_from(session, url=url, say=told.__setitem__)


def test_a_fresh_session_is_heeded_in_everything(session):
    assert unheeded(session)[0] == {}


def test_tls_of_an_adapter(session):
    context = ssl.create_default_context()

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args, **kwargs):
            super().init_poolmanager(*args, ssl_context=context, **kwargs)

    session.mount("https://chat.example", Adapter(pool_maxsize=50))
    told, settings = unheeded(session)
    assert (told, settings.tls) == ({}, context)
    assert settings_from(session, url="https://other.example/").ssl_context is None
    session.verify = False
    assert unheeded(session)[1].tls.verify_mode is ssl.CERT_NONE
    session.verify, session.cert = "authorities.pem", "mine.pem"
    told, settings = unheeded(session)
    assert settings.tls is context
    assert list(told) == ["cert", "verify"]
    assert told["cert"] == "the adapter Adapter has an ssl_context: load the certificate into it"


def test_an_adapter_that_takes_any_name(session):
    class Adapter(HTTPAdapter):
        names = False

        def init_poolmanager(self, *args, **kwargs):
            super().init_poolmanager(*args, assert_hostname=self.names, **kwargs)

    class Other(Adapter):
        names = "other.example"

    session.mount("https://", Adapter())
    told, settings = unheeded(session)
    assert (told, settings.check_hostname) == ({}, False)
    session.mount("https://", Other())
    told, settings = unheeded(session)
    assert list(told) == ["assert_hostname of the adapter Other"]
    assert settings.check_hostname


def test_what_of_a_session_is_not_used_is_told_by_name(session):
    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args, **kwargs):
            super().init_poolmanager(*args, source_address=("127.0.0.1", 0), **kwargs)

        def send(self, request, **kwargs):
            raise AssertionError

    class Session(requests.Session):
        def request(self, *args, **kwargs):
            raise AssertionError

    session = Session()
    session.mount("https://", Adapter(max_retries=3))
    session.max_redirects = 1
    assert list(unheeded(session)[0]) == [
        "Session.request",
        "max_redirects",
        "the adapter Adapter",
        "max_retries of the adapter Adapter",
        "source_address of the adapter Adapter",
    ]
    context = ssl.create_default_context()
    session.mount("https://", Named(context))
    assert "assert_hostname of the adapter Named" in unheeded(session)[0]


class Named(HTTPAdapter):
    """An adapter whose context, and not itself, says whether names are checked."""

    def __init__(self, context):
        self.context = context
        super().__init__()

    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, ssl_context=self.context, assert_hostname=False, **kwargs)


def test_proxies_of_a_session(session):
    session.proxies = {"http": "http://proxy.example"}
    session.trust_env = False
    settings = settings_from(session)
    assert settings.proxy_for("ws", "chat.example", 80).host == "proxy.example"
    assert not settings.trust_env


def test_verification_of_a_session(session, monkeypatch, tmp_path):
    seen = contexts(monkeypatch)
    session.verify = str(tmp_path)
    assert settings_from(session).tls
    session.verify = tmp_path / "ca.pem"
    assert settings_from(session).tls
    session.verify = False
    assert settings_from(session).tls.verify_mode is ssl.CERT_NONE
    assert seen == [
        {"cafile": None, "capath": str(tmp_path)},
        {"cafile": str(tmp_path / "ca.pem"), "capath": None},
        {},
    ]


def test_a_certificate_of_the_clients(session, monkeypatch):
    seen = contexts(monkeypatch)
    session.cert = "both.pem"
    assert settings_from(session).tls
    for pair in (("cert.pem", "key.pem"), ["cert.pem", "key.pem"]):
        session.cert = pair
        context = settings_from(session, ssl_verify=False).tls
        assert context.verify_mode is ssl.CERT_NONE
    assert seen == [{}, ("both.pem",), {}, ("cert.pem", "key.pem")]


def test_a_file_that_is_not_there(session):
    session.verify = "no-such-file.pem"
    with pytest.raises(OSError):
        _ = settings_from(session).tls


def test_authorities_of_the_environment(session, monkeypatch):
    seen = contexts(monkeypatch)
    monkeypatch.setenv("CURL_CA_BUNDLE", "curl.pem")
    assert settings_from(session).tls
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "requests.pem")
    assert settings_from(session).tls
    session.trust_env = False
    assert settings_from(session).verify is True
    assert [options["cafile"] for options in seen] == ["curl.pem", "requests.pem"]


# ---------------------------------------------------------------- aiohttp


async def test_a_fresh_client_session_adds_nothing():
    async with aiohttp.ClientSession() as session:
        settings = settings_from(session)
    assert settings == Settings(cookies=settings.cookies, proxies={}, trust_env=False)


async def test_a_client_session():
    async with aiohttp.ClientSession(
        headers={"X-One": "1"},
        auth=aiohttp.BasicAuth("user", "pass"),
        trust_env=True,
        cookies={"every": "1"},
    ) as session:
        session.cookie_jar.update_cookies({"host": "2"}, URL("http://chat.example/"))
        session.cookie_jar.update_cookies({"local": "3"}, URL("http://localhost/"))
        settings = settings_from(session, headers=[("X-Two", "2")])
    assert settings.headers == (("X-One", "1"), ("X-Two", "2"))
    assert (settings.auth, settings.trust_env) == (("user", "pass"), True)
    assert set(cookie_header(settings.cookies, "http://chat.example/").split("; ")) == {
        "every=1",
        "host=2",
    }
    assert cookie_header(settings.cookies, "http://sub.chat.example/") == "every=1"
    assert set(cookie_header(settings.cookies, "http://localhost:5000/").split("; ")) == {
        "every=1",
        "local=3",
    }


def set_cookies(jar, url, *headers):
    keep_cookies(jar, url, [("set-cookie", header) for header in headers])


async def test_cookies_are_those_of_the_sessions_jar():
    url = "http://chat.example/socket.io/"
    async with aiohttp.ClientSession() as session:
        jar = settings_from(session).cookies
        assert (len(jar), cookie_header(jar, url)) == (0, "")
        set_cookies(jar, url, "lb=1; Path=/; HttpOnly", "tls=1; Path=/; Secure", "", "=;")
        set_cookies(jar, url, "foreign=1; Domain=other.example")
        found = session.cookie_jar.filter_cookies(URL(url))
        assert {name: morsel.value for name, morsel in found.items()} == {"lb": "1"}
        session.cookie_jar.update_cookies({"mine": "2"}, URL(url))
        assert set(cookie_header(jar, url).split("; ")) == {"lb=1", "mine=2"}
        assert len(jar) == len(list(jar)) == 3
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        jar = settings_from(session).cookies
        set_cookies(jar, url, "lb=1; Path=/")
        assert cookie_header(jar, url) == ""


async def test_what_of_a_client_session_is_not_used_is_told_by_name():
    class Connector(aiohttp.TCPConnector):
        pass

    class Resolver(aiohttp.abc.AbstractResolver):
        async def resolve(self, host, port=0, family=0): ...
        async def close(self): ...

    async def middleware(request, handler):
        raise AssertionError

    connector = Connector(resolver=Resolver(), local_addr=("127.0.0.1", 0), socket_factory=print)
    async with aiohttp.ClientSession(
        connector=connector,
        trace_configs=[aiohttp.TraceConfig()],
        middlewares=[middleware],
        skip_auto_headers=["User-Agent"],
        timeout=aiohttp.ClientTimeout(total=7),
    ) as session:
        assert list(unheeded(session)[0]) == [
            "trace_configs",
            "middlewares",
            "skip_auto_headers",
            "timeout",
            "the connector Connector",
            "resolver of the connector: Resolver",
            "local_addr of the connector",
            "socket_factory of the connector",
        ]
    connector = aiohttp.UnixConnector("/no/such/socket")
    async with aiohttp.ClientSession(connector=connector) as session:
        assert list(unheeded(session)[0]) == ["the connector UnixConnector"]
    async with aiohttp.ClientSession() as session:
        assert unheeded(session)[0] == {}


async def test_tls_of_a_client_session():
    context = ssl.create_default_context()
    for given, check in [
        (True, lambda found: found.verify_mode is ssl.CERT_REQUIRED),
        (False, lambda found: found.verify_mode is ssl.CERT_NONE),
        (context, lambda found: found is context),
    ]:
        connector = aiohttp.TCPConnector(ssl=given)
        async with aiohttp.ClientSession(connector=connector) as session:
            assert check(settings_from(session).tls)
    connector = aiohttp.TCPConnector(ssl=context)
    async with aiohttp.ClientSession(connector=connector) as session:
        found = settings_from(session, ssl_verify=False).tls
        assert found is not context
        assert found.verify_mode is ssl.CERT_NONE
    connector = aiohttp.TCPConnector(ssl=aiohttp.Fingerprint(bytes(32)))
    async with aiohttp.ClientSession(connector=connector) as session:
        with pytest.raises(TypeError, match="connector"):
            settings_from(session)


async def test_the_proxy_of_a_client_session():
    async with aiohttp.ClientSession(
        proxy="http://proxy.example:3128", proxy_auth=aiohttp.BasicAuth("u@", "p")
    ) as session:
        proxy = settings_from(session).proxy_for("https", "chat.example", 443)
    assert (proxy.host, proxy.port, proxy.authorization) == (
        "proxy.example",
        3128,
        "Basic dUA6cA==",
    )


# ---------------------------------------------------------------- websocket_extra_options


async def test_contexts_for_servers_are_refused():
    # Python refuses to connect with them, also in aiohttp, but says nothing of what to do.
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    refused = pytest.raises(ValueError, match=r"with ssl\.create_default_context\(\), without")
    connector = aiohttp.TCPConnector(ssl=context)
    async with aiohttp.ClientSession(connector=connector) as session:
        with refused:
            settings_from(session)
    for options in ({"ssl": context}, {"ssl_context": context}, {"sslopt": {"context": context}}):
        with refused:
            of(**options)


def of(**options):
    return settings_from(websocket_extra_options=options)


def test_headers_among_the_options():
    assert of(header=["X-One: 1", "X-Two:2"]).websocket_headers == (("X-One", "1"), ("X-Two", "2"))
    assert of(header={"X-One": "1"}, headers={"x-one": "2"}).websocket_headers == (("x-one", "2"),)
    assert of(cookie="a=1", auth=("u", "p")).websocket_headers == (
        ("Cookie", "a=1"),
        ("Authorization", "Basic dTpw"),
    )
    with pytest.raises(ValueError, match="Name: value"):
        of(header=["secret"])


def test_words_of_the_handshake_among_the_options():
    settings = of(origin="http://page.example", subprotocols=["a"])
    assert (settings.origin, settings.subprotocols) == ("http://page.example", ("a",))
    assert of(protocols=("b",)).subprotocols == ("b",)


def test_the_size_of_messages_among_the_options():
    assert of(max_msg_size=10).max_message_bytes == 10
    assert of(max_msg_size=0).max_message_bytes == MAX_MESSAGE_BYTES


def test_tls_among_the_options(monkeypatch):
    context = ssl.create_default_context()
    assert of(ssl=context).ssl_context is context
    assert of(ssl_context=context).ssl_context is context
    assert of(sslopt={"context": context}).ssl_context is context
    assert of(ssl=True).tls.verify_mode is ssl.CERT_REQUIRED
    assert of(ssl=False).tls.verify_mode is ssl.CERT_NONE
    assert of(sslopt={"cert_reqs": ssl.CERT_NONE}).tls.verify_mode is ssl.CERT_NONE
    unnamed = of(sslopt={"check_hostname": False}).tls
    assert (unnamed.check_hostname, unnamed.verify_mode) == (False, ssl.CERT_REQUIRED)
    verify_nothing = settings_from(
        ssl_verify=False, websocket_extra_options={"sslopt": {"ca_certs": "no-such-file"}}
    )
    assert verify_nothing.tls.verify_mode is ssl.CERT_NONE
    seen = contexts(monkeypatch)
    assert of(sslopt={"ca_certs": "ca.pem", "certfile": "cert.pem", "keyfile": "key.pem"}).tls
    assert of(sslopt={"certfile": "both.pem"}).tls
    assert seen == [
        {"cafile": "ca.pem", "capath": None},
        ("cert.pem", "key.pem"),
        {},
        ("both.pem",),
    ]


def test_tls_options_that_are_not_supported():
    with pytest.raises(ValueError, match="ciphers"):
        of(sslopt={"ciphers": "x"})
    with pytest.raises(ValueError, match="ssl must be"):
        of(ssl="yes")


@pytest.mark.parametrize(
    ("options", "host", "port", "authorization"),
    [
        ({"proxy": "http://proxy:3128"}, "proxy", 3128, None),
        ({"proxy": "proxy:1", "proxy_auth": ("u", "p")}, "proxy", 1, "Basic dTpw"),
        ({"http_proxy_host": "proxy"}, "proxy", 80, None),
        (
            {"http_proxy_host": "::1", "http_proxy_port": "9", "http_proxy_auth": ("u", None)},
            *("::1", 9, "Basic dTo="),
        ),
    ],
)
def test_proxies_among_the_options(options, host, port, authorization):
    settings = of(**options)
    proxy = settings.proxy_for("wss", "chat.example", 443)
    assert (proxy.host, proxy.port, proxy.authorization) == (host, port, authorization)
    assert settings.proxies.get("http") is None


def test_the_options_without_effect():
    assert ignored_options({"timeout": 1, "heartbeat": 2, "header": {}}) == ["heartbeat", "timeout"]


# ---------------------------------------------------------------- settings


def test_settings_take_the_place_of_a_session():
    base = Settings(headers=(("X-One", "1"), ("X-Two", "2")), max_message_bytes=10, origin="a")
    found = settings_from(settings=base, headers={"x-one": "3"})
    assert found == replace(base, headers=(("x-one", "3"), ("X-Two", "2")))
    assert found.cookies is base.cookies
    found = settings_from(settings=base, websocket_extra_options={"header": ["X-Three: 3"]})
    assert found == replace(base, websocket_headers=(("X-Three", "3"),), proxies={})


def test_settings_that_are_not_to_verify():
    context = ssl.create_default_context()
    found = settings_from(settings=Settings(ssl_context=context), ssl_verify=False)
    assert found.tls.verify_mode is ssl.CERT_NONE
    assert context.verify_mode is ssl.CERT_REQUIRED
    found = settings_from(settings=Settings(certificate="mine.pem"), ssl_verify=False)
    assert (found.verify, found.certificate) == (False, "mine.pem")

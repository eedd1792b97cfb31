"""Both clients through a proxy, from a session or from the environment, with TLS and without."""

import base64
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import requests

from sio_core.exceptions import ConnectionError
from tests.support.census import Census
from tests.support.certificates import Certificate, make_authority, server_context, sign
from tests.support.driven import Drive, Driven
from tests.support.hostile import Host
from tests.support.proxy import Proxy

pytest_plugins = ["tests.support.client_fixtures"]

TRANSPORTS = (["polling"], ["websocket"], ["polling", "websocket"])
every_transport = pytest.mark.parametrize("transports", TRANSPORTS, ids="-".join)
# Never looked up: whoever asks for it has a proxy that knows it.
NAME = "somewhere.example"
VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have an environment that names no proxy."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """Return an authority for certificates."""
    return make_authority(tmp_path_factory.mktemp("authority"), "authority")


@pytest.fixture
async def secure_host(authority: Certificate, tmp_path: Path) -> AsyncIterator[Host]:
    """Return a host with a certificate for NAME."""
    host = Host()
    await host.start(server_context(sign(authority, tmp_path, "server", f"DNS:{NAME}")))
    async with host:
        yield host


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """Return a proxy that lets everybody through."""
    async with Proxy() as running:
        yield running


async def works(client: Driven) -> None:
    """The connection carries events."""
    await client.emit("echo", 1)
    assert await client.received("echoed") == [(1,)]
    assert await client.call("ask", 2) == 2


@every_transport
async def test_from_a_session(
    drive: Drive, host: Host, proxy: Proxy, transports: list[str], census: Census
) -> None:
    session = requests.Session()
    session.proxies = {"http": f"http://{proxy.address}"}
    client = drive(http_session=session)
    client.watch()
    await client.connect(f"http://{NAME}:{host.port}", transports=transports)
    await works(client)
    await client.disconnect()
    seen = set(proxy.targets)
    assert seen <= {f"{method} {NAME}:{host.port}" for method in ("GET", "POST", "CONNECT")}
    assert (f"CONNECT {NAME}:{host.port}" in seen) == ("websocket" in transports)
    assert {request.headers["host"] for request in host.requests} == {f"{NAME}:{host.port}"}
    assert all("proxy-authorization" not in request.headers for request in host.requests)
    await census.nothing_left(proxy.port)


@every_transport
@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
async def test_from_the_environment(
    drive: Drive,
    host: Host,
    proxy: Proxy,
    transports: list[str],
    variable: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(variable, f"http://{proxy.address}")
    client = drive()
    client.watch()
    await client.connect(f"http://{NAME}:{host.port}", transports=transports)
    await works(client)
    assert proxy.requests


@pytest.mark.parametrize("but", ["127.0.0.1", "*", "session"])
async def test_a_host_that_needs_none(
    drive: Drive, host: Host, proxy: Proxy, but: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.address}")
    session = requests.Session()
    if but == "session":
        session.trust_env = False
    else:
        monkeypatch.setenv("NO_PROXY", but)
    client = drive(http_session=session)
    client.watch()
    await client.connect(host.url)
    await works(client)
    assert not proxy.requests


@every_transport
async def test_tls_inside_a_tunnel(
    drive: Drive,
    secure_host: Host,
    authority: Certificate,
    transports: list[str],
    monkeypatch: pytest.MonkeyPatch,
    census: Census,
) -> None:
    credentials = "Basic " + base64.b64encode(b"me:a b@c").decode()
    async with Proxy(credentials) as proxy:
        session = requests.Session()
        session.verify = str(authority.chain)
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:a%20b%40c@{proxy.address}")
        client = drive(http_session=session)
        client.watch()
        await client.connect(f"https://{NAME}:{secure_host.port}", transports=transports)
        await works(client)
        await client.disconnect()
        assert set(proxy.targets) == {f"CONNECT {NAME}:{secure_host.port}"}
        with pytest.raises(ConnectionError) as caught:
            await client.connect(f"https://other.example:{secure_host.port}")
        assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)
        await census.nothing_left(proxy.port)


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "secure"])
@pytest.mark.parametrize("transports", [["polling"], ["websocket"]], ids="-".join)
@pytest.mark.parametrize("status", [407, 403])
async def test_a_proxy_that_refuses(
    drive: Drive, transports: list[str], status: int, secure: bool, census: Census
) -> None:
    async with Proxy("Basic something", refusal=0 if status == 407 else status) as proxy:
        url = f"http://user:hidden@{proxy.address}"
        session = requests.Session()
        session.proxies = {"all": url}
        client = drive(http_session=session)
        client.watch()
        target = f"http{'s' if secure else ''}://{NAME}:1"
        with pytest.raises(ConnectionError, match=str(status)) as caught:
            await client.connect(target, transports=transports)
        if status == 407:
            assert f"the proxy at {proxy.address} answered 407" in str(caught.value)
        assert len(client.got("connect_error")) == 1
        assert "hidden" not in f"{caught.value!r} {caught.value.__cause__!r} {client.events}"
        await census.nothing_left(proxy.port)


@pytest.mark.parametrize("transports", [["polling"], ["websocket"]], ids="-".join)
async def test_a_proxy_that_is_not_there(
    drive: Drive, transports: list[str], proxy: Proxy, census: Census
) -> None:
    session = requests.Session()
    await proxy.__aexit__(None, None, None)
    session.proxies = {"http": f"http://{proxy.address}"}
    client = drive(http_session=session)
    with pytest.raises(ConnectionError) as caught:
        await client.connect(f"http://{NAME}:1", transports=transports)
    assert caught.value.__cause__ is not None
    await census.nothing_left(proxy.port)

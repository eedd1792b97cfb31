"""TLS for both clients and both transports, with certificates made here."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import requests
from requests.adapters import HTTPAdapter

from sio_core.exceptions import ConnectionError
from tests.support.census import Census
from tests.support.certificates import Certificate, make_authority, server_context, sign
from tests.support.driven import KINDS, LIMIT, Drive, Driven, driving, in_thread
from tests.support.hostile import Host
from tests.support.peers import spawn
from tests.support.servers import Served

pytest_plugins = ["tests.support.client_fixtures"]

TRANSPORTS = (["polling"], ["websocket"], ["polling", "websocket"])
every_transport = pytest.mark.parametrize("transports", TRANSPORTS, ids="-".join)
each_transport = pytest.mark.parametrize("transports", TRANSPORTS[:2], ids="-".join)


@dataclass(frozen=True)
class Certificates:
    """Who signed what: `stranger` is an authority that nobody trusts."""

    authority: Certificate
    stranger: Certificate
    right: Certificate
    unknown: Certificate
    misnamed: Certificate
    client: Certificate


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Make everything once."""
    directory = tmp_path_factory.mktemp("certificates")
    authority = make_authority(directory, "authority")
    stranger = make_authority(directory, "stranger")
    here = "IP:127.0.0.1,DNS:localhost"
    return Certificates(
        authority,
        stranger,
        right=sign(authority, directory, "right", here),
        unknown=sign(stranger, directory, "unknown", here),
        misnamed=sign(authority, directory, "misnamed", "DNS:elsewhere.example"),
        client=sign(authority, directory, "client", "DNS:client.example"),
    )


@asynccontextmanager
async def serving(context: ssl.SSLContext) -> AsyncIterator[Host]:
    """Run a host with TLS."""
    host = Host()
    await host.start(context)
    # What fails is told to the client; the host's own log of it is of no use.
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    async with host:
        yield host


def by_requests(certificates: Certificates, own: bool) -> dict[str, Any]:
    """Trust in the authority, by a session of requests."""
    session = requests.Session()
    session.verify = str(certificates.authority.chain)
    if own:
        session.cert = (str(certificates.client.chain), str(certificates.client.key))
    return {"http_session": session}


def by_adapter(certificates: Certificates, own: bool) -> dict[str, Any]:
    """Trust in the authority, by the context of an adapter of requests."""
    context = ssl.create_default_context(cafile=str(certificates.authority.chain))
    if own:
        context.load_cert_chain(certificates.client.chain, certificates.client.key)

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, ssl_context=context, **kwargs)

    session = requests.Session()
    session.mount("https://", Adapter())
    return {"http_session": session}


def by_aiohttp(certificates: Certificates, own: bool) -> dict[str, Any]:
    """Trust in the authority, by a session of aiohttp."""
    context = ssl.create_default_context(cafile=str(certificates.authority.chain))
    if own:
        context.load_cert_chain(certificates.client.chain, certificates.client.key)
    return {"http_session": aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context))}


def by_sslopt(certificates: Certificates, own: bool) -> dict[str, Any]:
    """Trust in the authority, by the words of websocket-client."""
    sslopt = {"ca_certs": str(certificates.authority.chain)}
    if own:
        sslopt["certfile"] = str(certificates.client.chain)
        sslopt["keyfile"] = str(certificates.client.key)
    return {"websocket_extra_options": {"sslopt": sslopt}}


async def close(options: dict[str, Any]) -> None:
    """Close a session that has to be."""
    session = options.get("http_session")
    if isinstance(session, aiohttp.ClientSession):
        await session.close()


trust = pytest.mark.parametrize("trusting", [by_requests, by_adapter, by_aiohttp, by_sslopt])
Trusting = Callable[[Certificates, bool], dict[str, Any]]


async def works(client: Driven) -> None:
    """The connection carries events of every size."""
    for size in (1, 100_000):
        await client.emit("echo", "x" * size)
    assert await client.received("echoed", 2) == [("x",), ("x" * 100_000,)]


async def fails(client: Driven, host: Host, transports: list[str], census: Census) -> Exception:
    """The connection cannot be made. Returns why."""
    client.watch()
    with pytest.raises(ConnectionError) as caught:
        await client.connect(host.url, transports=transports)
    assert len(client.got("connect_error")) == 1
    assert client.got("connect") == []
    await census.nothing_left(host.port)
    cause = caught.value.__cause__
    assert isinstance(cause, Exception)
    assert str(cause) in str(caught.value)
    return cause


@every_transport
@trust
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
async def test_the_right_certificate(
    drive: Drive,
    certificates: Certificates,
    trusting: Trusting,
    transports: list[str],
    name: str,
    census: Census,
) -> None:
    options = trusting(certificates, False)
    async with serving(server_context(certificates.right)) as host:
        client = drive(**options)
        client.watch()
        await client.connect(f"https://{name}:{host.port}", transports=transports)
        await works(client)
        await client.disconnect()
        await census.nothing_left(host.port)
    await close(options)


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
@each_transport
async def test_the_environment_names_an_authority(
    drive: Drive,
    certificates: Certificates,
    variable: str,
    transports: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(variable, str(certificates.authority.chain))
    options = {} if variable == "SSL_CERT_FILE" else {"http_session": requests.Session()}
    async with serving(server_context(certificates.right)) as host:
        client = drive(**options)
        client.watch()
        await client.connect(host.url, transports=transports)
        await works(client)


@each_transport
@pytest.mark.parametrize("trusting", [None, by_requests, by_aiohttp])
async def test_an_unknown_authority(
    drive: Drive,
    certificates: Certificates,
    trusting: Trusting | None,
    transports: list[str],
    census: Census,
) -> None:
    options = trusting(certificates, False) if trusting else {}
    async with serving(server_context(certificates.unknown)) as host:
        cause = await fails(drive(**options), host, transports, census)
        assert isinstance(cause, ssl.SSLCertVerificationError)
        assert "unable to get local issuer" in str(cause)
    await close(options)


@each_transport
@trust
async def test_a_wrong_host_name(
    drive: Drive,
    certificates: Certificates,
    trusting: Trusting,
    transports: list[str],
    census: Census,
) -> None:
    options = trusting(certificates, False)
    async with serving(server_context(certificates.misnamed)) as host:
        cause = await fails(drive(**options), host, transports, census)
        assert isinstance(cause, ssl.SSLCertVerificationError)
        assert "127.0.0.1" in str(cause)
    await close(options)


@every_transport
@trust
async def test_a_client_certificate_is_given(
    drive: Drive, certificates: Certificates, trusting: Trusting, transports: list[str]
) -> None:
    options = trusting(certificates, True)
    context = server_context(certificates.right, certificates.authority)
    async with serving(context) as host:
        client = drive(**options)
        client.watch()
        await client.connect(host.url, transports=transports)
        await works(client)
        await client.disconnect()
    await close(options)


@each_transport
@trust
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_client_certificate_is_missing(
    drive: Drive,
    certificates: Certificates,
    trusting: Trusting,
    transports: list[str],
    version: ssl.TLSVersion,
    census: Census,
) -> None:
    options = trusting(certificates, False)
    context = server_context(certificates.right, certificates.authority)
    context.maximum_version = version
    async with serving(context) as host:
        await fails(drive(**options), host, transports, census)
        assert not host.requests
    await close(options)


@every_transport
@pytest.mark.parametrize("how", ["ssl_verify", "requests", "aiohttp"])
async def test_verification_is_off(
    drive: Drive, certificates: Certificates, how: str, transports: list[str]
) -> None:
    options: dict[str, Any] = {"ssl_verify": False}
    if how == "requests":
        session = requests.Session()
        session.verify = False
        options = {"http_session": session}
    elif how == "aiohttp":
        connector = aiohttp.TCPConnector(ssl=False)
        options = {"http_session": aiohttp.ClientSession(connector=connector)}
    for certificate in (certificates.unknown, certificates.misnamed):
        async with serving(server_context(certificate)) as host:
            client = drive(**options)
            client.watch()
            await client.connect(host.url, transports=transports)
            await works(client)
            await client.disconnect()
    await close(options)


def by_option(certificates: Certificates, own: bool) -> dict[str, Any]:
    """Trust in the authority, by a context among the options."""
    context = ssl.create_default_context(cafile=str(certificates.authority.chain))
    if own:
        context.load_cert_chain(certificates.client.chain, certificates.client.key)
    return {"websocket_extra_options": {"ssl": context}}


@every_transport
@pytest.mark.parametrize("trusting", [by_requests, by_aiohttp, by_sslopt, by_option])
async def test_verification_is_off_and_the_clients_certificate_is_kept(
    drive: Drive, certificates: Certificates, trusting: Trusting, transports: list[str]
) -> None:
    options = trusting(certificates, True)
    for certificate in (certificates.unknown, certificates.misnamed):
        # The host takes nobody without a certificate.
        async with serving(server_context(certificate, certificates.authority)) as host:
            client = drive(**options, ssl_verify=False)
            client.watch()
            await client.connect(host.url, transports=transports)
            await works(client)
            await client.disconnect()
    async with serving(server_context(certificates.unknown)) as host:
        with pytest.raises(ConnectionError):  # whoever else has the context, verifies with it
            await drive(**options).connect(host.url)
    await close(options)


@each_transport
async def test_plain_and_secure_do_not_meet(
    drive: Drive, certificates: Certificates, host: Host, transports: list[str], census: Census
) -> None:
    client = drive(ssl_verify=False)
    with pytest.raises(ConnectionError) as caught:
        await client.connect(host.url.replace("http:", "https:"), transports=transports)
    assert isinstance(caught.value.__cause__, ssl.SSLError)
    await census.nothing_left(host.port)
    async with serving(server_context(certificates.right)) as secure:
        url = secure.url.replace("https:", "http:")
        with pytest.raises(ConnectionError):
            await client.connect(url, transports=transports)
        await census.nothing_left(secure.port)


@pytest.fixture(scope="module")
def secure_server(
    certificates: Certificates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """Run this project's server under uvicorn, with TLS."""
    output = tmp_path_factory.mktemp("server") / "output"
    right = certificates.right
    files = ["--ssl-keyfile", str(right.key), "--ssl-certfile", str(right.chain)]
    served = spawn("ours-asgi", output, arguments=files, secure=True)
    yield served
    served.kill()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@each_transport
async def test_a_thousand_calls_while_events_stream_in(
    kind: type[Any],
    certificates: Certificates,
    secure_server: Served,
    transports: list[str],
    census: Census,
) -> None:
    count = 1000 if transports == ["websocket"] else 200
    async with driving(kind) as drive:
        client = drive(**by_requests(certificates, False))
        client.watch()
        await client.connect(secure_server.origin, transports=transports)
        sio = client.sio

        def call_all() -> list[Any]:
            answers = []
            for number in range(count):
                if number % 50 == 0:
                    sio.emit("burst", 200)
                answers.append(sio.call("ask", number, timeout=LIMIT))
            return answers

        async def await_all() -> list[Any]:
            answers = []
            for number in range(count):
                if number % 50 == 0:
                    await sio.emit("burst", 200)
                answers.append(await sio.call("ask", number, timeout=LIMIT))
            return answers

        answers = await (in_thread(call_all) if client.blocking else await_all())
        assert answers == list(range(count))
        ticks = await client.received("tick", 200 * (count // 50))
        assert ticks == [(number,) for number in range(200)] * (count // 50)
        assert client.got("disconnect") == []
        await client.disconnect()
        await census.nothing_left(secure_server.port)

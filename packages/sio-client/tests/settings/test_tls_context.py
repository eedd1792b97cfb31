"""`tls_context.py`: contexts are made once, and not on the event loop."""

import asyncio
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from sio_client import AsyncClient, Client, Settings
from sio_client.settings import tls_context
from sio_client.settings.tls_context import Contexts
from tests.support.certificates import make_certificate

from ..blocking_support import HANG, OurServer


class Made(list[int]):
    """The thread in which each context was made."""


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Made:
    """Count what is made from here on."""
    made, create = Made(), ssl.create_default_context

    def counted(**options: Any) -> ssl.SSLContext:
        made.append(threading.get_ident())
        return create(**options)

    monkeypatch.setattr("sio_client.settings.settings.CONTEXTS", Contexts())
    monkeypatch.setattr(ssl, "create_default_context", counted)
    return made


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def secure(certificate: tuple[Path, Path]) -> Iterator[OurServer]:
    key, chain = certificate
    server = OurServer(ssl_certfile=str(chain), ssl_keyfile=str(key))
    yield server
    server.stop()


def test_equal_settings_share_a_context(made: Made) -> None:
    assert Settings().tls is Settings().tls
    assert Settings().tls.verify_mode is ssl.CERT_REQUIRED
    unverified, unnamed = Settings(verify=False).tls, Settings(check_hostname=False).tls
    assert (unverified.verify_mode, unverified.check_hostname) == (ssl.CERT_NONE, False)
    assert (unnamed.verify_mode, unnamed.check_hostname) == (ssl.CERT_REQUIRED, False)
    assert len(made) == 3


def test_a_context_of_ones_own() -> None:
    given = ssl.create_default_context()
    assert Settings(ssl_context=given).tls is given
    assert Settings(ssl_context=given).ready_tls is given
    with pytest.raises(ValueError, match="one for servers"):
        Settings(ssl_context=ssl.create_default_context(ssl.Purpose.CLIENT_AUTH))


def test_a_new_file_is_noticed(certificate: tuple[Path, Path], tmp_path: Path, made: Made) -> None:
    key, chain = certificate
    authority = tmp_path / "authority.pem"
    authority.write_bytes(chain.read_bytes())
    settings = {"verify": authority, "certificate": (chain, key)}
    assert Settings(**settings).ready_tls is None
    first = Settings(**settings).tls
    assert Settings(**settings).tls is first
    authority.write_bytes(chain.read_bytes() + b"\n")
    assert Settings(**settings).ready_tls is None
    assert Settings(**settings).tls is not first


def test_the_authorities_of_the_environment(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, made: Made
) -> None:
    first = Settings().tls
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[1]))
    assert Settings().tls is not first


def test_a_file_that_cannot_be_read() -> None:
    for settings in (Settings(verify="no-such.pem"), Settings(certificate="no-such.pem")):
        with pytest.raises(OSError):
            _ = settings.tls


def test_few_contexts_are_kept(tmp_path: Path, made: Made) -> None:
    contexts = Contexts()
    for number in range(tls_context._MOST_KEPT + 5):
        folder = tmp_path / str(number)
        folder.mkdir()
        contexts.get(folder)
    assert len(contexts._made) == tls_context._MOST_KEPT
    contexts.clear()
    assert contexts.made(folder) is None


def test_threads_share_what_one_of_them_makes(made: Made) -> None:
    barrier = threading.Barrier(4)
    found: list[ssl.SSLContext] = []

    def ask() -> None:
        barrier.wait(HANG)
        found.append(Settings().tls)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(HANG)
    assert len(found) == 4
    assert len(set(map(id, found))) == 1
    assert len(made) == 1


@asynccontextmanager
async def connected(url: str, **options: Any) -> AsyncIterator[AsyncClient]:
    client = AsyncClient(**options)
    await client.connect(url, wait_timeout=HANG)
    yield client
    await client.disconnect()


@pytest.mark.parametrize("option", [{"ssl_verify": False}, {"settings": Settings(verify=False)}])
async def test_async_clients_share_a_context_that_another_thread_made(
    secure: OurServer, made: Made, option: dict[str, Any]
) -> None:
    for _ in range(3):
        async with connected(secure.url, **option) as client:
            assert await client.call("echo", 1) == 1
    assert len(made) == 1
    assert threading.get_ident() not in made


async def test_async_attempts_share_a_context(secure: OurServer, made: Made) -> None:
    # The certificate is no authority's: each attempt fails.
    client = AsyncClient(reconnection_attempts=3, reconnection_delay=0.01)
    failed: list[str] = []
    over = asyncio.Event()
    client.on("connect_error", failed.append)
    client.on("__disconnect_final", over.set)
    with pytest.raises(ConnectionError):
        await client.connect(secure.url, retry=True)
    await over.wait()
    assert len(failed) > 1
    assert len(made) == 1


@pytest.mark.parametrize("option", [{"ssl_verify": False}, {"settings": Settings(verify=False)}])
def test_clients_share_a_context(secure: OurServer, made: Made, option: dict[str, Any]) -> None:
    for _ in range(3):
        client = Client(**option)
        client.connect(secure.url)
        assert client.call("echo", 1) == 1
        client.disconnect()
    assert len(made) == 1


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_settings_that_cannot_be(kind: Any) -> None:
    with pytest.raises(TypeError, match="settings"):
        kind(settings={"verify": False})
    with pytest.raises(ValueError, match="http_session"):
        kind(settings=Settings(), http_session=object())


def test_proxies_and_headers_of_settings(secure: OurServer) -> None:
    settings = Settings(verify=False, headers=(("X-One", "1"),), trust_env=False)
    client = Client(settings=settings)
    client.connect(secure.url, headers={"X-Two": "2"})
    environ = secure.connects[-1][0]
    assert (environ["HTTP_X_ONE"], environ["HTTP_X_TWO"]) == ("1", "2")
    client.disconnect()
    client = Client(settings=Settings(proxies={"https": "socks5://127.0.0.1:1"}))
    with pytest.raises(ConnectionError, match="only HTTP proxies"):
        client.connect(secure.url)

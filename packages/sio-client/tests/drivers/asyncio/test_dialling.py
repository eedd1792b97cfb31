"""`dialling.py` and `taskless.py`: whatever happens, no socket is lost."""

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from sio_client.drivers import address_order
from sio_client.drivers.address_order import Address, Addresses, new_socket
from sio_client.drivers.asyncio import dialling
from sio_client.drivers.asyncio.dialling import dial
from sio_client.drivers.asyncio.taskless import Taskless


@pytest.fixture
def sockets(monkeypatch: pytest.MonkeyPatch) -> list[socket.socket]:
    """Every socket that is made to dial."""
    made: list[socket.socket] = []

    def make(target: Address) -> socket.socket:
        made.append(new_socket(target))
        return made[-1]

    monkeypatch.setattr(address_order, "new_socket", make)
    return made


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def named(monkeypatch: pytest.MonkeyPatch, *addresses: tuple[str, int]) -> None:
    """Have every name stand for these addresses, of which those with port 0 never answer."""
    loop = asyncio.get_running_loop()
    connect = loop.sock_connect

    async def getaddrinfo(*args: Any, **kwargs: Any) -> list[Any]:
        await asyncio.sleep(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]

    async def sock_connect(sock: socket.socket, address: Any) -> None:
        if address[1] == 0:
            await loop.create_future()
        await connect(sock, address)

    monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(loop, "sock_connect", sock_connect)
    monkeypatch.setattr(dialling, "STAGGER", 0)


def opened(sockets: list[socket.socket]) -> list[socket.socket]:
    return [sock for sock in sockets if sock.fileno() != -1]


async def until_idle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_dialling(sockets: list[socket.socket], port: int, host: str) -> None:
    with await dial(asyncio.get_running_loop(), host, port, Addresses()) as sock:
        assert sock.getpeername() == ("127.0.0.1", port)
        await until_idle()
        assert opened(sockets) == [sock]


async def test_nobody_listens(
    sockets: list[socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    with pytest.raises(ConnectionRefusedError):
        await dial(loop, "127.0.0.1", 1, Addresses())
    named(monkeypatch, ("127.0.0.1", 1), ("127.0.0.2", 1))
    with pytest.raises(ConnectionRefusedError):
        await dial(loop, "server.example", 1, Addresses())
    assert len(sockets) == 3
    named(monkeypatch)
    with pytest.raises(OSError, match="no address"):
        await dial(loop, "server.example", 1, Addresses())
    assert not opened(sockets)


@pytest.mark.parametrize("first", [0, 1])
async def test_the_next_address(
    sockets: list[socket.socket], port: int, first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    named(monkeypatch, ("127.0.0.1", first), ("127.0.0.1", port), ("127.0.0.2", 0))
    with await dial(asyncio.get_running_loop(), "server.example", 1, Addresses()) as sock:
        assert sock.getpeername() == ("127.0.0.1", port)
        await until_idle()
        assert opened(sockets) == [sock]


async def test_several_that_answer(
    sockets: list[socket.socket], port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    named(monkeypatch, ("127.0.0.1", 0), ("127.0.0.1", port))
    loop = asyncio.get_running_loop()
    connect = loop.sock_connect
    both = asyncio.Event()

    async def sock_connect(sock: socket.socket, address: Any) -> None:
        # The second connects; the first connects in the same turn.
        await connect(sock, ("127.0.0.1", port))
        if address[1] == 0:
            await both.wait()
        both.set()

    monkeypatch.setattr(loop, "sock_connect", sock_connect)
    with await dial(loop, "server.example", 1, Addresses()) as sock:
        await until_idle()
        assert len(sockets) == 2
        assert opened(sockets) == [sock]


@pytest.mark.parametrize("host", ["127.0.0.1", "server.example"])
async def test_given_up_at_every_turn(
    sockets: list[socket.socket], port: int, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    named(monkeypatch, ("127.0.0.1", 0), ("127.0.0.1", port))
    finished = 0
    for turns in range(12):
        ended: asyncio.Queue[tuple[Any, Any]] = asyncio.Queue()

        def done(_: Any, *outcome: Any, ended: asyncio.Queue[Any] = ended) -> None:
            ended.put_nowait(outcome)

        steps = Taskless(loop, dial(loop, host, port, Addresses()), done)
        steps.start()
        for _ in range(turns):
            await asyncio.sleep(0)
        steps.cancel()
        sock, error = await ended.get()
        if sock is None:
            assert isinstance(error, asyncio.CancelledError)
        else:
            finished += 1
            sock.close()
        await until_idle()
        assert not opened(sockets)
    assert 0 < finished < 12

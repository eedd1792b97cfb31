"""`dial`: the first address that answers, and nothing left of the others."""

import asyncio
import socket
import warnings
from typing import Any

import pytest

from sio_client import aio_dialling
from sio_client.aio_dialling import dial
from sio_client.resolving import Address


@pytest.fixture
def port() -> Any:
    """Return a port of the loopback interface where somebody listens."""
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def closed_port() -> int:
    """Return a port of the loopback interface where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


async def test_a_literal_address(port: int) -> None:
    loop = asyncio.get_running_loop()
    with await dial(loop, "127.0.0.1", port) as sock:
        assert sock.getpeername() == ("127.0.0.1", port)
        assert not sock.getblocking()


async def test_a_name(port: int) -> None:
    with await dial(asyncio.get_running_loop(), "localhost", port) as sock:
        assert sock.getpeername() == ("127.0.0.1", port)


async def test_nobody_listens(closed_port: int) -> None:
    with pytest.raises(ConnectionRefusedError):
        await dial(asyncio.get_running_loop(), "127.0.0.1", closed_port)


async def test_the_next_address_is_tried(
    port: int, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [Address(socket.AF_INET, ("127.0.0.1", to)) for to in (closed_port, port)]

    async def addresses(*_: object) -> list[Address]:
        return places

    monkeypatch.setattr(aio_dialling, "_addresses", addresses)
    with await dial(asyncio.get_running_loop(), "two.example", 1) as sock:
        assert sock.getpeername() == ("127.0.0.1", port)
    places.clear()
    with pytest.raises(OSError, match="no addresses"):
        await dial(asyncio.get_running_loop(), "none.example", 1)


async def test_an_address_that_is_silent_is_passed_by(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = aio_dialling._connect
    given_up: list[int] = []

    async def connecting(loop: asyncio.AbstractEventLoop, target: Address) -> socket.socket:
        if target.address[1] != 1:
            return await connect(loop, target)
        try:
            return await loop.create_future()
        finally:
            given_up.append(1)

    async def addresses(*_: object) -> list[Address]:
        return [Address(socket.AF_INET, ("127.0.0.1", to)) for to in (1, port)]

    monkeypatch.setattr(aio_dialling, "_addresses", addresses)
    monkeypatch.setattr(aio_dialling, "_connect", connecting)
    monkeypatch.setattr(aio_dialling, "STAGGER", 0.001)
    with await dial(asyncio.get_running_loop(), "two.example", 1) as sock:
        assert sock.getpeername() == ("127.0.0.1", port)
    await asyncio.sleep(0)
    assert given_up == [1]


@pytest.mark.parametrize("turns", range(12))
async def test_cancelled_at_any_moment_it_leaves_nothing(port: int, turns: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        task = asyncio.create_task(dial(asyncio.get_running_loop(), "127.0.0.1", port))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        (result,) = await asyncio.gather(task, return_exceptions=True)
        if isinstance(result, socket.socket):
            result.close()
        else:
            assert isinstance(result, asyncio.CancelledError)
        for _ in range(3):
            await asyncio.sleep(0)
        # A socket that was forgotten would warn, here or when its task is collected.
        assert not [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]

"""What decorators make of a handler's type, for mypy and pyright: nothing. Never run."""

from collections.abc import Awaitable, Callable
from typing import assert_type

from sio_client import AsyncClient, Client
from sio_server import AsyncServer, Server

Shout = Callable[[str, int], str]
Later = Callable[[str], Awaitable[int]]


def of_blocking(sio: Server | Client, shout: Shout) -> None:
    """`Server` and `Client`."""
    assert_type(sio.event(shout), Shout)
    assert_type(sio.event()(shout), Shout)
    assert_type(sio.event(namespace="/chat")(shout), Shout)
    assert_type(sio.on("shout")(shout), Shout)
    assert_type(sio.on("shout", namespace="/chat")(shout), Shout)


def of_asyncio(sio: AsyncServer | AsyncClient, later: Later) -> None:
    """`AsyncServer` and `AsyncClient`."""
    assert_type(sio.event(later), Later)
    assert_type(sio.event(namespace="/chat")(later), Later)
    assert_type(sio.on("later")(later), Later)


def of_errors(sio: Server | AsyncServer, shout: Shout) -> None:
    """The decorators that only servers have."""
    assert_type(sio.on_error(shout), Shout)
    assert_type(sio.on_error(namespace="/chat")(shout), Shout)
    assert_type(sio.on_error_default(shout), Shout)
    assert_type(sio.on_error_default()(shout), Shout)

"""A WebSocket on the transport that a framework, which parses requests itself, gives away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sio_core import Request, Response
from sio_core.websocket import check_opening, switching_protocols

from ..drivers.asyncio.driver import HTTP, Driver
from ..drivers.asyncio.transport.codec import PlainCodec
from ..drivers.asyncio.transport.websocket_transport import WebSocketTransport
from ..drivers.asyncio.websockets.own_socket import OwnSocketConnection


class Written:
    """`Written()` is awaited for a message that is written already: that does not wait."""

    def __await__(self) -> Iterator[Any]:
        """Return at once."""
        return iter(())


WRITTEN: Awaitable[None] = Written()  # type: ignore[assignment]


async def open_websocket(
    driver: Driver[Any], request: Request, http: HTTP, http_version: str = "1.1"
) -> OwnSocketConnection | Response:
    """Return the connection to `take_over` a transport, or the response that refuses it.

    `request` asks for a WebSocket by `http_version`; `http` is what the driver may ask of it. The
    caller calls `take_over` next, or the connection's `lost` where it cannot.
    """
    refusal = check_opening(request, http_version)
    return refusal or await driver.own_socket(request, http)


@contextmanager
def opening(connection: OwnSocketConnection) -> Iterator[None]:
    """Give up `connection` where the block, which opens its WebSocket, raises.

    A block that raises `OSError`, for its client is gone, is left without it.
    """
    try:
        yield
    except BaseException as error:
        connection.lost()
        if not isinstance(error, OSError):
            raise


def take_over(
    connection: OwnSocketConnection,
    request: Request,
    transport: asyncio.Transport,
    lost: Callable[[WebSocketTransport], None] | None = None,
    early: bytes = b"",
) -> WebSocketTransport:
    """Open the WebSocket of `request` on `transport`, and go on as `go_on` does."""
    transport.write(switching_protocols(request, connection.headers))
    return go_on(connection, transport, lost, early)


def go_on(
    connection: OwnSocketConnection,
    transport: asyncio.Transport,
    lost: Callable[[WebSocketTransport], None] | None = None,
    early: bytes = b"",
) -> WebSocketTransport:
    """Make the bytes of `transport` those of `connection`: the opening was answered with 101.

    The protocol of `transport` is replaced: `lost`, if given, is called once, when the transport
    is lost. `early` are bytes that came behind the request and that the framework has read
    already. An `AsyncServerEnd` ends what is left of the WebSocket.
    """
    sockets = connection.own_sockets

    def gone(websocket: WebSocketTransport) -> None:
        sockets.discard(websocket)
        if lost is not None:
            lost(websocket)

    codec = PlainCodec(connection.max_size, connection.max_fragments)
    websocket = WebSocketTransport(transport, codec, gone)
    sockets.add(websocket)
    websocket.take_over(connection, early)
    return websocket

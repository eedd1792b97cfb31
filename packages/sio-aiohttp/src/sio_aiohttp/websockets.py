"""The WebSocket of a request: on its transport, or by aiohttp's own class where there is none."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

from aiohttp import WSMsgType, web

from sio_core import Frame, Request, Response
from sio_core.websocket import BROKEN, answer_headers
from sio_server.aio import Connection, Driver
from sio_server.drivers.asyncio.websockets.own_socket import OwnSocketConnection
from sio_server.serving.websockets import go_on, open_websocket, opening

from .requests import AiohttpRequest, make_response

BAD_OPENING = Response(400, (("content-type", "text/plain"),), b"Not the opening of a WebSocket")


async def serve_websocket(
    driver: Driver[Any], asked: web.BaseRequest, request: Request, http: AiohttpRequest
) -> web.StreamResponse:
    """Answer a request for a WebSocket."""
    if not gives_transport(asked):
        return await _serve_by_aiohttp(driver, asked, request, http)
    version = f"{asked.version.major}.{asked.version.minor}"
    connection = await open_websocket(driver, request, http, version)
    if isinstance(connection, Response):
        return make_response(connection)
    return await _take_over(asked, request, connection)


# On the transport ---------------------------------------------------------------


def gives_transport(asked: web.BaseRequest) -> bool:
    """Tell whether the protocol of the request's transport can be replaced.

    `set_protocol` of asyncio's base class raises, and a transport may be without it.
    """
    method = getattr(type(asked.transport), "set_protocol", None)
    return method not in (None, asyncio.BaseTransport.set_protocol)


class _Early:
    """What aiohttp takes for the reader of the WebSocket: keeps the bytes behind the request."""

    def __init__(self) -> None:
        self.data = b""

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        self.data += data
        return False, b""

    def feed_eof(self) -> None:
        pass


async def _take_over(
    asked: web.BaseRequest, request: Request, connection: OwnSocketConnection
) -> web.StreamResponse:
    """Have aiohttp answer with 101, its signals included, and let go of the connection."""
    headers = (*answer_headers(request), *connection.headers)
    response = web.StreamResponse(status=101, headers=headers)
    response.force_close()
    with opening(connection):
        await response.prepare(asked)
        # Earlier responses may fill the buffer, and of that a new protocol would not be told.
        await asked.writer.drain()
        transport = asked.transport
        if transport is None:
            raise ConnectionError("the client hung up")
        go_on(connection, transport, early=_detach(asked))
    return response


def _detach(asked: web.BaseRequest) -> bytes:
    """Take the transport from the protocol of `asked`. Returns the bytes behind the request.

    For the protocol the connection is lost, once its task has done what follows on the response:
    it leaves aiohttp's list of connections, which would be waited for at the end, and gives up its
    parser and timers.
    """
    protocol, early = asked.protocol, _Early()
    protocol.set_parser(early)  # type: ignore[arg-type]  # what it calls of a WebSocketReader
    protocol.keep_alive(False)
    protocol.transport = None
    protocol.force_close()  # else older versions, 3.11 to name one, wait for another request
    asked.task.add_done_callback(lambda _: protocol.connection_lost(None))
    return early.data


# By aiohttp's own class ---------------------------------------------------------------


async def _serve_by_aiohttp(
    driver: Driver[Any], asked: web.BaseRequest, request: Request, http: AiohttpRequest
) -> web.StreamResponse:
    limit = driver.engine.config.max_payload
    socket = web.WebSocketResponse(compress=False, max_msg_size=limit)
    if not socket.can_prepare(asked):
        return make_response(BAD_OPENING)
    connection = await driver.websocket(request, http)
    if isinstance(connection, Response):
        return make_response(connection)
    error = ""
    try:
        socket.headers.extend(connection.headers)
        await socket.prepare(asked)
        error = await _read(connection, socket)
    except asyncio.CancelledError:
        # The driver ends a read that it has no more use for; all else is the server's.
        task = asyncio.current_task()
        if not connection.ending or task is None or task.uncancel():
            raise
    except OSError:
        pass  # the client is gone
    finally:
        connection.lost(error)
    return socket


async def _read(connection: Connection, socket: web.WebSocketResponse) -> str:
    """Feed messages until the WebSocket ends. Returns what broke it, if anything did."""

    def write(frame: Frame) -> Awaitable[None]:
        return socket.send_str(frame) if isinstance(frame, str) else socket.send_bytes(frame)

    async def close(code: int) -> None:
        await socket.close(code=code)

    connection.opened(write, close)
    while True:
        message = await socket.receive()
        if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
            return BROKEN.get(socket.close_code or 1000, "")
        if connection.receive(message.data):
            await connection.wait_for_capacity()

"""One WebSocket: what the core says goes out, what the client says goes in (RFC 6455)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from http1 import write_head

from sio_core import Request, Response, websocket
from sio_core.engineio import Link, UpgradeToWebSocket

if TYPE_CHECKING:
    from connection import Connection


async def serve_websocket(
    connection: Connection, step: UpgradeToWebSocket, request: Request
) -> None:
    """Accept a WebSocket, and carry its messages until one side is done with it."""
    keys = [value for name, value in request.headers if name == websocket.KEY]
    step.link.driver = connection.ready
    try:
        if problem := websocket.check_keys(keys):
            await connection.respond(Response(400, (), problem.encode()))
            return
        answer = ("sec-websocket-accept", websocket.accept_key(keys[0]))
        switch = ("upgrade", "websocket"), ("connection", "upgrade"), answer
        await connection.write(write_head(101, (*switch, *step.headers)))
        connection.chat.enter(step.link.opened)
        await carry(connection, step.link)
    finally:
        connection.chat.enter(step.link.lost)


async def carry(connection: Connection, link: Link) -> None:
    """Carry messages both ways until one side is done with it."""
    enter = connection.chat.enter
    frames = websocket.FrameReader(connection.chat.engine.config.max_payload)
    reading = connection.read()
    try:
        while not link.closing:
            await connection.ready.wait()
            connection.ready.clear()
            if reading.done():
                data = reading.result()
                if not data:
                    return
                for received in frames.feed(data):
                    if isinstance(received, str | bytes):
                        enter(link.receive, received)
                    elif isinstance(received, websocket.Ping):
                        await connection.write(websocket.frame_pong(received.payload))
                    elif isinstance(received, websocket.Close | websocket.Failed):
                        goodbye = websocket.frame_close(received.code, received.reason)
                        await connection.write(goodbye)
                        return
                reading = connection.read()
            await write_messages(connection, link)
        await connection.write(websocket.frame_close(link.close_code))
    finally:
        reading.cancel()


async def write_messages(connection: Connection, link: Link) -> None:
    """Write what waits in the core; while the client takes it nothing is read, no pong either."""
    if messages := link.take():
        link.blocked = True
        connection.chat.enter(link.session.pause)
        await connection.write(*(message.frame_bytes() for message in messages))
        connection.chat.enter(link.session.resume)
        link.blocked = False

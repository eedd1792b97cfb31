"""A Socket.IO chat on bare TCP: asyncio moves bytes, h11 reads requests, sio_core does the rest."""

import argparse
import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from secrets import token_urlsafe
from typing import Any

import h11

from sio_core import Entrance, Request, engineio, socketio

PATIENCE = 25.0  # seconds that a client has to send the head of a request, and to hang up at last


class Server:
    """A core on an event loop, and its connections."""

    def __init__(self, engine: engineio.Server, core: Any, handle: Callable[[Any], Any]) -> None:
        self.engine, self.loop = engine, asyncio.get_running_loop()
        self.entrance = Entrance(core, handle, clock=self.loop.time, call_at=self.loop.call_at)
        self.connections: set[Connection] = set()

    async def shut_down(self, seconds: float) -> None:
        """Tell clients of the end; those that do not take it within `seconds` are cut off."""
        self.entrance.enter(self.engine.close_all, within=seconds)
        while self.engine.sessions:
            await asyncio.sleep(0.02)
        for connection in self.connections:
            connection.transport.abort()


class Connection(asyncio.Protocol):
    """One TCP connection with one request, which may become a WebSocket."""

    def __init__(self, server: Server) -> None:
        self.server, self.enter = server, server.entrance.enter
        self.http = h11.Connection(h11.SERVER)  # takes heads of 16 KiB at most
        self.exchange: engineio.ByteExchange | None = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.server.connections.add(self)
        self.patience = self.server.loop.call_later(PATIENCE, transport.abort)

    def data_received(self, data: bytes) -> None:
        """Read the request, then the frames of a WebSocket; what else follows is dropped."""
        if self.http.their_state in (h11.IDLE, h11.SEND_BODY):
            data = self.read_request(data)
        if data and self.exchange is not None:
            self.enter(self.exchange.receive, data)
        self.write()

    def read_request(self, data: bytes) -> bytes:
        """Hand on the parts of the request that came. Returns what came behind it."""
        try:
            self.http.receive_data(data)
            while (part := self.http.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
                if isinstance(part, h11.Request):
                    self.patience.cancel()  # the core has deadlines for all that follows
                    request = make_request(part, self.transport.get_extra_info("peername"))
                    self.exchange = engineio.ByteExchange(self.server.engine, request, self)
                    self.enter(self.exchange.start)
                elif isinstance(part, h11.Data):
                    self.enter(self.exchange.receive, part.data)
                elif isinstance(part, h11.EndOfMessage):
                    self.enter(self.exchange.end_body)
        except h11.RemoteProtocolError:
            if self.exchange is None:
                self.transport.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
                self.hang_up()
            else:
                self.transport.abort()
            return b""
        return self.http.trailing_data[0] if part is h11.PAUSED else b""

    def wake(self) -> None:
        """Go on, since the core has something for this client."""
        self.enter(self.exchange.resume)
        self.write()

    def write(self) -> None:
        """Write what the core has for this client."""
        if self.exchange is not None and (data := self.exchange.take()):
            self.transport.write(data)
            if self.exchange.over:
                self.hang_up()

    def hang_up(self) -> None:
        """End this side; the client, which may still be sending, ends the connection."""
        with suppress(OSError):
            self.transport.write_eof()
        self.patience = self.server.loop.call_later(PATIENCE, self.transport.abort)

    def pause_writing(self) -> None:
        self.exchange.block(True)

    def resume_writing(self) -> None:
        self.exchange.block(False)
        self.write()

    def connection_lost(self, error: Exception | None) -> None:
        self.patience.cancel()
        self.server.connections.discard(self)
        if self.exchange is not None:
            self.enter(self.exchange.lost)


def make_request(head: h11.Request, peer: tuple[str, int]) -> Request:
    """Make a request for the core of what h11 has read."""
    headers = tuple((name.decode(), value.decode("latin-1")) for name, value in head.headers)
    query = head.target.decode("latin-1").partition("?")[2]
    return Request(head.method.decode(), query, headers, address=peer[0])


def chat(sio: socketio.Server, loop: asyncio.AbstractEventLoop, event: socketio.Event) -> Any:
    """The application: clients that say their name may talk to each other."""
    match event:
        case socketio.ConnectRequested(client, {"name": str(name)}):
            client.data = {"name": name}
            sio.join(client, "chat")
            sio.accept(client)
        case socketio.ConnectRequested(client):
            return sio.refuse(client, {"message": "say your name"}, loop.time())
        case socketio.EventReceived(client, "say", [str(text)], ack_id):
            sio.emit("said", [client.data["name"], text], to=["chat"])
            if ack_id is not None:
                sio.ack(client, ack_id, ["delivered"])
        case socketio.Disconnected(client):
            sio.release(client)


async def serve(port: int) -> None:
    """Serve until the task is cancelled."""
    engine = engineio.Server(new_sid=token_urlsafe)
    sio = socketio.Server(engine, new_id=token_urlsafe)
    loop = asyncio.get_running_loop()
    server = Server(engine, sio, partial(chat, sio, loop))
    listener = await loop.create_server(lambda: Connection(server), "127.0.0.1", port)
    print(f"Chat: http://127.0.0.1:{listener.sockets[0].getsockname()[1]}", flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        listener.close()
        await server.shut_down(1.0)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="A Socket.IO chat on bare TCP connections.")
    options.add_argument("--port", type=int, default=3000, help="%(default)s; 0: a free one")
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(serve(options.parse_args().port))
    except (OSError, OverflowError) as error:
        sys.exit(f"The chat cannot start: {error}. Choose another port with --port.")

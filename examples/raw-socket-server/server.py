"""A Socket.IO chat on bare TCP: asyncio moves bytes, h11 reads requests, sio_core does the rest."""

import argparse
import asyncio
import sys
from contextlib import suppress
from functools import partial
from secrets import token_urlsafe
from typing import Any

import h11

from sio_core import ByteConnection, Entrance, Request, engineio, socketio


class Connection(asyncio.Protocol):
    """One TCP connection with one request, which may become a WebSocket."""

    def __init__(self, engine: engineio.Server, entrance: Entrance[Any]) -> None:
        self.make_core = partial(ByteConnection, entrance, engine)
        self.http = h11.Connection(h11.SERVER)  # takes heads of 16 KiB at most

    def connection_made(self, transport: Any) -> None:
        self.ip = transport.get_extra_info("peername")[0]
        self.core = self.make_core(transport)

    def data_received(self, data: bytes) -> None:
        if self.http.their_state in (h11.IDLE, h11.SEND_BODY):
            self.http.receive_data(data)
            try:
                data = self.read_request()
            except h11.RemoteProtocolError:
                return self.core.fail()
        self.core.receive(data)

    def read_request(self) -> bytes:
        """Hand on the parts of the request that have come. Returns what came behind it."""
        while (part := self.http.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
            if isinstance(part, h11.Request):
                self.core.start(Request.from_bytes(part.method, part.target, part.headers, self.ip))
            elif isinstance(part, h11.Data):
                self.core.receive(part.data)
            else:
                self.core.end_body()
        return self.http.trailing_data[0] if part is h11.PAUSED else b""

    def pause_writing(self) -> None:
        self.core.block(True)

    def resume_writing(self) -> None:
        self.core.block(False)

    def connection_lost(self, error: Exception | None) -> None:
        self.core.lost()


def chat(sio: socketio.Server, clock: Any, event: socketio.Event) -> Any:
    """The application: clients that say their name may talk to each other."""
    match event:
        case socketio.ConnectRequested(client, {"name": str(name)}):
            client.data = {"name": name}
            sio.join(client, "chat")
            sio.accept(client)
        case socketio.ConnectRequested(client):
            return sio.refuse(client, {"message": "say your name"}, clock())
        case socketio.EventReceived(client, "say", [str(text)], ack_id):
            sio.emit("said", [client.data["name"], text], to=["chat"])
            if ack_id is not None:
                sio.ack(client, ack_id, ["delivered"])
        case socketio.Disconnected(client):
            sio.release(client)


async def serve(port: int) -> None:
    """Serve until the task is cancelled; clients then have a second to take their goodbye."""
    loop = asyncio.get_running_loop()
    engine = engineio.Server(new_sid=token_urlsafe)
    sio = socketio.Server(engine, new_id=token_urlsafe)
    entrance = Entrance(sio, partial(chat, sio, loop.time), clock=loop.time, call_at=loop.call_at)
    listener = await loop.create_server(lambda: Connection(engine, entrance), "127.0.0.1", port)
    print(f"Chat: http://127.0.0.1:{listener.sockets[0].getsockname()[1]}", flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        listener.close()
        entrance.enter(engine.close_all, within=1.0)
        while engine.sessions:
            await asyncio.sleep(0.02)
        entrance.stop()


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="A Socket.IO chat on bare TCP connections.")
    options.add_argument("--port", type=int, default=3000, help="%(default)s; 0: a free one")
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(serve(options.parse_args().port))
    except (OSError, OverflowError) as error:
        sys.exit(f"The chat cannot start: {error}. Choose another port with --port.")

"""A Socket.IO chat on bare TCP connections: the standard library, `sio_core`, and nothing else.

`Chat` is the application and the one place that calls the core; `connection.py` moves the bytes.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from secrets import token_urlsafe

from connection import MAX_HEAD, Connection

from sio_core import engineio, socketio


class Chat:
    """Clients that say their name may talk to each other."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.engine = engineio.Server(new_sid=token_urlsafe)
        self.sio = socketio.Server(self.engine, new_id=token_urlsafe)
        self.timer = self.loop.call_soon(self.expire)

    def enter(self, method: Callable[..., list[engineio.Event]], *args: object) -> None:
        """Call an input of the engine, and act on what it caused."""
        now = self.loop.time()
        self.act(self.sio.process(method(*args, now=now), now))

    def expire(self) -> None:
        """Let the core act on its deadlines."""
        self.act(self.sio.handle_timeout(self.loop.time()))

    def act(self, events: Iterable[socketio.Event]) -> None:
        """Handle events, wake the connections that have something to write, set the timer."""
        for event in events:
            self.handle(event)
        for sink in self.sio.take_ready():
            if sink.driver is not None:
                sink.driver.set()
        self.timer.cancel()
        if (due := self.sio.next_deadline()) is not None:
            self.timer = self.loop.call_at(due, self.expire)

    def handle(self, event: socketio.Event) -> None:
        """Act on one event, as the application."""
        sio = self.sio
        match event:
            case socketio.ConnectRequested(client, {"name": str(name)}):
                client.data = {"name": name}
                sio.join(client, "chat")
                sio.accept(client)
            case socketio.ConnectRequested(client):
                sio.refuse(client, {"message": "say your name"}, self.loop.time())
            case socketio.EventReceived(client, "say", [str(text)], ack_id):
                sio.emit("said", [client.data["name"], text], to=["chat"])
                if ack_id is not None:
                    sio.ack(client, ack_id, ["delivered"])
            case socketio.Disconnected(client):
                sio.release(client)


async def serve(port: int) -> None:
    """Serve until the task is cancelled."""
    chat = Chat()
    server = await asyncio.start_server(
        lambda reader, writer: Connection(chat, reader, writer).serve(),
        "127.0.0.1",
        port,
        limit=MAX_HEAD,
    )
    print(f"Chat: http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await asyncio.Event().wait()


def main() -> None:
    """Serve until Ctrl-C."""
    options = argparse.ArgumentParser(description="A Socket.IO chat on bare TCP connections.")
    options.add_argument("--port", type=int, default=3000, help="%(default)s; 0: a free one")
    try:
        asyncio.run(serve(options.parse_args().port))
    except (OSError, OverflowError) as error:
        sys.exit(f"The chat cannot start: {error}. Choose another port with --port.")


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()

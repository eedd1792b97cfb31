"""The same messages without Socket.IO: `python bare_app.py SERVER LOOP PORT`.

SERVER is one of the names in `BARE` of `sides.py`, LOOP is `uvloop` or `asyncio`. The bytes on the
wire are those of `echo` and `fanout`, so that one load generator drives both, and JSON is read and
written as often; there are no sessions, rooms, heartbeats, limits or polls. What this uses is the
price of the web server, which nothing on top of it can be below.
"""

import json
import sys
from typing import Any

import tls
import web_servers

# handlers.py has the same; this program has no socketio
NEWS = {
    "id": 1234567,
    "title": "a headline of ordinary length",
    "tags": ["alpha", "beta"],
    "score": 0.75,
    "ok": True,
}
OPEN = '0{"sid":"bare","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}'
JOINED = '40{"sid":"bare"}'


def dumps(value: object) -> str:
    """Return JSON without spaces."""
    return json.dumps(value, separators=(",", ":"))


def handle(text: str) -> tuple[str | None, int]:
    """Return the answer to a message, and how many broadcasts it asks for."""
    if text == "40":
        return JOINED, 0
    begin = text.find("[")
    if begin < 0:
        return None, 0
    name, value = json.loads(text[begin:])
    if name == "fanout":
        return None, value
    return f"43{text[2:begin]}{dumps([value])}", 0


def news() -> str:
    """Return the message of a broadcast."""
    return f"42{dumps(['news', NEWS])}"


async def answer_http(send: Any) -> None:
    """Answer the measuring program, which waits for the server."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


sends: set[Any] = set()
"""What sends to each client, on a web server's own WebSocket class."""


async def plain_app(scope: Any, receive: Any, send: Any) -> None:
    """Serve by the messages of ASGI alone."""
    if scope["type"] != "websocket":
        await answer_http(send)
        return
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": OPEN})
    sends.add(send)
    try:
        while (message := await receive())["type"] == "websocket.receive":
            text, broadcasts = handle(message["text"])
            if text is not None:
                await send({"type": "websocket.send", "text": text})
            for _ in range(broadcasts):
                item = {"type": "websocket.send", "text": news()}
                for one in [*sends]:
                    await one(item)
    finally:
        sends.discard(send)


class Own:
    """One client on this project's class, which hands its messages over."""

    max_size = 1_000_000

    def opened(self, socket: Any) -> None:
        """Begin with the socket."""
        self.socket = socket
        clients.add(self)
        socket.send(OPEN)

    def receive(self, message: Any) -> bool:
        """Answer at once; a broadcast is framed once for all."""
        from sio_core import Prepared  # not where the web server's own class is measured

        text, broadcasts = handle(message)
        if text is not None:
            self.socket.send(text)
        for _ in range(broadcasts):
            framed = (Prepared((news(),)),)
            for one in [*clients]:
                one.socket.send_all(framed)
        return False

    def lost(self, error: str = "") -> None:
        """Forget the socket."""
        clients.discard(self)

    def pause(self) -> None:
        """Do nothing: the load generator reads."""

    def resume(self) -> None:
        """Do nothing, as nothing was paused."""


clients: set[Own] = set()


async def own_app(scope: Any, receive: Any, send: Any) -> None:
    """Accept, and leave the socket to `Own`."""
    if scope["type"] != "websocket":
        await answer_http(send)
        return
    await receive()
    await send({"type": "websocket.accept"})
    scope["extensions"]["sio.own_socket"].take_over(Own())


def serve_uvicorn(port: int, server: str, loop: Any) -> None:
    """Serve until the process is ended."""
    import uvicorn

    own = server == "bare-sio"
    http = "httptools" if loop == "uvloop" else "h11"
    uvicorn.run(
        own_app if own else plain_app,
        host="127.0.0.1",
        port=port,
        ws="sio_asgi.uvicorn:WebSocketProtocol" if own else "websockets-sansio",
        loop=loop,
        http=http,
        log_level="warning",
        access_log=False,
        **tls.uvicorn_options(),
    )


def main(server: str, loop: str, port: int) -> None:
    """Serve on a loopback port with the named server until the process is ended."""
    if server == "bare-granian":
        web_servers.serve_granian("bare_app:plain_app", port, loop)
    elif server == "bare-hypercorn":
        web_servers.serve_hypercorn(plain_app, port, loop)
    else:
        serve_uvicorn(port, server, loop)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))

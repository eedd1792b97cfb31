"""The application that the Admin UI looks at: `python admin_app.py SERVER LOOP PORT`.

SERVER and LOOP are as in `asgi_app.py`, with which it shares the way to serve and the handlers.
Over HTTP, `/usage` answers with the process's CPU time in nanoseconds.
"""

import sys
import time
from typing import Any

import asgi_app
import socketio
from handlers import register

library: Any = socketio  # one of two, with the same names
sio = library.AsyncServer(async_mode="asgi", ping_interval=300)
register(sio)
sio.instrument(auth={"username": "bench", "password": "bench"}, mode="production")
inner = library.ASGIApp(sio)


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer the measuring program, or serve a client."""
    if scope["type"] != "http" or scope["path"] != "/usage":
        await inner(scope, receive, send)
        return
    body = b"%d" % time.process_time_ns()
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    asgi_app.app = app
    asgi_app.serve_uvicorn(int(sys.argv[3]), sys.argv[1], sys.argv[2])

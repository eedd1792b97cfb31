"""One server of a fleet over Redis: `python cluster_app.py SERVER LOOP REDIS CHANNEL PORT`.

SERVER and LOOP are as in `asgi_app.py`, with which it shares the way to serve. Every interpreter of
a comparison runs this file and takes its own `socketio`. A client is in the rooms that its `auth`
lists. Over HTTP, `/usage` answers with the process's CPU time in nanoseconds, and `/emit/N/ROOM`
emits N times to ROOM, or to everyone where there is none, and answers with the last one's end.
"""

import asyncio
import sys
import time
from typing import Any

import asgi_app
import socketio
from handlers import NEWS

library: Any = socketio  # one of two, with the same names
sio = library.AsyncServer(
    async_mode="asgi",
    ping_interval=300,
    client_manager=library.AsyncRedisManager(sys.argv[3], channel=sys.argv[4]),
)
inner = library.ASGIApp(sio)


@sio.event  # type: ignore[untyped-decorator]
async def connect(sid: str, environ: dict[str, Any], auth: Any = None) -> None:
    """Put the client into its rooms."""
    for room in (auth or {}).get("rooms", ()):
        await sio.enter_room(sid, room)


async def emit(count: int, room: str | None) -> None:
    """Emit, one after the other, as handlers of `count` clients would."""
    for _ in range(count):
        await sio.emit("news", NEWS, room=room)
        await asyncio.sleep(0)


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer the measuring program, or serve a client."""
    parts = scope.get("path", "").split("/")
    if scope["type"] != "http" or parts[1] not in ("emit", "usage"):
        await inner(scope, receive, send)
        return
    if parts[1] == "emit":
        await emit(int(parts[2]), parts[3] or None)
    body = b"%d" % time.process_time_ns()
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    asgi_app.app = app
    asgi_app.serve_uvicorn(int(sys.argv[5]), sys.argv[1], sys.argv[2])

"""Notes on a board, with aiohttp: a route and an event add to it, and everybody sees them at once.

Who writes is known by a cookie of the page, which the connect handler reads. The routes, the
events and the background task share one event loop.
"""

from __future__ import annotations

import argparse
import asyncio
import errno
import sys
from collections.abc import AsyncIterator
from typing import Any

try:
    from aiohttp import web

    from sio_aiohttp import AsyncServer, ConnectionRefusedError
except ModuleNotFoundError as missing:
    sys.exit(f"{missing.name} is missing. Run: pip install sio-aiohttp")

MAX_NOTES = 100
MAX_LENGTH = 1000

sio = AsyncServer(async_mode="aiohttp")
routes = web.RouteTableDef()
INTERVAL = web.AppKey("interval", float)
notes: list[dict[str, str]] = []


async def add(name: str, text: object) -> bool:
    """Put a note on the board, and tell everybody. Returns false for what is no note."""
    if not isinstance(text, str) or not 0 < len(text) <= MAX_LENGTH:
        return False
    note = {"name": name, "text": text}
    notes.append(note)
    del notes[:-MAX_NOTES]
    await sio.emit("note", note)
    return True


# Routes ---------------------------------------------------------------------------------------


@routes.get("/notes")
async def show(request: web.Request) -> web.Response:
    """All notes."""
    return web.json_response(notes)


@routes.post("/notes")
async def write(request: web.Request) -> web.Response:
    """Add the note that is the body of the request."""
    if not await add(request.cookies.get("name", "somebody"), await request.text()):
        raise web.HTTPBadRequest(text=f"a note has 1 to {MAX_LENGTH} characters\n")
    return web.Response(status=201)


@routes.post("/enter/{name:[A-Za-z]{1,20}}")
async def enter(request: web.Request) -> web.Response:
    """Say who you are."""
    response = web.Response(text="Hello\n")
    response.set_cookie("name", request.match_info["name"], httponly=True, samesite="Lax")
    return response


# Events ---------------------------------------------------------------------------------------


@sio.event
async def connect(sid: str, environ: dict[str, Any], auth: object = None) -> None:
    """Let in whoever has said a name, and show what is there."""
    name = environ["aiohttp.request"].cookies.get("name")
    if not name:
        raise ConnectionRefusedError("POST your name to /enter/<name> first")
    await sio.save_session(sid, {"name": name})
    await sio.emit("notes", notes, to=sid)


@sio.on("write")
async def write_event(sid: str, text: object) -> bool:
    """Add a note; the answer says whether it was one."""
    session = await sio.get_session(sid)
    return await add(session["name"], text)


# Life -----------------------------------------------------------------------------------------


async def count_people(app: web.Application) -> AsyncIterator[None]:
    """Tell everybody how many they are, for as long as the application runs."""

    async def count() -> None:
        told = 0
        while True:
            here = sum(1 for _ in sio.manager.get_participants("/", None))
            if here != told:
                await sio.emit("people", told := here)
            await asyncio.sleep(app[INTERVAL])

    counting = asyncio.create_task(count())
    yield
    counting.cancel()


def explain(error: Exception, port: int) -> str:
    """Say in one line why the server cannot start."""
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken. Choose another with --port, or 0 for a free one."
    return f"Cannot serve on port {port}: {error}"


def main() -> int:
    """Serve until Ctrl-C. Returns the exit code."""
    parser = argparse.ArgumentParser(description="Notes on a board, for Socket.IO clients.")
    argument = parser.add_argument
    argument("--port", type=int, default=8080, help="port (%(default)s); 0: a free one")
    argument("--interval", type=float, default=1, help="seconds between two counts (%(default)s)")
    options = parser.parse_args()
    app = web.Application()
    app[INTERVAL] = options.interval
    app.add_routes(routes)
    app.cleanup_ctx.append(count_people)
    sio.attach(app)
    try:
        web.run_app(app, host="127.0.0.1", port=options.port, access_log=None)
    except (OSError, OverflowError) as error:
        print(explain(error, options.port), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

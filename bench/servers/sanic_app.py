"""The measured application in Sanic: `python sanic_app.py LOOP PORT`.

LOOP is `uvloop` or `asyncio`; msgspec is hidden. Every interpreter of a comparison runs this file
and takes its own `socketio`. python-socketio does not serve a Sanic of today: its ASGI application
in front of Sanic's under uvicorn is the nearest that it does.
"""

import importlib.util
import sys
from typing import Any

if "msgspec" not in sys.modules:
    sys.modules["msgspec"] = None  # type: ignore[assignment]  # as if it were not installed

from sanic import Request, Sanic, text
from sanic.response import HTTPResponse

import socketio
from handlers import options, register

OURS = importlib.util.find_spec("sio_sanic") is not None


async def page(request: Request) -> HTTPResponse:
    """Answer: an application of Sanic has a route at least."""
    return text("page")


def serve_sanic(app: Any, loop: str, port: int) -> None:
    """Serve by Sanic's own web server until the process is ended."""
    sio: Any = socketio.AsyncServer(async_mode="sanic", **options())
    register(sio)
    sio.attach(app)
    app.config.USE_UVLOOP = loop == "uvloop"
    app.run("127.0.0.1", port, single_process=True, motd=False, access_log=False)


def serve_uvicorn(app: Any, loop: Any, port: int) -> None:
    """Serve the ASGI application by uvicorn until the process is ended."""
    import uvicorn

    sio: Any = socketio.AsyncServer(async_mode="asgi", **options())
    register(sio)
    uvicorn.run(
        socketio.ASGIApp(sio, app),
        host="127.0.0.1",
        port=port,
        ws="websockets-sansio",
        loop=loop,
        http="httptools" if loop == "uvloop" else "h11",
        log_level="warning",
        access_log=False,
    )


def main(loop: str, port: int) -> None:
    """Serve on the event loop of that name."""
    app: Any = Sanic("bench", configure_logging=False)
    app.add_route(page, "/page")
    (serve_sanic if OURS else serve_uvicorn)(app, loop, port)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

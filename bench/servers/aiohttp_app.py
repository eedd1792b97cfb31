"""The measured application attached to one of aiohttp: `python aiohttp_app.py LOOP PORT`.

LOOP is `uvloop` or `asyncio`; msgspec is hidden. Every interpreter of a comparison runs this file
and takes its own `socketio`.
"""

import asyncio
import sys
from typing import Any

if "msgspec" not in sys.modules:
    sys.modules["msgspec"] = None  # type: ignore[assignment]  # as if it were not installed

from aiohttp import web

import socketio
from handlers import options, register


def main(loop: str, port: int) -> None:
    """Serve the application on a loopback port until the process is ended."""
    sio: Any = socketio.AsyncServer(async_mode="aiohttp", **options())
    register(sio)
    app = web.Application()
    sio.attach(app)
    made = asyncio.new_event_loop()
    if loop == "uvloop":
        import uvloop

        made = uvloop.new_event_loop()
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None, loop=made)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

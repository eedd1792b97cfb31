"""The measured application in Tornado: `python tornado_app.py LOOP PORT`.

LOOP is `uvloop` or `asyncio`; msgspec is hidden. Every interpreter of a comparison runs this file
and takes its own `socketio`.
"""

import asyncio
import logging
import sys
from typing import Any

if "msgspec" not in sys.modules:
    sys.modules["msgspec"] = None  # type: ignore[assignment]  # as if it were not installed

import tornado.web

import socketio
from handlers import options, register


async def serve(port: int) -> None:
    """Serve on a loopback port until the process is ended."""
    sio: Any = socketio.AsyncServer(async_mode="tornado", **options())
    register(sio)
    app = tornado.web.Application([(r"/socket.io/", socketio.get_tornado_handler(sio))])
    app.listen(port, "127.0.0.1")
    await asyncio.Event().wait()


def main(loop: str, port: int) -> None:
    """Serve on the event loop of that name."""
    logging.getLogger("tornado.access").setLevel(logging.ERROR)
    factory = None
    if loop == "uvloop":
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(serve(port))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

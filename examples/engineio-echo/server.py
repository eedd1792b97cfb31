"""An Engine.IO echo server: no Socket.IO on top, every message comes back as it came.

What it means to compose a server: the Engine.IO core decides, a driver moves bytes, and an adapter
binds both to a web server. On asyncio that is uvicorn, and in threads werkzeug. `dispatch` below is
the whole application.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import logging
import os
import secrets
import socket
import sys
from collections.abc import Callable
from typing import Any

from sio_core import engineio


class EchoServer:
    """One Engine.IO server whose messages are answered with themselves.

    `run` makes the driver from the engine, what stands on it, and `dispatch`.
    """

    def __init__(self, config: engineio.Config, run: Callable[..., Any]) -> None:
        self.engine = engineio.Server(config, new_sid=lambda: secrets.token_urlsafe(15))
        self.driver = run(self.engine, self.engine, self.dispatch)

    def dispatch(self, event: engineio.Event) -> None:
        """Act on one event; the others are `Opened`, `Upgraded`, `UpgradeFailed` and `Closed`."""
        if isinstance(event, engineio.Message):
            self.driver.call(event.session.send, engineio.message(event.data))


def serve_on_asyncio(
    config: engineio.Config, listener: socket.socket, path: str, ready: Callable[[], None]
) -> None:
    """Serve until Ctrl-C, on one event loop."""
    import uvicorn

    from sio_asgi import ASGIApp
    from sio_server.aio import Driver

    app = ASGIApp(EchoServer(config, Driver), socketio_path=path, on_startup=ready)
    # The web server enforces the limit on frames too, before it has read a whole message; the
    # heartbeat is Engine.IO's, so WebSocket pings are off.
    web = uvicorn.Config(
        app, log_level="error", ws_max_size=config.max_payload, ws_ping_interval=None
    )
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(web).run(sockets=[listener])


def serve_in_threads(
    config: engineio.Config, listener: socket.socket, path: str, ready: Callable[[], None]
) -> None:
    """Serve until Ctrl-C, with a thread for each request and WebSocket."""
    from werkzeug.serving import make_server

    from sio_server.blocking import Driver
    from sio_server.concurrency import threading_mode
    from sio_wsgi import WSGIApp

    concurrency = threading_mode()
    echo = EchoServer(config, lambda *parts: Driver(*parts, concurrency))
    app = WSGIApp(echo, socketio_path=path)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # no line for each request
    host, port = listener.getsockname()[:2]
    server = make_server(host, port, app, threaded=True, fd=listener.fileno())
    ready()
    server.serve_forever()  # ends at Ctrl-C
    echo.driver.shutdown(1)


MODES = {"asyncio": serve_on_asyncio, "threads": serve_in_threads}


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="An Engine.IO echo server.")
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    add("--port", type=int, default=3000, help="port (%(default)s); 0: a free one")
    add("--mode", choices=list(MODES), default="asyncio", help="the driver (%(default)s)")
    add("--allow-eio3", action="store_true", help="serve clients of Engine.IO 3 as well")
    add("--ping-interval", type=float, default=25, help="seconds between pings (%(default)s)")
    add("--ping-timeout", type=float, default=20, help="seconds to answer a ping (%(default)s)")
    add("--max-payload", type=int, default=1_000_000, help="bytes of a message (%(default)s)")
    add("--path", default="/engine.io/", help="path of the endpoint (%(default)s)")
    return parser.parse_args()


def explain(error: Exception, options: argparse.Namespace) -> str:
    """Say in one line why the server cannot start."""
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return f"Port {options.port} is taken. Choose another with --port, or 0 for a free one."
    reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else error
    return f"Cannot serve on {options.host}, port {options.port}: {reason}"


def main() -> int:
    """Serve until Ctrl-C. Returns the exit code."""
    options = read_options()
    try:
        config = engineio.Config(
            ping_interval=options.ping_interval,
            ping_timeout=options.ping_timeout,
            max_payload=options.max_payload,
            allow_eio3=options.allow_eio3,
        )
        listener = socket.create_server((options.host, options.port))
    except (ValueError, OSError, OverflowError) as error:
        print(explain(error, options), file=sys.stderr)
        return 1
    host, port = listener.getsockname()[:2]
    address = f"http://{host}:{port}{options.path}"
    try:
        MODES[options.mode](
            config, listener, options.path, lambda: print(f"Echo server: {address}", flush=True)
        )
    except ModuleNotFoundError as missing:
        print(f"{missing.name} is missing: README.md says what a mode needs.", file=sys.stderr)
        return 1
    finally:
        listener.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

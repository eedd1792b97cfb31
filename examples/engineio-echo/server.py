"""An Engine.IO echo server: no Socket.IO on top, every message comes back as it came.

What it means to compose a server: the Engine.IO core decides, the asyncio driver moves bytes,
`ASGIApp` binds both to a web server. `dispatch` below is the whole application.
"""

from __future__ import annotations

import argparse
import errno
import os
import secrets
import socket
import sys

import uvicorn

from sio_asgi import ASGIApp
from sio_core import engineio
from sio_server.aio import Driver


class EchoServer:
    """One Engine.IO server whose messages are answered with themselves."""

    def __init__(self, config: engineio.Config) -> None:
        self.engine = engineio.Server(config, new_sid=lambda: secrets.token_urlsafe(15))
        self.driver = Driver(self.engine, self.engine, self.dispatch)

    def dispatch(self, event: engineio.Event) -> None:
        """Act on one event; the others are `Opened`, `Upgraded`, `UpgradeFailed` and `Closed`."""
        if isinstance(event, engineio.Message):
            self.driver.call(event.session.send, engineio.message(event.data))


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="An Engine.IO echo server.")
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    add("--port", type=int, default=3000, help="port (%(default)s); 0: a free one")
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
        )
        listener = socket.create_server((options.host, options.port))
    except (ValueError, OSError, OverflowError) as error:
        print(explain(error, options), file=sys.stderr)
        return 1
    host, port = listener.getsockname()[:2]
    app = ASGIApp(
        EchoServer(config),
        socketio_path=options.path,
        on_startup=lambda: print(f"Echo server: http://{host}:{port}{options.path}", flush=True),
    )
    # The web server enforces the limit on frames too, before it has read a whole message; the
    # heartbeat is Engine.IO's, so WebSocket pings are off.
    web = uvicorn.Config(
        app, log_level="error", ws_max_size=options.max_payload, ws_ping_interval=None
    )
    try:
        uvicorn.Server(web).run(sockets=[listener])
    except KeyboardInterrupt:
        pass
    finally:
        listener.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A feed without a framework: a WSGI function, Socket.IO in front of it, and gevent below both.

A background task counts; the clients that asked for it are in a room and get
each number. Every task, request and client is a greenlet here.
"""

from __future__ import annotations

import argparse
import errno
import signal
import sys
from collections.abc import Callable, Iterable
from typing import Any

try:
    import gevent
    from gevent.pywsgi import WSGIServer

    from sio_wsgi import Server, WSGIApp
except ModuleNotFoundError as missing:
    sys.exit(f"{missing.name} is missing. Run: pip install 'sio-wsgi[gevent]'")

sio = Server(async_mode="gevent")


def page(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Everything that is not Socket.IO: any WSGI application can stand here, Bottle's too."""
    if environ["PATH_INFO"] != "/":
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"There is nothing here.\n"]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"A feed for Socket.IO clients.\n"]


app = WSGIApp(sio, page)


@sio.event
def follow(sid: str) -> str:
    """Begin to send the feed to a client."""
    sio.enter_room(sid, "followers")
    return "following"


@sio.event
def unfollow(sid: str) -> str:
    """Stop sending it."""
    sio.leave_room(sid, "followers")
    return "not following"


def feed(interval: float) -> None:
    """Count, and tell the followers, for as long as the process lives."""
    number = 0
    while True:
        sio.sleep(interval)
        number += 1
        sio.emit("number", number, to="followers")


def explain(error: Exception, port: int) -> str:
    """Say in one line why the server cannot start."""
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken. Choose another with --port, or 0 for a free one."
    return f"Cannot serve on port {port}: {error}"


def main() -> int:
    """Serve until Ctrl-C, with gevent's web server. Returns the exit code."""
    parser = argparse.ArgumentParser(description="A feed for Socket.IO clients.")
    add = parser.add_argument
    add("--port", type=int, default=8000, help="port (%(default)s); 0: a free one")
    add("--interval", type=float, default=1, help="seconds between two numbers (%(default)s)")
    options = parser.parse_args()
    server = WSGIServer(("127.0.0.1", options.port), app, log=None)
    try:
        server.start()
    except (OSError, OverflowError) as error:
        print(explain(error, options.port), file=sys.stderr)
        return 1
    sio.start_background_task(feed, options.interval)
    gevent.signal_handler(signal.SIGINT, server.stop, 1)
    print(f"Feed: http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()
    sio.shutdown(drain=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())

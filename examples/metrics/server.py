"""A server whose metrics Prometheus can scrape: at /metrics, beside the endpoint of Socket.IO."""

from __future__ import annotations

import argparse
import errno
import socket
import sys
from contextlib import suppress
from typing import Any

try:
    import uvicorn
    from prometheus_client import make_asgi_app

    from sio_asgi import ASGIApp, AsyncServer
    from sio_server.observing.prometheus import Metrics
except ModuleNotFoundError as missing:
    wanted = "'sio-asgi[uvicorn]' 'sio-server[prometheus]'"
    sys.exit(f"{missing.name} is missing. Run: pip install {wanted}")

sio = AsyncServer()
# The names of events that are sent are to be said; those with handlers are known.
sio.observe(Metrics(sio, events=["said"]))


@sio.event
async def say(sid: str, text: str) -> str:
    """Hand on what a client says to all."""
    await sio.emit("said", text)
    return "delivered"


metrics = make_asgi_app()
"""The application of prometheus_client, which answers every request with the metrics."""


async def other_paths(scope: Any, receive: Any, send: Any) -> None:
    """Answer requests that are not for Socket.IO."""
    if scope["type"] == "http" and scope["path"].rstrip("/") == "/metrics":
        await metrics(scope, receive, send)
    elif scope["type"] == "http":
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def main() -> int:
    """Serve until Ctrl-C. Returns: the exit code."""
    parser = argparse.ArgumentParser(description="Serves Socket.IO, and metrics at /metrics.")
    parser.add_argument("--port", type=int, default=8000, help="port (%(default)s); 0: a free one")
    options = parser.parse_args()
    try:
        listener = socket.create_server(("127.0.0.1", options.port))
    except (OSError, OverflowError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        text = "is taken. Choose another with --port, or 0 for a free one." if taken else error
        print(f"Port {options.port} {text}", file=sys.stderr)
        return 1
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    started = f"Socket.IO: {address} Metrics: {address}/metrics"
    app = ASGIApp(sio, other_paths, on_startup=lambda: print(started, flush=True))
    config = uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1)
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run([listener])
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Takes readings from sensors, each of them once, and prints them."""

from __future__ import annotations

import argparse
import errno
import socket
import sys
from typing import Any

try:
    import uvicorn

    from sio_asgi import ASGIApp, AsyncServer, ConnectionRefusedError
except ModuleNotFoundError as missing:
    sys.exit(f"{missing.name} is missing. Run: pip install sio-asgi[uvicorn]")

sio = AsyncServer()
last: dict[str, int] = {}
"""The number of the last reading of each sensor."""


@sio.event
async def connect(sid: str, environ: dict[str, Any], auth: Any) -> None:
    """Let a sensor in that says its name."""
    if not isinstance(auth, dict) or not isinstance(auth.get("name"), str):
        raise ConnectionRefusedError("say your name")
    await sio.save_session(sid, {"name": auth["name"]})


@sio.event
async def reading(sid: str, number: int, value: float) -> int:
    """Take a reading. Its number is the acknowledgement; one that is known is not taken again."""
    name = (await sio.get_session(sid))["name"]
    if number > last.get(name, 0):
        last[name] = number
        print(f"{name!a}: reading {int(number)} is {float(value):.1f}", flush=True)
    return number


def main() -> int:
    """Serve until Ctrl-C. Returns: the exit code."""
    parser = argparse.ArgumentParser(description="Takes readings from sensors.")
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
    app = ASGIApp(sio, on_startup=lambda: print(f"Feed: {address}", flush=True))
    config = uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1)
    try:
        uvicorn.Server(config).run([listener])
    except KeyboardInterrupt:
        print("Stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

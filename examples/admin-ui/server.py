"""A server that the Admin UI looks at: it shows visitors who walk between rooms."""

from __future__ import annotations

import argparse
import errno
import os
import random
import secrets
import socket
import sys
from pathlib import Path
from typing import Any

try:
    import uvicorn

    from sio_asgi import ASGIApp, AsyncServer
except ModuleNotFoundError as missing:
    sys.exit(f"{missing.name} is missing. Run: pip install sio-asgi[uvicorn]")

ROOMS = ("hall", "garden", "library")
UI = "https://admin.socket.io"

sio: AsyncServer


async def enter(sid: str, environ: dict[str, Any]) -> None:
    """Let a visitor in, to one of the rooms."""
    await sio.enter_room(sid, random.choice(ROOMS))


async def walk(sid: str) -> str:
    """Take a visitor to another room. Returns its name."""
    for room in set(sio.rooms(sid)) & set(ROOMS):
        await sio.leave_room(sid, room)
    room = random.choice(ROOMS)
    await sio.enter_room(sid, room)
    await sio.emit("steps", {"from": sid}, room=room, skip_sid=sid)
    return room


def make_app(page: Path | None, password: str, origins: list[str], options: Any) -> ASGIApp:
    """Return the application, with the files of the page if they are here."""
    global sio
    sio = AsyncServer(cors_allowed_origins=origins)
    sio.on("connect", enter)
    sio.on("walk", walk)
    instrumented = sio.instrument(
        auth={"username": "admin", "password": password},
        mode=options.mode,
        read_only=options.read_only,
    )
    files = {} if page is None else {"/": str(page)}
    return ASGIApp(sio, static_files=files, on_shutdown=instrumented.shutdown)


def main() -> int:
    """Serve until Ctrl-C. Returns: the exit code."""
    parser = argparse.ArgumentParser(description="A server that the Admin UI looks at.")
    add = parser.add_argument
    add("--port", type=int, default=8000, help="port (%(default)s); 0: a free one")
    add("--page", type=Path, help="folder ui/dist of the npm package @socket.io/admin-ui")
    add("--mode", choices=("development", "production"), default="development")
    add("--read-only", action="store_true", help="take no orders from the page")
    options = parser.parse_args()
    password = os.environ.get("ADMIN_PASSWORD") or secrets.token_urlsafe(9)
    try:
        listener = socket.create_server(("127.0.0.1", options.port))
    except (OSError, OverflowError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        text = "is taken. Choose another with --port, or 0 for a free one." if taken else error
        print(f"Port {options.port} {text}", file=sys.stderr)
        return 1
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"

    def ready() -> None:
        print(f"Server: {address}", flush=True)
        print(f"Log in at {address if options.page else UI} as admin: {password}", flush=True)

    app = make_app(options.page, password, [UI, address], options)
    app.on_startup = ready
    config = uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1)
    try:
        uvicorn.Server(config).run([listener])
    except KeyboardInterrupt:
        print("Stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

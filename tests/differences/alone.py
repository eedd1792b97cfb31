"""What clients do without the libraries that python-socketio has for HTTP. Prints it as JSON."""

import sys
from typing import Any

for name in ("requests", "aiohttp", "websocket"):
    sys.modules[name] = None  # type: ignore[assignment]

import socketio  # noqa: E402
from tests.differences.serving import main, serving  # noqa: E402


def alone() -> Any:
    with serving(socketio.AsyncServer(async_mode="asgi")) as running:
        client = socketio.Client(reconnection=False)
        try:
            client.connect(running.url, wait_timeout=5)
        except Exception as error:
            return type(error).__name__
        client.disconnect()
        return "connected"


if __name__ == "__main__":
    main({"`requests`, `aiohttp`, `websocket-client`": alone})

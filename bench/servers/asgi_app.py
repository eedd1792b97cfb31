"""The measured application under one ASGI server: `python asgi_app.py SERVER LOOP PORT`.

SERVER is one of the names in `WEB_SERVERS` of `sides.py`; msgspec is hidden from all that do not
name it, and metrics are counted where they are named. LOOP is `uvloop` or `asyncio`. Every
interpreter of a comparison runs this file and takes its own `socketio`.
"""

import sys
from typing import Any

if not sys.argv[1].endswith("+msgspec"):
    sys.modules["msgspec"] = None  # type: ignore[assignment]  # as if it were not installed

import socketio
import tls
import web_servers
from handlers import options, register

WEBSOCKETS = {
    "uvicorn-sio": "sio_asgi.uvicorn:WebSocketProtocol",
    "uvicorn-sio+msgspec": "sio_asgi.uvicorn:WebSocketProtocol",
    "uvicorn-sio+metrics": "sio_asgi.uvicorn:WebSocketProtocol",
    "uvicorn-sansio": "websockets-sansio",
    "uvicorn-wsproto": "wsproto",
}

sio: Any = socketio.AsyncServer(async_mode="asgi", **options())
register(sio)
app: Any = socketio.ASGIApp(sio)
if sys.argv[1].endswith("+metrics"):
    from sio_server.observing.prometheus import Metrics

    sio.observe(Metrics(sio, events=["news", "blob"]))


def http_class(server: str, loop: Any) -> Any:
    """Return this project's class for HTTP beside its class for WebSockets, else uvicorn's own."""
    if loop != "uvloop":
        return "h11"
    return "sio_asgi.uvicorn:HTTPProtocol" if server.startswith("uvicorn-sio") else "httptools"


def serve_uvicorn(port: int, server: str, loop: Any) -> None:
    """Serve until the process is ended."""
    import uvicorn

    uvicorn.run(
        app,
        host="127.0.0.1",
        port=port,
        ws=WEBSOCKETS[server],
        loop=loop,
        http=http_class(server, loop),
        log_level="warning",
        access_log=False,
        **tls.uvicorn_options(),
    )


def main(server: str, loop: str, port: int) -> None:
    """Serve the application on a loopback port with the named server."""
    if server in WEBSOCKETS:
        serve_uvicorn(port, server, loop)
    elif server == "granian":
        web_servers.serve_granian("asgi_app:app", port, loop)
    elif server == "hypercorn":
        web_servers.serve_hypercorn(app, port, loop)
    else:
        raise SystemExit(f"unknown server {server}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))

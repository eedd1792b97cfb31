"""Run an application under uvicorn with this project's classes for HTTP and WebSockets."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from sio_server.serving.collector import tune_collector


def run(
    app: Any,
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    per_message_deflate: bool = False,
    collector: bool = True,
    **options: Any,
) -> None:
    """Serve `app` until the process is told to stop; with `collector`, after `tune_collector`.

    uvloop and httptools are used where they are installed. `options` are those
    of `uvicorn.Config`. Raises ImportError without uvicorn, or without wsproto to compress.
    """
    try:
        import uvicorn

        from . import uvicorn as own

        protocol = own.CompressedWebSocketProtocol if per_message_deflate else own.WebSocketProtocol
    except ImportError as error:
        raise ImportError(
            f'run() needs {error.name}: pip install "sio-asgi[uvicorn]"', name=error.name
        ) from error
    options.setdefault("ws", protocol)
    with suppress(ImportError):  # without httptools uvicorn's own class serves polls
        from .uvicorn import HTTPProtocol

        options.setdefault("http", HTTPProtocol)
    if collector:
        tune_collector()
    uvicorn.run(app, host=host, port=port, **options)

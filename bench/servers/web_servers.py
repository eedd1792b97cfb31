"""The ASGI web servers that serve any application here: granian and hypercorn."""

import asyncio
from typing import Any


def serve_granian(name: str, port: int, loop: str) -> None:
    """Serve until the process is ended; the worker imports the application by its name again."""
    from granian import Granian
    from granian.constants import Interfaces, Loops

    Granian(
        name,
        address="127.0.0.1",
        port=port,
        workers=1,
        interface=Interfaces.ASGI,
        loop=Loops(loop),
        log_enabled=False,
    ).serve()


def serve_hypercorn(app: Any, port: int, loop: str) -> None:
    """Serve until the process is ended."""
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.accesslog = None
    config.loglevel = "ERROR"
    factory = None
    if loop == "uvloop":
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(serve(app, config))

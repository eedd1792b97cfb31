"""More than one worker of Sanic: refused or explained before the first of them starts."""

from __future__ import annotations

from typing import Any

from sanic import Sanic

from sio_server import AsyncServer
from sio_server.serving.processes import refuse_processes

INSTEAD = (
    "Run it with workers=1 and without fast; for more processes, start several behind a proxy that "
    "sends each client to the same one"
)
ALONE = (
    "Sanic has %d workers: an emit reaches the clients of the worker that makes it, and no others"
)


def check_workers(server: AsyncServer, app: Sanic[Any, Any]) -> None:
    """Raise `RuntimeError` where requests of one session would come to several processes.

    With WebSockets alone they do not: then a warning says what several processes mean.
    """
    workers = app.state.workers
    if workers > 1:
        refuse_processes(server, f"Sanic is to have {workers} workers", INSTEAD)
        server.logger.warning(ALONE, workers)

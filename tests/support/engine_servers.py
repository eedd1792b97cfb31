"""Serve `tests.apps.engine` by one web server: `-m tests.support.engine_servers NAME PORT`.

`engineio` is whichever the interpreter has: this project's, or python-engineio. `launch` starts a
server as a process of its own.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ADDRESS = "127.0.0.1"
ASYNCIO = {
    "uvicorn": "asgi",
    "uvicorn-sio": "asgi",
    **{name: name for name in ("aiohttp", "tornado", "sanic")},
}
THREADS = {"werkzeug": "threading", "pywsgi": "gevent", "eventlet": "eventlet"}
SERVERS = (*ASYNCIO, *THREADS)


def serve(name: str, port: int) -> None:
    """Serve until the process is told to end."""
    from tests.apps.engine import PATHS, make_async, make_blocking

    make: Callable[..., Any] = make_async if name in ASYNCIO else make_blocking
    mode = {**ASYNCIO, **THREADS}[name]
    servers = {path: make(mode, handlers) for path, handlers in PATHS.items()}
    RUNS.get(name, uvicorn)(name, port, servers)


def uvicorn(name: str, port: int, servers: dict[str, Any]) -> None:
    """Any WebSocket class of uvicorn's, or our own."""
    import uvicorn as web

    import engineio

    app: Any = None
    for path, eio in servers.items():
        app = engineio.ASGIApp(eio, app, engineio_path=path)
    more: dict[str, Any] = {}
    if name == "uvicorn-sio":
        more["ws"] = "sio_asgi.uvicorn:WebSocketProtocol"
    web.run(app, host=ADDRESS, port=port, log_level="error", access_log=False, **more)


def aiohttp(name: str, port: int, servers: dict[str, Any]) -> None:
    """An application to which both are attached."""
    from aiohttp import web

    app = web.Application()
    for path, eio in servers.items():
        eio.attach(app, path)
    web.run_app(app, host=ADDRESS, port=port, access_log=None, print=None)


def tornado(name: str, port: int, servers: dict[str, Any]) -> None:
    """An application with a handler class for each."""
    from tornado.web import Application

    import engineio

    async def main() -> None:
        routes: Any = [(f"/{p}/", engineio.get_tornado_handler(s)) for p, s in servers.items()]
        Application(routes).listen(port, ADDRESS)
        await asyncio.Event().wait()

    asyncio.run(main())


def sanic(name: str, port: int, servers: dict[str, Any]) -> None:
    """An application to which both are attached."""
    from sanic import Sanic

    app: Any = Sanic("engine")
    for path, eio in servers.items():
        eio.attach(app, path)
    app.run(host=ADDRESS, port=port, single_process=True, access_log=False, motd=False)


def wsgi(servers: dict[str, Any]) -> Any:
    """The application that has both."""
    import engineio

    app: Any = None
    for path, eio in servers.items():
        app = engineio.WSGIApp(eio, app, engineio_path=path)
    return app


def werkzeug(name: str, port: int, servers: dict[str, Any]) -> None:
    """Threads."""
    import logging

    from werkzeug.serving import run_simple

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    run_simple(ADDRESS, port, wsgi(servers), threaded=True)


def pywsgi(name: str, port: int, servers: dict[str, Any]) -> None:
    """Greenlets of gevent."""
    from gevent.pywsgi import WSGIServer

    WSGIServer((ADDRESS, port), wsgi(servers), log=None).serve_forever()


def eventlet(name: str, port: int, servers: dict[str, Any]) -> None:
    """Green threads of eventlet."""
    import eventlet.wsgi

    eventlet.wsgi.server(eventlet.listen((ADDRESS, port)), wsgi(servers), log_output=False)


RUNS: dict[str, Callable[[str, int, dict[str, Any]], None]] = {
    "aiohttp": aiohttp,
    "tornado": tornado,
    "sanic": sanic,
    "werkzeug": werkzeug,
    "pywsgi": pywsgi,
    "eventlet": eventlet,
}


def launch(name: str, output: Path, *, theirs: bool = False) -> Any:
    """Start a server and wait until it answers; with `theirs` that of python-engineio.

    The caller stops what is returned.
    """
    from tests.support.components import require
    from tests.support.ports import free_port
    from tests.support.servers import ROOT, Served, answers

    path = [str(ROOT)] if theirs else [str(ROOT), os.environ.get("PYTHONPATH", "")]
    program = require("python-socketio") if theirs else sys.executable
    if not theirs and importlib.util.find_spec({"pywsgi": "gevent"}.get(name, "sys")) is None:
        program = require("greenlets")
    if not theirs and name == "eventlet":
        program = require("greenlets")
    port = free_port()
    with output.open("wb") as file:
        process = subprocess.Popen(
            [program, "-m", "tests.support.engine_servers", name, str(port)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    served = Served(process, port, output)
    if not answers(served):
        served.stop()
        raise RuntimeError(f"{name} did not start:\n{served.log()}")
    return served


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))

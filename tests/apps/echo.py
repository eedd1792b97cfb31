"""A server that echoes, for tests of the wire; `SIO_TEST_OPTIONS` has its keyword arguments.

`SIO_TEST_MODE` is the async mode: under a framework, `sio` and `journal` are served without `app`.
"""

import os
from typing import Any

from sio_asgi import ASGIApp, AsyncServer, ConnectionRefusedError
from tests.apps.journal import Journal, environ_facts
from tests.apps.options import NAMESPACES, read_options


def make_server(**defaults: Any) -> AsyncServer:
    """Return a server without handlers, with the options of the environment."""
    mode = os.environ.get("SIO_TEST_MODE", "asgi")
    return AsyncServer(async_mode=mode, **read_options(defaults))


def add_handlers(sio: AsyncServer, journal: Journal) -> None:
    """Register the same handlers on every namespace, and what the journal may be ordered to do."""

    def patience(seconds: str) -> None:
        sio.eio.ping_timeout = float(seconds)

    journal.orders["patience"] = patience
    for namespace in NAMESPACES:
        _add_life(sio, journal, namespace)
        _add_events(sio, journal, namespace)
        _add_orders(sio, namespace)


def _add_life(sio: AsyncServer, journal: Journal, namespace: str) -> None:
    @sio.on("connect", namespace=namespace)
    async def connect(sid: str, environ: dict[str, Any], auth: Any = None) -> bool:
        match auth:
            case {"refuse": list(args)}:
                raise ConnectionRefusedError(*args)
            case {"refuse": False}:
                return False
        return True

    @sio.on("disconnect", namespace=namespace)
    async def disconnect(sid: str, reason: Any) -> None:
        await journal.disconnected(
            sid,
            reason=str(reason),
            detail=reason.detail,
            rooms=sio.rooms(sid, namespace),
            namespace=namespace,
        )


def _add_events(sio: AsyncServer, journal: Journal, namespace: str) -> None:
    @sio.on("echo", namespace=namespace)
    async def echo(sid: str, *args: Any) -> None:
        await sio.emit("echoed", args, to=sid, namespace=namespace)

    @sio.on("ask", namespace=namespace)
    async def ask(sid: str, *args: Any) -> tuple[Any, ...]:
        return args

    @sio.on("facts", namespace=namespace)
    async def facts(sid: str) -> dict[str, Any]:
        environ = sio.get_environ(sid, namespace)
        assert environ is not None
        return {**environ_facts(environ), "transport": sio.transport(sid, namespace)}

    @sio.on("left", namespace=namespace)
    async def left(sid: str, other: str) -> dict[str, Any]:
        return await journal.wait(other)


def _add_orders(sio: AsyncServer, namespace: str) -> None:
    @sio.on("leave", namespace=namespace)
    async def leave(sid: str) -> None:
        await sio.disconnect(sid, namespace)

    @sio.on("close", namespace=namespace)
    async def close(sid: str) -> None:
        await sio.disconnect(sid, namespace, close=True)

    @sio.on("say", namespace=namespace)
    async def say(sid: str, *args: Any) -> None:
        await sio.emit("said", args, namespace=namespace)


journal = Journal()
sio = make_server()
add_handlers(sio, journal)
journal.sessions = sio.driver.engine.sessions
app = ASGIApp(sio, journal)

"""`tests.apps.echo` for WSGI; `SIO_TEST_MODE` is the async mode."""

import importlib
import os
from typing import Any

import sio_server.concurrency.greenlets
import sio_server.concurrency.threads
import sio_server.drivers.threads.driver
from sio_wsgi import ConnectionRefusedError, Server, WSGIApp
from tests.apps.options import NAMESPACES, read_options
from tests.apps.wsgi.journal import Journal, environ_facts

# Idle threads and greenlets are no leak: tests wait until they are gone. And they wait until a
# client that hung up on a poll is missed, of which tests/driver_contract knows the time.
sio_server.concurrency.threads.IDLE_SECONDS = 0.2
sio_server.concurrency.greenlets.IDLE_SECONDS = 0.2
sio_server.drivers.threads.driver.CHECK_SECONDS = 0.3

LOCALS = {"threading": "threading", "eventlet": "eventlet.corolocal"}
"""Where the variables of a thread or greenlet come from in each mode; of gevent's, gevent."""


def make_server(**defaults: Any) -> Server:
    """Return a server without handlers, with the options of the environment."""
    return Server(async_mode=os.environ["SIO_TEST_MODE"], **read_options(defaults))


def add_handlers(sio: Server, journal: Journal) -> None:
    """Register the same handlers on every namespace, and what the journal may be ordered to do."""

    def patience(seconds: str) -> None:
        sio.eio.ping_timeout = float(seconds)

    journal.orders["patience"] = patience
    for namespace in NAMESPACES:
        _add_life(sio, journal, namespace)
        _add_events(sio, journal, namespace)
        _add_orders(sio, namespace)
    _add_memory(sio)


def _add_memory(sio: Server) -> None:
    mine = importlib.import_module(LOCALS.get(sio.async_mode, "gevent.local")).local()

    @sio.on("remember")
    def remember(sid: str, name: str) -> Any:
        before = getattr(mine, "name", "nobody")
        mine.name = name
        return before


def _add_life(sio: Server, journal: Journal, namespace: str) -> None:
    @sio.on("connect", namespace=namespace)
    def connect(sid: str, environ: dict[str, Any], auth: Any = None) -> bool:
        match auth:
            case {"refuse": list(args)}:
                raise ConnectionRefusedError(*args)
            case {"refuse": False}:
                return False
        return True

    @sio.on("disconnect", namespace=namespace)
    def disconnect(sid: str, reason: Any) -> None:
        journal.disconnected(
            sid,
            reason=str(reason),
            detail=reason.detail,
            rooms=sio.rooms(sid, namespace),
            namespace=namespace,
        )


def _add_events(sio: Server, journal: Journal, namespace: str) -> None:
    @sio.on("echo", namespace=namespace)
    def echo(sid: str, *args: Any) -> None:
        sio.emit("echoed", args, to=sid, namespace=namespace)

    @sio.on("ask", namespace=namespace)
    def ask(sid: str, *args: Any) -> tuple[Any, ...]:
        return args

    @sio.on("facts", namespace=namespace)
    def facts(sid: str) -> dict[str, Any]:
        environ = sio.get_environ(sid, namespace)
        assert environ is not None
        return {**environ_facts(environ), "transport": sio.transport(sid, namespace)}

    @sio.on("left", namespace=namespace)
    def left(sid: str, other: str) -> dict[str, Any]:
        return journal.wait(other)


def _add_orders(sio: Server, namespace: str) -> None:
    @sio.on("leave", namespace=namespace)
    def leave(sid: str) -> None:
        sio.disconnect(sid, namespace)

    @sio.on("close", namespace=namespace)
    def close(sid: str) -> None:
        sio.disconnect(sid, namespace, close=True)

    @sio.on("say", namespace=namespace)
    def say(sid: str, *args: Any) -> None:
        sio.emit("said", args, namespace=namespace)


sio = make_server()
journal = Journal(sio.concurrency)
add_handlers(sio, journal)
app = journal.watch(WSGIApp(sio, journal))

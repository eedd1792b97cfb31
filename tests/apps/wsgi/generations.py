"""`tests.apps.generations` for WSGI."""

from typing import Any

from sio_wsgi import ConnectionRefusedError, WSGIApp
from tests.apps.values import BYTES, REFUSALS, describe
from tests.apps.wsgi.echo import make_server
from tests.apps.wsgi.journal import Journal

sio = make_server()
journal = Journal(sio.concurrency)


@sio.on("connect", namespace="/guard")
def refuse(sid: str, environ: dict[str, Any], auth: Any) -> None:
    raise ConnectionRefusedError(*REFUSALS[auth["answer"]])


def add_handlers(namespace: str) -> None:
    """Register what every namespace has."""
    told: dict[str, Any] = {}

    @sio.on("connect", namespace=namespace)
    def connect(sid: str, environ: dict[str, Any], auth: Any) -> None:
        told[sid] = auth

    @sio.on("disconnect", namespace=namespace)
    def disconnect(sid: str, reason: str) -> None:
        if tag := (told.pop(sid) or {}).get("tag"):
            journal.disconnected(tag, reason=reason)

    @sio.on("whoami", namespace=namespace)
    def whoami(sid: str) -> dict[str, Any]:
        transport = sio.transport(sid, namespace)
        return {"sid": sid, "auth": told[sid], "transport": transport, "namespace": namespace}

    @sio.on("kick", namespace=namespace)
    def kick(sid: str, close: bool) -> None:
        sio.disconnect(sid, namespace, close=close)


for namespace in ("/", "/chat"):
    add_handlers(namespace)


@sio.on("reason")
def reason(sid: str, tag: str) -> str:
    """Wait until the client with this tag has left, and tell why it has."""
    return str((journal.wait(tag))["reason"])


@sio.on("echo")
def echo(sid: str, *args: Any) -> tuple[Any, ...]:
    return args


@sio.on("describe")
def described(sid: str, *args: Any) -> Any:
    return describe(list(args))


@sio.on("nothing")
def nothing(sid: str) -> None:
    pass


@sio.on("bytes_to_me")
def bytes_to_me(sid: str) -> None:
    sio.emit("bytes", BYTES, to=sid)


@sio.on("call_me")
def call_me(sid: str, event: str, *args: Any) -> Any:
    return describe(sio.call(event, args, to=sid))


@sio.on("join")
def join(sid: str, room: str) -> None:
    sio.enter_room(sid, room)


@sio.on("broadcast")
def broadcast(sid: str, event: str, data: Any, room: str, skip: str | None) -> None:
    sio.emit(event, data, to=room, skip_sid=skip)


app = WSGIApp(sio, journal)

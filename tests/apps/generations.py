"""A server for clients of every generation at once: what `tests/js/generations.cjs` asks of it."""

from typing import Any

from sio_asgi import ASGIApp, ConnectionRefusedError
from tests.apps.echo import make_server
from tests.apps.journal import Journal
from tests.apps.values import BYTES, REFUSALS, describe

sio = make_server()
journal = Journal()


@sio.on("connect", namespace="/guard")
async def refuse(sid: str, environ: dict[str, Any], auth: Any) -> None:
    raise ConnectionRefusedError(*REFUSALS[auth["answer"]])


def add_handlers(namespace: str) -> None:
    """Register what every namespace has."""
    told: dict[str, Any] = {}

    @sio.on("connect", namespace=namespace)
    async def connect(sid: str, environ: dict[str, Any], auth: Any) -> None:
        told[sid] = auth

    @sio.on("disconnect", namespace=namespace)
    async def disconnect(sid: str, reason: str) -> None:
        if tag := (told.pop(sid) or {}).get("tag"):
            await journal.disconnected(tag, reason=reason)

    @sio.on("whoami", namespace=namespace)
    async def whoami(sid: str) -> dict[str, Any]:
        transport = sio.transport(sid, namespace)
        return {"sid": sid, "auth": told[sid], "transport": transport, "namespace": namespace}

    @sio.on("kick", namespace=namespace)
    async def kick(sid: str, close: bool) -> None:
        await sio.disconnect(sid, namespace, close=close)


for namespace in ("/", "/chat"):
    add_handlers(namespace)


@sio.on("reason")
async def reason(sid: str, tag: str) -> str:
    """Wait until the client with this tag has left, and tell why it has."""
    return str((await journal.wait(tag))["reason"])


@sio.on("echo")
async def echo(sid: str, *args: Any) -> tuple[Any, ...]:
    return args


@sio.on("describe")
async def described(sid: str, *args: Any) -> Any:
    return describe(list(args))


@sio.on("nothing")
async def nothing(sid: str) -> None:
    pass


@sio.on("bytes_to_me")
async def bytes_to_me(sid: str) -> None:
    await sio.emit("bytes", BYTES, to=sid)


@sio.on("call_me")
async def call_me(sid: str, event: str, *args: Any) -> Any:
    return describe(await sio.call(event, args, to=sid))


@sio.on("join")
async def join(sid: str, room: str) -> None:
    await sio.enter_room(sid, room)


@sio.on("broadcast")
async def broadcast(sid: str, event: str, data: Any, room: str, skip: str | None) -> None:
    await sio.emit(event, data, to=room, skip_sid=skip)


app = ASGIApp(sio, journal)

"""The server that the JavaScript clients are tested against: `python -m tests.support.js_server`.

The arguments are a port, or 0 for any that is free, and `uvicorn` or a framework. One process
serves several servers, each with other options, on a path of its own (`SERVERS`). A line of its
output is `{"port": N}`; the process ends when its standard input does.
"""

import asyncio
import contextlib
import importlib
import json
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

from sio_asgi import ASGIApp, AsyncServer
from sio_server.exceptions import ConnectionRefusedError as Refused
from sio_server.exceptions import TimeoutError as CallTimeoutError
from tests.apps.values import BYTES, describe
from tests.support.frameworks.site import Site

NAMESPACES = ("/", "/chat", "/admin")

# Small enough for a test to exceed, large enough for all else that tests send there.
SMALL = 20_000

SERVERS: dict[str, dict[str, Any]] = {
    "socket.io": {},
    "deep/er/path": {},
    "msgpack": {"serializer": "msgpack"},
    "polling": {"transports": "polling"},
    "polling-msgpack": {"transports": ["polling"], "serializer": "msgpack"},
    "stay": {"allow_upgrades": False},
    "small": {"max_http_buffer_size": SMALL},
    "page": {"cors_allowed_origins": ["http://page.example"], "cookie": "io"},
    "brisk": {"ping_interval": 0.1, "ping_timeout": 20},
    "deaf": {"ping_interval": 0.1, "ping_timeout": 0.1},
    "ordered": {"async_handlers": False},
}


class Subject:
    """One server under test, and what it remembers of its clients.

    `left` has why clients of any server have left, so that a client of another one can ask.
    """

    def __init__(
        self, options: dict[str, Any], left: "dict[str, asyncio.Future[list[str]]]"
    ) -> None:
        self.sio = AsyncServer(engineio_logger=True, **options)
        self.counts: dict[str, list[int]] = {}
        self.left = left
        self.cookies: list[str] = []
        for namespace in NAMESPACES:
            for name in COMMON:
                self._add(namespace, name)
        for name in ROOT_ONLY:
            self._add("/", name)
        self.sio.on("connect", self.guard, namespace="/guard")

    def _add(self, namespace: str, name: str) -> None:
        method: Callable[..., Awaitable[Any]] = getattr(self, name)

        async def handler(sid: str, *args: Any) -> Any:
            return await method(namespace, sid, *args)

        if name == "connect":
            # The connect handler must be seen to take the auth argument.
            self.sio.on(name, lambda sid, environ, auth: handler(sid, environ, auth), namespace)
        else:
            self.sio.on(name, handler, namespace)

    # Connecting and leaving -----------------------------------------------

    async def connect(self, namespace: str, sid: str, environ: dict[str, Any], auth: Any) -> None:
        await self.sio.save_session(sid, {"auth": auth}, namespace)

    async def guard(self, sid: str, environ: dict[str, Any], auth: Any) -> bool | None:
        refusals: dict[str, Exception] = {
            "bare": Refused(),
            "message": Refused("not today"),
            "data": Refused("not today", {"retry": 7}),
            "several": Refused("not today", 1, "two"),
            "builtin": ConnectionRefusedError(),
        }
        if auth["answer"] in refusals:
            raise refusals[auth["answer"]]
        return False if auth["answer"] == "false" else None

    async def disconnect(self, namespace: str, sid: str, reason: Any) -> None:
        auth = (await self.sio.get_session(sid, namespace))["auth"]
        if isinstance(auth, dict) and "tag" in auth:
            self._leaving(auth["tag"]).set_result([reason, getattr(reason, "detail", "")])

    def _leaving(self, tag: str) -> "asyncio.Future[list[str]]":
        return self.left.setdefault(tag, asyncio.get_running_loop().create_future())

    async def reason(self, namespace: str, sid: str, tag: str) -> Any:
        """Wait until the client with this tag has left, and tell why it has."""
        return [await self._leaving(tag)]

    async def kick(self, namespace: str, sid: str, close: bool) -> None:
        await self.sio.disconnect(sid, namespace, close=close)

    # Events and acknowledgements ------------------------------------------

    async def whoami(self, namespace: str, sid: str) -> Any:
        auth = (await self.sio.get_session(sid, namespace))["auth"]
        transport = self.sio.transport(sid, namespace)
        return {"sid": sid, "auth": auth, "transport": transport, "namespace": namespace}

    async def echo(self, namespace: str, sid: str, *args: Any) -> Any:
        return args

    async def describe(self, namespace: str, sid: str, *args: Any) -> Any:
        return [describe(value) for value in args]

    async def nothing(self, namespace: str, sid: str, *args: Any) -> None:
        return None

    async def one(self, namespace: str, sid: str) -> Any:
        return ["a list", "is one argument"]

    async def pair(self, namespace: str, sid: str) -> Any:
        return "first", {"second": 2}

    async def blob(self, namespace: str, sid: str) -> Any:
        return b"\x00\x01\xff", {"deep": [b"", bytearray(b"more")]}

    # What the server sends ------------------------------------------------

    async def to_me(self, namespace: str, sid: str, event: str, *args: Any) -> None:
        await self.sio.emit(event, args, to=sid, namespace=namespace)

    async def bytes_to_me(self, namespace: str, sid: str) -> None:
        await self.sio.emit("bytes", BYTES, to=sid, namespace=namespace)

    async def ask_me(self, namespace: str, sid: str, *args: Any) -> None:
        async def answered(*answer: Any) -> None:
            await self.sio.emit("answered", describe(list(answer)), to=sid, namespace=namespace)

        await self.sio.emit("ask", args, to=sid, namespace=namespace, callback=answered)

    async def call_me(self, namespace: str, sid: str, event: str, *args: Any) -> Any:
        answer = await self.sio.call(event, args, to=sid, namespace=namespace)
        return describe(list(answer) if isinstance(answer, tuple) else answer)

    async def call_in_vain(self, namespace: str, sid: str) -> str:
        try:
            await self.sio.call("unanswered", to=sid, namespace=namespace, timeout=0.01)
        except CallTimeoutError:
            return "TimeoutError"
        return "answered"

    async def call_other(self, namespace: str, sid: str, other: str) -> str:
        try:
            await self.sio.call("leave", to=other, namespace=namespace, timeout=None)
        except CallTimeoutError:
            return "TimeoutError"
        return "answered"

    async def join(self, namespace: str, sid: str, *rooms: str) -> list[str]:
        for room in rooms:
            await self.sio.enter_room(sid, room, namespace)
        return sorted(str(room) for room in self.sio.rooms(sid, namespace))

    async def leave(self, namespace: str, sid: str, room: str) -> None:
        await self.sio.leave_room(sid, room, namespace)

    async def broadcast(
        self, namespace: str, sid: str, event: str, data: Any, to: Any, skip: Any
    ) -> None:
        await self.sio.emit(event, data, to=to, skip_sid=skip, namespace=namespace)

    async def flood(self, namespace: str, sid: str, count: int) -> None:
        for number in range(count):
            await self.sio.emit("flood", number, to=sid, namespace=namespace)

    async def storm(self, namespace: str, sid: str, tasks: int, each: int) -> None:
        """Emit from several tasks at a time: events with attachments, and with none between."""

        async def emit(task: int) -> None:
            for number in range(each):
                blobs = [bytes([task, number, blob]) * 20 for blob in range(3)]
                await self.sio.emit("storm", (task, number, blobs), to=sid, namespace=namespace)
                await self.sio.emit("calm", (task, number), to=sid, namespace=namespace)
                await asyncio.sleep(0)

        await asyncio.gather(*map(emit, range(tasks)))

    # What the client sends ------------------------------------------------

    async def count(self, namespace: str, sid: str, number: int, *rest: Any) -> None:
        self.counts.setdefault(sid, []).append(number)

    async def counted(self, namespace: str, sid: str) -> Any:
        return self.counts.pop(sid, [])

    async def cookies_seen(self, namespace: str, sid: str) -> Any:
        return self.cookies


COMMON = (
    "connect",
    "disconnect",
    "whoami",
    "echo",
    "join",
    "leave",
    "broadcast",
    "to_me",
    "kick",
)
ROOT_ONLY = (
    "reason",
    "describe",
    "nothing",
    "one",
    "pair",
    "blob",
    "bytes_to_me",
    "ask_me",
    "call_me",
    "call_in_vain",
    "call_other",
    "flood",
    "storm",
    "count",
    "counted",
    "cookies_seen",
)


def application() -> Any:
    """Return an ASGI application with all servers, each on its path."""
    app: Any = None
    left: dict[str, asyncio.Future[list[str]]] = {}
    for path, options in SERVERS.items():
        subject = Subject(options, left)
        app = _noting_cookies(subject, ASGIApp(subject.sio, app, socketio_path=path), path)
    return app


def _noting_cookies(subject: Subject, app: Any, path: str) -> Any:
    # The environment of a client is that of its first request: later cookies are seen only here.
    async def noting(scope: Any, receive: Any, send: Any) -> None:
        if scope.get("path", "").startswith(f"/{path}/"):
            found = [value.decode() for name, value in scope["headers"] if name == b"cookie"]
            subject.cookies.extend(found)
        await app(scope, receive, send)

    return noting


class Paths(Site):
    """All servers, each on its path, as a framework serves them."""

    def __init__(self, mode: str) -> None:
        self.sio = None
        left: dict[str, asyncio.Future[list[str]]] = {}
        self._subjects = {
            f"/{path}": Subject({"async_mode": mode, **options}, left)
            for path, options in SERVERS.items()
        }

    def find(self, path: str) -> AsyncServer | None:
        found = (own for own in self._subjects if path == own or path.startswith(own + "/"))
        return next((self._subjects[own].sio for own in found), None)

    def polling(self, method: str, sid: str) -> contextlib.AbstractAsyncContextManager[None]:
        return contextlib.nullcontext()

    async def shutdown(self) -> None:
        await asyncio.gather(*(subject.sio.shutdown() for subject in self._subjects.values()))

    async def answer(self, path: str, body: bytes) -> tuple[int, bytes]:
        return 404, b"no such page"


def tell(port: int) -> None:
    """Say where the server is: in a line of its own, whatever another thread prints meanwhile."""
    text = json.dumps({"port": port})
    sys.stdout.write(f"\n{text}\n")
    sys.stdout.flush()


def main(port: int, server: str) -> None:
    """Serve until the standard input ends."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    listener = socket.create_server(("127.0.0.1", port))
    port = listener.getsockname()[1]

    def end_with_the_test() -> None:
        while os.read(0, 1):  # a buffered read would be in the way of the interpreter's end
            pass
        os.kill(os.getpid(), 15)

    threading.Thread(target=end_with_the_test, daemon=True).start()
    if server == "uvicorn":
        tell(port)
        config = uvicorn.Config(application(), log_config=None, access_log=False, lifespan="on")
        uvicorn.Server(config).run(sockets=[listener])
        return
    listener.close()

    def announce() -> None:
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                tell(port)
                return
            time.sleep(0.02)

    threading.Thread(target=announce, daemon=True).start()
    importlib.import_module(f"tests.support.frameworks.on_{server}").run(Paths(server), port)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])

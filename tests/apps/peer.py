"""The server that the end-to-end tests of the clients talk to, for `import socketio` of any origin.

Run in the tests' own environment it is this project's, in the peer's it is python-socketio. One
process has one server for each entry of `SERVERS`, on a path of its own; `tests/js/peer.cjs` is the
same for Node.js. `SIO_TEST_ASYNC` chooses between ASGI and WSGI.

Events: `echo` is answered by the event `echoed`, `ask` by an acknowledgement; `burst` by many
events `tick`; `call_me` has the server call the client, and is answered by `answered`; `note` and
`noted` remember values for other clients; `leave` has the server end the namespace.
"""

import os
from collections.abc import Callable
from typing import Any

import socketio

ASYNC = os.environ.get("SIO_TEST_ASYNC") == "1"
NAMESPACES = ("/", "/chat", "/guard")
SMALL = 20_000
SERVERS: dict[str, dict[str, Any]] = {
    "socket.io": {},
    "msgpack": {"serializer": "msgpack"},
    "small": {"max_http_buffer_size": SMALL},
}

notes: dict[str, list[Any]] = {}


def check(namespace: str, auth: Any) -> None:
    """Refuse a client of /guard, in the words that it asks for."""
    if namespace == "/guard" and isinstance(auth, dict) and "refuse" in auth:
        raise socketio.exceptions.ConnectionRefusedError(*auth["refuse"])


class Coroutines:
    """The handlers of an asynchronous server for one namespace."""

    def __init__(self, sio: Any, namespace: str) -> None:
        self.sio = sio
        self.namespace = namespace

    async def emit(self, sid: str, event: str, *args: Any) -> None:
        await self.sio.emit(event, args, to=sid, namespace=self.namespace)

    async def connect(self, sid: str, environ: Any, auth: Any = None) -> None:
        check(self.namespace, auth)
        await self.emit(sid, "welcome", auth)

    async def echo(self, sid: str, *args: Any) -> None:
        await self.emit(sid, "echoed", *args)

    async def ask(self, sid: str, *args: Any) -> Any:
        return args

    async def burst(self, sid: str, count: int) -> None:
        for number in range(count):
            await self.emit(sid, "tick", number)

    async def call_me(self, sid: str, event: str, *args: Any) -> None:
        async def answered(*answer: Any) -> None:
            await self.emit(sid, "answered", list(answer))

        await self.sio.emit(event, args, to=sid, namespace=self.namespace, callback=answered)

    async def note(self, sid: str, key: str, value: Any) -> None:
        notes.setdefault(key, []).append(value)

    async def noted(self, sid: str, key: str) -> Any:
        return (notes.get(key, []),)

    async def leave(self, sid: str) -> None:
        await self.sio.disconnect(sid, namespace=self.namespace)


class Functions:
    """`Coroutines` for a server of threads."""

    def __init__(self, sio: Any, namespace: str) -> None:
        self.sio = sio
        self.namespace = namespace

    def emit(self, sid: str, event: str, *args: Any) -> None:
        self.sio.emit(event, args, to=sid, namespace=self.namespace)

    def connect(self, sid: str, environ: Any, auth: Any = None) -> None:
        check(self.namespace, auth)
        self.emit(sid, "welcome", auth)

    def echo(self, sid: str, *args: Any) -> None:
        self.emit(sid, "echoed", *args)

    def ask(self, sid: str, *args: Any) -> Any:
        return args

    def burst(self, sid: str, count: int) -> None:
        for number in range(count):
            self.emit(sid, "tick", number)

    def call_me(self, sid: str, event: str, *args: Any) -> None:
        def answered(*answer: Any) -> None:
            self.emit(sid, "answered", list(answer))

        self.sio.emit(event, args, to=sid, namespace=self.namespace, callback=answered)

    def note(self, sid: str, key: str, value: Any) -> None:
        notes.setdefault(key, []).append(value)

    def noted(self, sid: str, key: str) -> Any:
        return (notes.get(key, []),)

    def leave(self, sid: str) -> None:
        self.sio.disconnect(sid, namespace=self.namespace)


EVENTS = ("connect", "echo", "ask", "burst", "call_me", "note", "noted", "leave")


def register(sio: Any, kind: Callable[[Any, str], Any]) -> Any:
    """Give a server its handlers. Returns the server."""
    for namespace in NAMESPACES:
        handlers = kind(sio, namespace)
        for name in EVENTS:
            sio.on(name, getattr(handlers, name), namespace=namespace)
    return sio


def application() -> Any:
    """All servers in one application."""
    app: Any = None
    for path, options in SERVERS.items():
        # The events of a client are handled in order, so that what tests see is in order too.
        if ASYNC:
            sio = socketio.AsyncServer(async_mode="asgi", async_handlers=False, **options)
            app = socketio.ASGIApp(register(sio, Coroutines), app, socketio_path=path)
        else:
            sio = socketio.Server(async_mode="threading", async_handlers=False, **options)
            app = socketio.WSGIApp(register(sio, Functions), app, socketio_path=path)
    return app


app = application()

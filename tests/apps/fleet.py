"""One server of a fleet, or a process that only emits, for `import socketio` of any origin.

Run in the tests' own environment it is this project's, in the peer's it is python-socketio. The
variables of the process say which:

* `SIO_TEST_ASYNC=1`: an `AsyncServer` in an ASGI application, else a `Server` in one for WSGI;
* `SIO_TEST_MANAGER`: the class of its manager, in `socketio` or `module.Class`; nothing for none;
* `SIO_TEST_MANAGER_ARGUMENTS`: the manager's keyword arguments, as JSON;
* `SIO_TEST_WRITE_ONLY=1`: no server, but the manager alone;
* `SIO_TEST_MODE`: the `async_mode` of a `Server`, by default `threading`;
* `SIO_TEST_PATH`: a folder whose modules can be imported, or nothing.

Events of clients: `join` and `leave` a room; `ask` is answered by an acknowledgement with its
arguments, bytes too; `rooms` by those that the client is in; `tick` is an event `tock` with the
same arguments for the room `ticking`. A client that connects is in the rooms that `auth["rooms"]`
lists, and has its `sid` in the event `welcome`.

A test controls it over `POST /control`, in JSON with `tests.support.tagged`:
`{"method": "emit", "args": [...], "kwargs": {...}}` calls that method of the server or manager, and
is answered by `{"result": ...}` or `{"error": "ValueError: ..."}`. `ask` is a method too: an emit
with a callback, whose result is what the callback was given, within `wait` seconds. `emit_text` is
one with so many characters, which a test need not send. `lateness` is by how many seconds the event
loop, or a thread, came too late at most since that was asked last.
"""

import asyncio
import inspect
import json
import os
import queue
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any

import socketio
from tests.support import tagged

sys.path += filter(None, [os.environ.get("SIO_TEST_PATH")])
ASYNC = os.environ.get("SIO_TEST_ASYNC") == "1"
WRITE_ONLY = os.environ.get("SIO_TEST_WRITE_ONLY") == "1"
MODE = "asgi" if ASYNC else os.environ.get("SIO_TEST_MODE", "threading")
MANAGER = os.environ.get("SIO_TEST_MANAGER", "")
ARGUMENTS = json.loads(os.environ.get("SIO_TEST_MANAGER_ARGUMENTS", "{}"))
NAMESPACES = ("/", "/chat")
METHODS = (
    *("emit", "send", "call", "ask", "enter_room", "leave_room", "close_room", "disconnect"),
    *("is_connected_anywhere", "rooms", "health", "lateness", "emit_text"),
)
EVENTS = ("connect", "join", "leave", "ask", "rooms", "tick")

Answer = dict[str, Any]


def manager() -> Any:
    """The manager that the variables ask for."""
    if not MANAGER:
        return None
    options = {"write_only": True} if WRITE_ONLY else {}
    module, _, name = MANAGER.rpartition(".")
    if name == "ZmqManager":
        # That of python-socketio imports ZeroMQ from eventlet, whose version breaks now and then
        # where it is used in threads: "cannot set the parent of a main greenlet".
        sys.modules.setdefault("eventlet.green.zmq", import_module("zmq"))
    return getattr(import_module(module or "socketio"), name)(**ARGUMENTS, **options)


def server() -> Any:
    """What a test controls: a server with its handlers, or a manager alone."""
    if WRITE_ONLY:
        return manager()
    kind: Any = socketio.AsyncServer if ASYNC else socketio.Server
    sio = kind(async_mode=MODE, client_manager=manager())
    for namespace in NAMESPACES:
        handlers = (Coroutines if ASYNC else Functions)(sio, namespace)
        for event in EVENTS:
            sio.on(event, getattr(handlers, event), namespace=namespace)
    return sio


class Coroutines:
    """The handlers of an asynchronous server for one namespace."""

    def __init__(self, sio: Any, namespace: str) -> None:
        self.sio = sio
        self.namespace = namespace

    async def connect(self, sid: str, environ: Any, auth: Any = None) -> None:
        for room in (auth or {}).get("rooms", ()):
            await self.join(sid, room)
        await self.sio.emit("welcome", sid, to=sid, namespace=self.namespace)

    async def join(self, sid: str, room: str) -> None:
        await self.sio.enter_room(sid, room, namespace=self.namespace)

    async def leave(self, sid: str, room: str) -> None:
        await self.sio.leave_room(sid, room, namespace=self.namespace)

    async def ask(self, sid: str, *args: Any) -> Any:
        return args

    async def rooms(self, sid: str) -> Any:
        return sorted(self.sio.rooms(sid, namespace=self.namespace))

    async def tick(self, sid: str, *args: Any) -> None:
        await self.sio.emit("tock", args, room="ticking", namespace=self.namespace)


class Functions:
    """`Coroutines` for a server of threads."""

    def __init__(self, sio: Any, namespace: str) -> None:
        self.sio = sio
        self.namespace = namespace

    def connect(self, sid: str, environ: Any, auth: Any = None) -> None:
        for room in (auth or {}).get("rooms", ()):
            self.join(sid, room)
        self.sio.emit("welcome", sid, to=sid, namespace=self.namespace)

    def join(self, sid: str, room: str) -> None:
        self.sio.enter_room(sid, room, namespace=self.namespace)

    def leave(self, sid: str, room: str) -> None:
        self.sio.leave_room(sid, room, namespace=self.namespace)

    def ask(self, sid: str, *args: Any) -> Any:
        return args

    def rooms(self, sid: str) -> Any:
        return sorted(self.sio.rooms(sid, namespace=self.namespace))

    def tick(self, sid: str, *args: Any) -> None:
        self.sio.emit("tock", args, room="ticking", namespace=self.namespace)


class Lateness:
    """By how much a sleep took longer than it was to, at most: what all else here waited too."""

    SECONDS = 0.01

    def __init__(self) -> None:
        self._most: float | None = None

    def take(self) -> float:
        """Return the greatest since this was called last; the first call begins it."""
        if self._most is None:
            self._begin()
        most, self._most = self._most or 0.0, 0.0
        return most

    def _begin(self) -> None:
        if ASYNC:
            self._task = asyncio.get_running_loop().create_task(self._in_loop())
        else:
            threading.Thread(target=self._in_thread, daemon=True).start()

    def _note(self, begun: float) -> None:
        self._most = max(self._most or 0.0, time.monotonic() - begun - self.SECONDS)

    async def _in_loop(self) -> None:
        while True:
            begun = time.monotonic()
            await asyncio.sleep(self.SECONDS)
            self._note(begun)

    def _in_thread(self) -> None:
        while True:
            begun = time.monotonic()
            time.sleep(self.SECONDS)
            self._note(begun)


sio = server()
lateness = Lateness()


# What a test asks for --------------------------------------------------------------------------


def described(error: Exception) -> Answer:
    """An answer that names an error."""
    return {"error": f"{type(error).__name__}: {error}"}


def chosen_method(name: str) -> Any:
    """What a test calls by this name."""
    if name == "health":
        return health
    if name == "lateness":
        return lateness.take
    if name == "emit_text":
        return lambda event, size: sio.emit(event, "x" * size)
    if name == "is_connected_anywhere" and not WRITE_ONLY:
        return sio.manager.is_connected_anywhere
    return getattr(sio, name)


def health() -> Answer:
    """How the manager gets on with its broker."""
    found = (sio if WRITE_ONLY else sio.manager).health()
    names = ("healthy", "detail", "routing", "queued_messages")
    return {name: getattr(found, name) for name in names}


async def control_in_loop(request: Any) -> Answer:
    """Call a method of an asynchronous server or manager."""
    try:
        method, args, kwargs = chosen(request)
        if method == "ask":
            heard: asyncio.Queue[Any] = asyncio.Queue()
            wait = kwargs.pop("wait", 10)
            await sio.emit(*args, **kwargs, callback=lambda *answer: heard.put_nowait(answer))
            return {"result": await asyncio.wait_for(heard.get(), wait)}
        result = chosen_method(method)(*args, **kwargs)
        return {"result": await result if inspect.isawaitable(result) else result}
    except Exception as error:
        return described(error)


def control_in_thread(request: Any) -> Answer:
    """Call a method of a blocking server or manager."""
    try:
        method, args, kwargs = chosen(request)
        if method == "ask":
            heard: queue.Queue[Any] = queue.Queue()
            wait = kwargs.pop("wait", 10)
            sio.emit(*args, **kwargs, callback=lambda *answer: heard.put(answer))
            return {"result": heard.get(timeout=wait)}
        return {"result": chosen_method(method)(*args, **kwargs)}
    except Exception as error:
        return described(error)


def chosen(request: Any) -> tuple[str, list[Any], dict[str, Any]]:
    """The method that is asked for, and its arguments."""
    if request["method"] not in METHODS:
        raise ValueError(f"no test may call {request['method']}")
    return request["method"], request.get("args", []), request.get("kwargs", {})


# The applications ------------------------------------------------------------------------------


async def asgi(scope: Any, receive: Callable[[], Awaitable[Any]], send: Any) -> None:
    """Serve what a test asks for, and clients."""
    if scope["type"] != "http" or scope["path"] != "/control":
        return await inner(scope, receive, send)
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    answer = tagged.dumps(await control_in_loop(tagged.loads(body)))
    headers = [(b"content-length", b"%d" % len(answer))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


def wsgi(environ: Any, start_response: Any) -> Any:
    """Serve what a test asks for, and clients."""
    if environ["PATH_INFO"] != "/control":
        return inner(environ, start_response)
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    answer = tagged.dumps(control_in_thread(tagged.loads(body)))
    start_response("200 OK", [("Content-Length", str(len(answer)))])
    return [answer]


async def nobody_asgi(scope: Any, receive: Any, send: Any) -> None:
    """Serve no client, beside a manager that only emits."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body"})


def nobody_wsgi(environ: Any, start_response: Any) -> Any:
    """Serve no client, beside a manager that only emits."""
    start_response("404 Not Found", [])
    return []


inner: Any
if WRITE_ONLY:
    inner = nobody_asgi if ASYNC else nobody_wsgi
else:
    inner = socketio.ASGIApp(sio) if ASYNC else socketio.WSGIApp(sio)
app = asgi if ASYNC else wsgi

"""A real server, `AsyncServer` under uvicorn, for clients in the same process."""

import asyncio
import contextlib
import itertools
import socket
from typing import Any

import uvicorn

from sio_asgi import ASGIApp, AsyncServer
from sio_core.exceptions import CallAbortedError, ConnectionRefusedError
from tests.support.inprocess import Guest

from .loops import LoopThread

NAMESPACES = ("/", "/chat", "/guard")
LARGEST = 20_000_000


class Site:
    """A server in the loop of a thread; what it was told is in its lists.

    `connects` has the environ and the authentication of each client, `left` the namespace and the
    reason of those that went, `kept` the arguments of each event `keep`. It has `options`.
    """

    def __init__(self, loops: LoopThread, **options: Any) -> None:
        self.sio: AsyncServer
        self.connects: list[tuple[dict[str, Any], Any]] = []
        self.left: list[tuple[str, str]] = []
        self.kept: list[tuple[Any, ...]] = []
        self.port = 0
        self._loops = loops
        self._options = options
        self._marks = itertools.count()
        self._server: uvicorn.Server
        self._task: asyncio.Task[None]
        self._released: asyncio.Event

    @property
    def url(self) -> str:
        """Where the server is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Begin to serve, on the port that it had before if it had one."""
        self._loops.run(self._start())

    def stop(self) -> None:
        """End every session in order, and stop to listen."""
        self._loops.run(self._stop())

    def emit(self, event: str, *args: Any, to: str | None = None, namespace: str = "/") -> None:
        """Emit an event to one client or to all."""
        self._loops.run(self.sio.emit(event, args, to=to, namespace=namespace))

    def mark(self) -> int:
        """A number that no other test has."""
        return next(self._marks)

    def kept_of(self, mark: Any) -> list[Any]:
        """The arguments that `keep` was given behind `mark`."""
        return [rest for first, *rest in list(self.kept) if first == mark]

    async def _start(self) -> None:
        self._released = asyncio.Event()
        self.sio = AsyncServer(
            async_mode="asgi",
            namespaces=list(NAMESPACES),
            max_http_buffer_size=LARGEST,
            **self._options,
        )
        self._register(self.sio)
        listener = socket.create_server(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(
            ASGIApp(self.sio),
            log_level="error",
            lifespan="off",
            ws_max_size=LARGEST,
            timeout_graceful_shutdown=5,
        )
        self._server = Guest(config)
        self._task = asyncio.create_task(self._server.serve([listener]))
        while not self._server.started:
            await asyncio.sleep(0.002)

    async def _stop(self) -> None:
        self._released.set()
        for listening in self._server.servers:  # or clients come back before it is gone
            listening.close()
        await self.sio.shutdown()
        self._server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    def _register(self, sio: AsyncServer) -> None:
        def connect(namespace: str, sid: str, environ: dict[str, Any], auth: Any) -> None:
            self.connects.append((environ, auth))
            if isinstance(auth, dict) and "refuse" in auth:
                raise ConnectionRefusedError(*auth["refuse"])

        def disconnect(namespace: str, sid: str, reason: str) -> None:
            self.left.append((namespace, str(reason)))

        def guard(sid: str, environ: dict[str, Any], auth: Any) -> bool:
            return isinstance(auth, dict) and auth.get("token") == "right"

        def ask(namespace: str, sid: str, *args: Any) -> Any:
            return args

        async def echo(namespace: str, sid: str, *args: Any) -> None:
            await sio.emit("echoed", args, to=sid, namespace=namespace)

        async def burst(namespace: str, sid: str, count: int, *args: Any) -> None:
            for number in range(count):
                await sio.emit("tick", (number, *args), to=sid, namespace=namespace)

        async def call_me(namespace: str, sid: str, event: str, *args: Any) -> None:
            async def calling() -> None:
                with contextlib.suppress(CallAbortedError):
                    answer = await sio.call(event, args, to=sid, namespace=namespace)
                    await sio.emit("answered", answer, to=sid, namespace=namespace)

            sio.start_background_task(calling)

        async def mute(namespace: str, sid: str, *args: Any) -> None:
            await self._released.wait()

        def keep(namespace: str, sid: str, *args: Any) -> None:
            self.kept.append(args)

        async def leave(namespace: str, sid: str) -> None:
            await sio.disconnect(sid, namespace=namespace)

        sio.on("connect", guard, namespace="/guard")
        for handler in (connect, disconnect, ask, echo, burst, call_me, mute, keep, leave):
            sio.on(handler.__name__, handler, namespace="*")

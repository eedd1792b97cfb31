"""`ASGIApp`: Socket.IO as an ASGI application, alone or in front of another."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar

from sio_server import AsyncServer
from sio_server.aio import Driver
from sio_server.dispatch.runners import resolve
from sio_server.serving.application_arguments import WSGI, check_server
from sio_server.serving.async_server_end import AsyncServerEnd
from sio_server.serving.proxies import NO_PROXIES, TrustedProxies
from sio_server.serving.routes import NOT_FOUND, below, endpoint_of
from sio_server.serving.static_files import Rule, StaticFiles

from .direct import DirectlyServed
from .endpoint import HasDriver, respond, serve
from .running import run
from .scopes import Receive, Scope, Send, route_path
from .static_files import send_file


class ASGIApp(DirectlyServed):
    """An `ASGIApp` serves a Socket.IO server, alone or in front of another ASGI application.

    For example, to be run with `uvicorn server:app`::

        sio = AsyncServer()
        app = ASGIApp(sio, other_asgi_app=FastAPI(), static_files={"/": "public/index.html"})

    * `socketio_server`: an `AsyncServer`, or an object with a `driver` like its own.
    * `other_asgi_app`: the application for all other paths; None (default): they are not found.
    * `static_files`: files or folders by path; "Deployment" in the documentation has the forms.
    * `socketio_path`: the path of the endpoint, and what is below it, `"socket.io"` by default;
      None or an empty path: every request.
    * `on_startup`, `on_shutdown`: functions or coroutine functions without arguments; without both,
      the events of the lifespan go to `other_asgi_app`.
    * `drain`: seconds, 5 by default, in which open polls and WebSockets are ended once the web
      server is told to stop.

    Raises `TypeError` for a `socketio_server` that is no server for asyncio.
    """

    _plain_handle: ClassVar[Callable[..., Any]] = AsyncServer.handle_request
    """What serves a request where no program has put something of its own there."""

    def __init__(
        self,
        socketio_server: Any,
        other_asgi_app: Any = None,
        static_files: Mapping[str, Rule] | None = None,
        socketio_path: str | None = "socket.io",
        on_startup: Callable[[], Any] | None = None,
        on_shutdown: Callable[[], Any] | None = None,
        *,
        drain: float = 5.0,
    ) -> None:
        check_server(
            "ASGIApp",
            socketio_server,
            other_asgi_app,
            own=AsyncServer,
            foreign="Server",
            home=WSGI,
        )
        self.engineio_server: HasDriver | Any = socketio_server
        self.other_asgi_app = other_asgi_app
        self.static_files = static_files or {}
        self._endpoint = endpoint_of(socketio_path)
        self._below = below(self._endpoint)
        self.engineio_path = self._below or "/"
        self.on_startup = on_startup
        self.on_shutdown = on_shutdown
        self._static = StaticFiles(self.static_files)
        self._end = AsyncServerEnd(socketio_server, drain)
        bind = getattr(socketio_server, "bind", None)
        if bind is not None:
            bind("asgi", serve)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one scope."""
        if scope["type"] == "lifespan":
            await self.lifespan(scope, receive, send)
        elif scope["type"] in ("http", "websocket") and self.is_endpoint(scope):
            self._watch()
            await self._handle(scope, receive, send)
        elif scope["type"] == "http" and await send_file(self._static, scope, send):
            pass
        elif self.other_asgi_app is not None:
            await self.other_asgi_app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})  # it is refused
        else:
            await self.not_found(receive, send)

    def run(self, host: str = "127.0.0.1", port: int = 8000, **options: Any) -> None:
        """Serve the application under uvicorn, until the process is told to stop.

        For example `app.run(port=8000)`. `host` and `port` say where to listen. `options` are those
        of `uvicorn.Config`, and `per_message_deflate`: True compresses WebSocket messages. uvloop
        and httptools are used where they are installed. The process is the server's own, so its
        garbage collector is told to hold up clients less, see `sio_server.tune_collector`, unless
        `collector` is False. Raises `ImportError` without uvicorn, and without wsproto where it
        shall compress.
        """
        run(self, host, port, **options)

    async def not_found(self, receive: Receive, send: Send) -> None:
        """Answer a request that nobody serves with status 404; override it for another answer.

        `receive` and `send` are those of ASGI.
        """
        await respond(send, NOT_FOUND)

    # For web servers that need no ASGI ------------------------------------

    def is_endpoint(self, scope: Scope) -> bool:
        """Return true if the `path` of `scope` is that of the Socket.IO server."""
        # Under a mount, the path may be given whole or from the mount on.
        path: str = scope["path"]
        if path.startswith(self._below) or path == self._endpoint:
            return True
        path = route_path(scope)
        return path.startswith(self._below) or path == self._endpoint

    def direct_driver(self) -> Driver[Any] | None:
        """Return the driver that answers the next request of the endpoint, if nothing else does.

        None where a subclass or a patch is to see each request: it is to go through ASGI then.
        """
        kind, server = type(self), self.engineio_server
        if kind.__call__ is not _CALL or kind._handle is not _HANDLE:
            return None
        handle = getattr(type(server), "handle_request", None)
        if handle is not None and (
            handle is not kind._plain_handle or "handle_request" in server.__dict__
        ):
            return None
        self._watch()
        return server.driver

    @property
    def trusted_proxies(self) -> TrustedProxies:
        """Return the proxies that the server trusts."""
        return getattr(self.engineio_server, "proxies", NO_PROXIES)

    def _watch(self) -> None:
        loop = self._end.loop
        if loop is None or not loop.is_running():
            self._end.watch()

    def _handle(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[Any]:
        handle = getattr(self.engineio_server, "handle_request", None)
        if handle is not None:
            return handle(scope, receive, send)  # type: ignore[no-any-return]
        return serve(self.engineio_server, scope, receive, send)

    # Lifespan -------------------------------------------------------------

    async def lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the events of the lifespan, or have `other_asgi_app` answer them.

        `scope`, `receive` and `send` are those of ASGI.
        """
        if self.other_asgi_app is not None and not (self.on_startup or self.on_shutdown):

            async def receive_and_stop() -> Any:
                message = await receive()
                if message["type"] == "lifespan.shutdown":
                    await self._end.end()
                elif message["type"] == "lifespan.startup":
                    self._end.begin()
                return message

            await self.other_asgi_app(scope, receive_and_stop, send)
            return
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._end.begin()
                if not await self._hook(self.on_startup, "startup", send):
                    return
            elif message["type"] == "lifespan.shutdown":
                await self._end.end()
                await self._hook(self.on_shutdown, "shutdown", send)
                return

    async def _hook(self, hook: Callable[[], Any] | None, name: str, send: Send) -> bool:
        """Run one of the application's hooks and report how it went."""
        try:
            if hook is not None:
                await resolve(hook())
        except Exception as error:
            await send({"type": f"lifespan.{name}.failed", "message": f"{error!r}"})
            raise
        await send({"type": f"lifespan.{name}.complete"})
        return True


_CALL = ASGIApp.__call__
_HANDLE = ASGIApp._handle

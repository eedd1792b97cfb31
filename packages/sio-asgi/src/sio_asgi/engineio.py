"""`ASGIApp` for servers of Engine.IO: the same, with the arguments that python-engineio has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from sio_server.engineio import AsyncServer
from sio_server.serving.static_files import Rule

from .application import ASGIApp as SocketIOApp


class ASGIApp(SocketIOApp):
    """An `ASGIApp` serves a server of Engine.IO, alone or in front of another ASGI application.

    For example::

        eio = AsyncServer()
        app = ASGIApp(eio, other_asgi_app=FastAPI())

    * `engineio_server`: an `AsyncServer` of `sio_server.engineio`.
    * `engineio_path`: the path of the endpoint, and what is below it, `"engine.io"` by default;
      None or an empty path: every request.
    * `other_asgi_app`, `static_files`, `on_startup`, `on_shutdown`, `drain`: as for
      `sio_asgi.ASGIApp`.

    Raises `TypeError` for an `engineio_server` that is no server for asyncio.
    """

    _plain_handle: ClassVar[Callable[..., Any]] = AsyncServer.handle_request

    def __init__(
        self,
        engineio_server: Any,
        other_asgi_app: Any = None,
        static_files: Mapping[str, Rule] | None = None,
        engineio_path: str | None = "engine.io",
        on_startup: Callable[[], Any] | None = None,
        on_shutdown: Callable[[], Any] | None = None,
        *,
        drain: float = 5.0,
    ) -> None:
        super().__init__(
            engineio_server,
            other_asgi_app,
            static_files,
            engineio_path,
            on_startup,
            on_shutdown,
            drain=drain,
        )

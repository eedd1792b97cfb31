"""A server in the test's own process, for tests of the clients: it notes what it is sent."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sio_wsgi import ConnectionRefusedError, Server, WSGIApp
from tests.support.inprocess import serving_wsgi
from tests.support.servers import PATIENCE


class Chat:
    """A server; `seen` is what it was sent, `sids` who came, `left` the reasons of who left."""

    def __init__(self, **options: Any) -> None:
        self.sio = Server(async_mode="threading", namespaces=["/", "/chat"], **options)
        self.seen: list[Any] = []
        self.sids: list[str] = []
        self.left: list[str] = []
        self.auth: list[Any] = []
        self.headers: list[dict[str, Any]] = []
        self.url = ""
        self.port = 0
        self._changed = threading.Condition()
        for namespace in ("/", "/chat", "/no"):
            self.sio.on("connect", self._connect, namespace)
            self.sio.on("disconnect", self._disconnect, namespace)
            self.sio.on("*", self._event, namespace)
        self.sio.on("connect", self._refuse, "/no")

    def _connect(self, sid: str, environ: dict[str, Any], auth: Any) -> None:
        with self._changed:
            self.sids.append(sid)
            self.auth.append(auth)
            self.headers.append(environ)
            self._changed.notify_all()

    def _disconnect(self, sid: str, reason: str) -> None:
        with self._changed:
            self.left.append(str(reason))
            self._changed.notify_all()

    def _refuse(self, sid: str, environ: dict[str, Any]) -> None:
        raise ConnectionRefusedError("not \x1b[31mfor you", {"code": 7})

    def _event(self, event: str, sid: str, *args: Any) -> Any:
        with self._changed:
            self.seen.append([event, *args])
            self._changed.notify_all()
        if event == "show":
            name, *data = args
            self.sio.emit(name, tuple(data), to=sid)
        if event == "bytes":
            self.sio.emit("bytes", b"\x00\xff", to=sid)
        if event == "leave":
            self.sio.disconnect(sid)
        return args

    def wait(self, true: Callable[[], bool]) -> None:
        """Wait until something is so."""
        with self._changed:
            assert self._changed.wait_for(true, PATIENCE), self.seen


@contextmanager
def chatting(tls: ssl.SSLContext | None = None, **options: Any) -> Iterator[Chat]:
    """Serve a `Chat` in threads; `options` are those of its server."""
    chat = Chat(**options)
    with serving_wsgi(WSGIApp(chat.sio), tls) as served:
        chat.url, chat.port = served.origin, served.port
        try:
            yield chat
        finally:
            chat.sio.shutdown(1)

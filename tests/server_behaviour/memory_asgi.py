"""An asynchronous server without a web server: messages of ASGI from a thread to the event loop."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any

from tests.server_behaviour.clients import LIMIT, Answer, Closed, Packet

WINDOW = 200_000
"""Bytes that a client leaves unread before whoever sends to it has to wait."""

Message = dict[str, Any]


def _scope(kind: str, target: str, headers: dict[str, str] | None) -> Message:
    path, _, query = target.partition("?")
    given = {"host": "testserver", **(headers or {})}
    return {
        "type": kind,
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "http" if kind == "http" else "ws",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
        "client": ("192.0.2.1", 50000),
        "server": ("testserver", 80),
        "state": {},
    }


class Messages:
    """The network of one ASGI application that runs on `loop`, in another thread."""

    def __init__(self, application: Any, loop: asyncio.AbstractEventLoop) -> None:
        self.application = application
        self.loop = loop
        self._open: list[_Sent | _Socket] = []

    def request(
        self, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> _Sent:
        """Send a request."""
        scope = {**_scope("http", target, headers), "method": method}
        sent = _Sent(self, scope)
        sent.give({"type": "http.request", "body": body})
        self._open.append(sent)
        return sent

    def websocket(self, target: str, headers: dict[str, str] | None = None) -> _Socket | Answer:
        """Open a WebSocket, or return the response that refuses it."""
        scope = {**_scope("websocket", target, headers), "subprotocols": []}
        scope["extensions"] = {"websocket.http.response": {}}
        opened = _Socket(self, scope)
        opened.give({"type": "websocket.connect"})
        refusal = opened.outcome.result(LIMIT)
        if refusal is not None:
            return refusal
        self._open.append(opened)
        return opened

    def close(self) -> None:
        """Hang up whatever is open."""
        for each in self._open:
            each.hang_up()


class _Run:
    """One call of the application."""

    def __init__(self, network: Messages, scope: Message) -> None:
        self._loop = network.loop
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._gone = False
        self._start: Message = {}
        self._body = b""
        coroutine: Coroutine[Any, Any, None] = network.application(
            scope, self._inbox.get, self._send
        )
        self._run = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        self._run.add_done_callback(self._ended)

    def give(self, message: Message) -> None:
        """Let the application receive a message."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._inbox.put_nowait, message)

    def _response(self, message: Message) -> Answer | None:
        if message["type"].endswith("start"):
            self._start = message
            return None
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return None
        headers = {key.decode(): value.decode() for key, value in self._start["headers"]}
        return Answer(self._start["status"], headers, self._body)

    async def _send(self, message: Message) -> None:
        raise NotImplementedError

    def _ended(self, run: Future[None]) -> None:
        raise NotImplementedError


class _Sent(_Run):
    """A request."""

    def __init__(self, network: Messages, scope: Message) -> None:
        self._answer: Future[Answer] = Future()
        super().__init__(network, scope)

    async def _send(self, message: Message) -> None:
        if self._gone:
            raise OSError("the client is gone")
        answer = self._response(message)
        if answer is not None:
            self._answer.set_result(answer)

    def _ended(self, run: Future[None]) -> None:
        if not self._answer.done():
            self._answer.set_exception(Closed("the request ended without a response"))

    @property
    def done(self) -> bool:
        """True once there is an answer, or none to come."""
        return self._answer.done()

    def answer(self) -> Answer:
        """Wait for the response. Raises `Closed` without one."""
        return self._answer.result(LIMIT)

    def hang_up(self) -> None:
        """Leave without the response."""
        self._gone = True
        self.give({"type": "http.disconnect"})


class _Socket(_Run):
    """A WebSocket; `outcome` is the response that refused it, or None."""

    def __init__(self, network: Messages, scope: Message) -> None:
        self.outcome: Future[Answer | None] = Future()
        self._unread = 0
        self._read = asyncio.Event()
        self._frames: queue.SimpleQueue[Packet | Closed] = queue.SimpleQueue()
        super().__init__(network, scope)

    async def _send(self, message: Message) -> None:
        if self._gone:
            raise OSError("the client is gone")
        match message["type"]:
            case "websocket.accept":
                self.outcome.set_result(None)
            case "websocket.send":
                text = message.get("text")
                await self._put(message["bytes"] if text is None else text)
            case "websocket.close":
                self._gone = True
                self._frames.put(Closed("closed", message.get("code", 1000)))
                self._inbox.put_nowait({"type": "websocket.disconnect", "code": 1000})
            case _:
                answer = self._response(message)
                if answer is not None:
                    self.outcome.set_result(answer)

    async def _put(self, frame: Packet) -> None:
        while self._unread > WINDOW and not self._gone:
            self._read.clear()
            await self._read.wait()
        if self._gone:
            raise OSError("the client is gone")
        self._unread += len(frame)
        self._frames.put(frame)

    def _ended(self, run: Future[None]) -> None:
        if not self.outcome.done():
            self.outcome.set_exception(Closed("the WebSocket ended before it was opened"))
        if not self._gone:
            self._frames.put(Closed("the application ended"))

    def send(self, frame: Packet) -> None:
        """Send a message."""
        if self._gone or self._run.done():
            raise Closed("the WebSocket is closed")
        key = "text" if isinstance(frame, str) else "bytes"
        self.give({"type": "websocket.receive", key: frame})

    def receive(self) -> Packet:
        """Wait for a message."""
        try:
            frame = self._frames.get(timeout=LIMIT)
        except queue.Empty:
            raise TimeoutError("nothing came") from None
        if isinstance(frame, Closed):
            self._frames.put(frame)
            raise frame
        self._loop.call_soon_threadsafe(self._was_read, len(frame))
        return frame

    def _was_read(self, size: int) -> None:
        self._unread -= size
        self._read.set()

    def close(self) -> None:
        """Close the WebSocket."""
        self._leave(1000)

    def hang_up(self) -> None:
        """Break the connection off."""
        self._leave(1006)

    def _leave(self, code: int) -> None:
        if not self._gone and not self._loop.is_closed():
            self._gone = True
            self._frames.put(Closed("closed by the client", code))
            self.give({"type": "websocket.disconnect", "code": code})
            self._loop.call_soon_threadsafe(self._read.set)

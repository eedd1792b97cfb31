"""The driver of examples/raw-socket-server as a rig: TCP connections of an event loop in memory."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h11

from sio_core import Entrance, Frame, Request, Response
from sio_core.testing import WatchedServer
from sio_core.websocket import (
    BINARY,
    TEXT,
    Close,
    FrameReader,
    frame_masked,
    make_key,
    request_headers,
)
from tests.driver_contract.asyncio_rig import AsyncioRig, Loop

PATH = Path(__file__).parents[2] / "examples" / "raw-socket-server" / "server.py"
KEY = make_key(bytes(16))


def load() -> Any:
    """The program as a module."""
    spec = importlib.util.spec_from_file_location("raw_socket_server", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Visitor(asyncio.Transport):
    """One client and its connection, whose bytes are kept here; `protocol` is the driver's end."""

    def __init__(self, loop: asyncio.AbstractEventLoop, protocol: Any) -> None:
        super().__init__()
        self.loop, self.protocol = loop, protocol
        self.http = h11.Connection(h11.CLIENT)
        self.answer: Response | None = None
        self.opened = self.ended = self.over = self.clogged = self.spoilt = self.stays = False
        self.held = b""
        self.heard = b""
        self.written: list[Frame] = []
        self.code: int | None = None
        self._frames = FrameReader(10_000_000, masked=False)
        protocol.connection_made(self)

    # What the client does ---------------------------------------------------

    def ask(self, request: Request, body: bytes | None) -> None:
        """Send a request; with None only the head of one with a body."""
        headers = [("Host", request.host)]
        if request.websocket:
            headers += request_headers(KEY)
        elif body != b"":
            headers.append(("Content-Length", str(len(body or b"four"))))
        event = h11.Request(
            method=request.method, target=f"/socket.io/?{request.query}", headers=headers
        )
        data = self.http.send(event) or b""
        if body is not None:
            data += self.http.send(h11.Data(data=body)) if body else b""
            data += self.http.send(h11.EndOfMessage()) or b""
        self.say(data)

    def say(self, data: bytes) -> None:
        """Send bytes, in two pieces."""
        for piece in (data[:7], data[7:]):
            if piece and not self.over:
                self.protocol.data_received(piece)

    def leave(self) -> None:
        """Hang up."""
        self.ended = True
        self.abort()

    def clog(self, clogged: bool) -> None:
        """Stop reading, or go on with it."""
        self.clogged = clogged
        if not clogged and not self.over:
            held, self.held = self.held, b""
            self._read(held)
            self.protocol.resume_writing()

    def _read(self, data: bytes) -> None:
        self.heard += data
        if self.http.our_state is h11.IDLE:
            return  # bytes that the test has written, and reads
        if not self.opened and self.answer is None:
            self._read_answer(data)
        else:
            self._read_frames(data)

    def _read_answer(self, data: bytes) -> None:
        self.http.receive_data(data)
        body = b""
        while (event := self.http.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
            if isinstance(event, h11.InformationalResponse):
                assert event.status_code == 101
                self.opened = True
                self._read_frames(self.http.trailing_data[0])
                return
            if isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage) and not self.ended:
                self.answer = Response(status, (), body)

    def _read_frames(self, data: bytes) -> None:
        for found in self._frames.feed(data):
            if isinstance(found, Close):
                self.code = found.code
            else:
                assert isinstance(found, str | bytes)
                self.written.append(found)

    # What the driver does -----------------------------------------------------

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self.spoilt:
            self.abort()
        elif self.clogged:
            self.held += data
            self.protocol.pause_writing()
        elif not self.over:
            self._read(bytes(data))

    def write_eof(self) -> None:
        if not self.clogged and not self.stays:
            self.abort()  # the client hangs up, too

    def abort(self) -> None:
        if not self.over:
            self.over = True
            self.loop.call_soon(self.protocol.connection_lost, None)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 1) if name == "peername" else default


class RawRig(AsyncioRig):
    """The example's `Connection` with clients that are played."""

    def start(self, server: WatchedServer) -> None:
        self.loop = Loop(server)
        module = load()
        self.stopping = None
        self.core = server
        clock, call_at = self.loop.time, self.loop.call_at
        self.entrance = Entrance(server, server.dispatch, clock=clock, call_at=call_at)
        self.accept = lambda: Visitor(self.loop, module.Connection(server, self.entrance))

    def request(self, request: Request, body: bytes | None = b"") -> Any:
        def begin() -> Visitor:
            visitor = self.accept()
            visitor.ask(request, body)
            return visitor

        return self._run(begin)

    def response(self, handle: Any) -> Response | None:
        answer: Response | None = handle.answer
        return answer

    def is_over(self, handle: Any) -> bool:
        over: bool = handle.over
        return over

    def open(self, request: Request) -> Any:
        return self.request(request)

    def send(self, handle: Any, frame: Frame) -> None:
        kind, data = (TEXT, frame.encode()) if isinstance(frame, str) else (BINARY, frame)
        self._run(lambda: handle.say(frame_masked(kind, data, b"\1\2\3\4")))

    def frames(self, handle: Any) -> Sequence[Frame]:
        frames: Sequence[Frame] = handle.written
        return frames

    def clog(self, handle: Any, clogged: bool) -> None:
        self._run(lambda: handle.clog(clogged))

    def hang_up(self, handle: Any) -> None:
        self._run(handle.leave)

    def cancel(self, handle: Any) -> None:
        self.hang_up(handle)

    def shut_down(self, seconds: float) -> None:
        async def end() -> None:
            self.entrance.enter(self.core.close_all, within=seconds)
            while self.core.sessions:
                await asyncio.sleep(0.02)
            self.entrance.stop()

        def begin() -> None:
            self.stopping = self.loop.create_task(end())

        self._run(begin)

    def call(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        def call() -> Any:
            result = function(*args, **kwargs)
            self.entrance.settle()
            return result

        return call() if self.loop.is_running() else self._run(call)

"""A WebSocket class for uvicorn: `uvicorn app:app --ws sio_asgi.uvicorn:WebSocketProtocol`.

wsproto does the handshake, and everything once compression is negotiated. A
Socket.IO connection then has no task of its own: messages go from the socket
to the driver and frames from the driver to the socket. Other WebSocket routes
of the same application are served as ordinary ASGI. Everything works the same,
only slower, with uvicorn's own classes.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, cast
from urllib.parse import quote, unquote

from uvicorn.config import Config
from uvicorn.protocols.utils import (
    ClientDisconnected,
    get_client_addr,
    get_local_addr,
    get_remote_addr,
    is_ssl,
)
from uvicorn.server import ServerState

from sio_core import Prepared
from sio_core.websocket import BROKEN, MAX_FRAGMENTS, Close, Failed, Ping, Pong, Received
from sio_server.drivers.asyncio.own_socket import OwnSocketConnection

from .endpoint import WIRE
from .frames import Codec, PlainCodec
from .handshake import Handshake
from .keepalive import Keepalive
from .scopes import Message

CLOSE_TIMEOUT = 5.0
"""Seconds that a client gets to answer a close frame, and to read some of what was sent."""

MAX_QUEUED = 16
"""Messages that wait for an ordinary ASGI application before reading pauses."""

MAX_EARLY = 65536
"""Bytes that a client may send before its handshake is answered."""

CLOSE_ROUNDS = 6
"""Times `CLOSE_TIMEOUT` that a client gets at most, however slowly it reads."""

INFLATED_A_TURN = 1 << 18
"""Bytes of compressed messages that are handed on before the event loop turns to the others."""

QUEUE, ROOM, WRITING, TURN = 1, 2, 4, 8
"""Why reading is paused: an application, its handlers, a client that does not read, or others."""

RESTART = 1012
INTERNAL_ERROR = 1011
"""Close codes (RFC 6455 section 7.4.1 and its registry)."""


class WebSocketProtocol(asyncio.Protocol):
    """One WebSocket of uvicorn, from its upgrade request on."""

    per_message_deflate = False
    """Negotiate permessage-deflate with clients that offer it; it costs CPU and memory."""
    max_fragments = MAX_FRAGMENTS
    """Frames of one message; a client that sends more is closed with 1008."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        if not config.loaded:
            config.load()
        self.config = config
        self.loop = _loop or asyncio.get_event_loop()
        self.log = logging.getLogger("uvicorn.error")
        self.app_state = app_state
        self.server_state = server_state
        self.transport: asyncio.Transport = cast(asyncio.Transport, None)
        self._handshake: Handshake | None = Handshake(
            config.ws_max_size, deflate=self.per_message_deflate
        )
        self._codec: Codec | None = None
        self._connection: OwnSocketConnection | None = None
        self._queue: deque[Message] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._writable: asyncio.Future[None] | None = None
        self._early = b""
        self._keepalive: Keepalive | None = None
        self._scope: dict[str, Any] = {}
        self._close_sent = False
        self._close_timer: asyncio.TimerHandle | None = None
        self._close_rounds = CLOSE_ROUNDS
        self._reading = True
        self._holds = 0
        self._ping_payload: bytes | None = None
        self._rest: Iterator[Received] | None = None
        self._gone = False
        self._denial: tuple[int, list[tuple[bytes, bytes]], list[bytes]] | None = None

    # asyncio --------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """uvicorn hands the connection over."""
        self.transport = cast(asyncio.Transport, transport)
        self.server_state.connections.add(self)  # type: ignore[arg-type]
        raw = transport.get_extra_info("socket")
        if raw is not None and raw.family in (socket.AF_INET, socket.AF_INET6):
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        """Bytes of the client: its request first, then frames."""
        if self._codec is None:
            self._receive_early(data)
            return
        received = self._codec.feed(data)
        if self._codec.__class__ is not PlainCodec:
            waits, self._rest = self._rest is not None, iter(received)
            if not waits:
                self._inflate()
            return
        connection = self._connection
        for message in received:
            kind = message.__class__
            if kind is str or kind is bytes:
                if self._close_sent:
                    continue
                if connection is None:
                    self._push_message(cast("str | bytes", message))
                elif connection.receive(cast("str | bytes", message)):
                    self._pause_for(connection)
            else:
                self._control(message)
        if self._ping_payload is not None:
            self._answer_ping()

    def _inflate(self) -> None:
        """Hand on what a compressed connection brought: one message is inflated at a time."""
        rest, self._rest = self._rest, None
        assert rest is not None
        left = INFLATED_A_TURN
        for message in rest:
            if not isinstance(message, str | bytes):
                self._control(message)
                continue
            if self._close_sent:
                pass
            elif self._connection is None:
                self._push_message(message)
            elif self._connection.receive(message):
                self._pause_for(self._connection)
            left -= len(message)
            if left < 0 and not self._holds:
                self._hold(TURN)
                self.loop.call_soon(self._let_go, TURN)
            if self._holds:
                self._rest = rest
                break
        self._answer_ping()

    def eof_received(self) -> None:
        """The client will send no more: asyncio closes the connection."""

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._gone = True
        self.server_state.connections.discard(self)
        self._stop_keepalive()
        if self._close_timer is not None:
            self._close_timer.cancel()
        self._end(1006 if self._codec is None else 1005)
        self._release(self._writable)

    def pause_writing(self) -> None:
        """The transport's buffer is full."""
        self._writable = self.loop.create_future()
        # Whoever does not read what it is sent need not be read from: its answers wait, too.
        self._hold(WRITING)
        if self._connection is not None:
            self._connection.pause()

    def resume_writing(self) -> None:
        """The transport's buffer has room again."""
        self._release(self._writable)
        self._writable = None
        if self._connection is not None:
            self._connection.resume()
        self._answer_ping()
        self._let_go(WRITING)

    def shutdown(self) -> None:
        """uvicorn stops: tell the client to come back later."""
        if self._codec is not None:
            if not self._close_sent:
                self._end(RESTART)
            self._send_close(RESTART)
        elif self._handshake is not None:
            self._reject(500, [], b"Internal Server Error")
        self._close_rounds = 1
        self._hang_up()

    # Frames ---------------------------------------------------------------

    def _control(self, message: Received) -> None:
        if isinstance(message, Ping):
            # RFC 6455, section 5.5.3: of several pings that were not answered yet "only the most
            # recently processed" one needs an answer. So there is never more than one pong.
            self._ping_payload = message.payload
        elif isinstance(message, Pong):
            if self._keepalive is not None:
                self._keepalive.pong(message.payload)
        elif isinstance(message, Close):
            self._end(message.code, message.reason)
            self._send_close(1000 if message.code == 1005 else message.code)
            self._hang_up()
        elif isinstance(message, Failed):
            self._fail(message.code, message.reason)

    def _answer_ping(self) -> None:
        """Answer the last ping, unless the client does not take what it was sent before."""
        payload = self._ping_payload
        if payload is None or self._writable is not None or self._gone:
            return
        self._ping_payload = None
        if not self._close_sent and self._codec is not None:
            self.transport.write(self._codec.pong(payload))

    def _fail(self, code: int, reason: str) -> None:
        self._end(code, reason)
        self._send_close(code, reason)
        self._hang_up()

    def _send_close(self, code: int, reason: str = "") -> None:
        self._stop_keepalive()
        self._answer_ping()
        if not self._close_sent and self._codec is not None and not self._gone:
            self._close_sent = True
            self.transport.write(self._codec.close(code, reason))

    def _hang_up(self) -> None:
        """End the connection once all is written; one that no longer takes anything is cut off."""
        self.transport.close()
        if self.transport.get_write_buffer_size():
            self._hang_up_later()

    def _hang_up_later(self) -> None:
        if self._close_timer is not None:
            self._close_timer.cancel()
        # The client's answer to the close frame may be behind messages that nobody wants now.
        self._holds &= TURN
        self._go_on()
        self._close_timer = self.loop.call_later(
            CLOSE_TIMEOUT, self._cut_off, self.transport.get_write_buffer_size()
        )

    def _cut_off(self, before: int) -> None:
        """Close for good, but not yet while the client goes on reading what it was sent."""
        left = self.transport.get_write_buffer_size()
        self._close_rounds -= 1
        if left and (left >= before or self._close_rounds <= 0):
            self.transport.abort()
        else:
            self._hang_up()

    def _end(self, code: int, reason: str = "") -> None:
        """Tell whoever reads that nothing more will come; the first word counts."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.lost(BROKEN.get(code, ""))
        else:
            self._push({"type": "websocket.disconnect", "code": code, "reason": reason})

    def send_all(self, messages: Sequence[Prepared]) -> None:
        """For the driver: write whole messages, framed once for all recipients."""
        if self._codec.__class__ is not PlainCodec:
            self._compress_all(messages)
        elif len(messages) == 1:
            self.transport.write(messages[0].frame_bytes())
        else:
            self.transport.write(b"".join([message.frame_bytes() for message in messages]))

    def _compress_all(self, messages: Sequence[Prepared]) -> None:
        codec = self._codec
        assert codec is not None
        self.transport.write(
            b"".join(
                codec.text(frame) if isinstance(frame, str) else codec.binary(frame)
                for message in messages
                for frame in message.frames
            )
        )

    def finish(self, code: int) -> None:
        """For the driver: close the WebSocket; a client that never answers is cut off."""
        try:
            self._send_close(code)
        finally:
            self._hang_up_later()

    def _pause_for(self, connection: OwnSocketConnection) -> None:
        if not self._holds & ROOM:
            self._hold(ROOM)
            task = self.loop.create_task(self._resume_after(connection))
            self.server_state.tasks.add(task)
            task.add_done_callback(self.server_state.tasks.discard)

    async def _resume_after(self, connection: OwnSocketConnection) -> None:
        await connection.wait_for_capacity()
        self._let_go(ROOM)

    def _hold(self, reason: int) -> None:
        """Do not read, until `_let_go` was called for every reason."""
        self._holds |= reason
        if self._reading and not self.transport.is_closing():
            self._reading = False
            self.transport.pause_reading()

    def _let_go(self, reason: int) -> None:
        if self._holds & reason:
            self._holds &= ~reason
            self._go_on()

    def _go_on(self) -> None:
        """Hand on what was read already, then read, unless there is still a reason not to."""
        if self._rest is not None and not self._holds:
            self._inflate()
        if not self._holds and not self._reading and not self._gone:
            self._reading = True
            self.transport.resume_reading()

    # Ordinary routes ------------------------------------------------------

    def _accepted(self) -> None:
        """Serve what is an ordinary route: a Socket.IO connection was taken over by now."""
        if self._connection is None:
            self._receive_kept()
        interval = self.config.ws_ping_interval
        if interval and self._connection is None and not self._close_sent and not self._gone:
            self._keepalive = Keepalive(
                self.loop, interval, self.config.ws_ping_timeout, self._ping, self._give_up
            )

    def _stop_keepalive(self) -> None:
        if self._keepalive is not None:
            self._keepalive.stop()
            self._keepalive = None

    def _ping(self, payload: bytes) -> None:
        assert self._codec is not None
        self.transport.write(self._codec.ping(payload))

    def _give_up(self) -> None:
        self._fail(INTERNAL_ERROR, "keepalive ping timeout")

    # The handshake --------------------------------------------------------

    def _receive_early(self, data: bytes) -> None:
        if self._scope or self._handshake is None:
            # Frames before the answer: keep them, within reason.
            self._early += data
            if len(self._early) > MAX_EARLY:
                self.transport.close()
            return
        answer = self._handshake.receive(data)
        if answer is not None:
            self.transport.write(answer)
            self.transport.close()
        elif self._handshake.complete:
            self._start()

    def _start(self) -> None:
        assert self._handshake is not None
        self._scope = self._make_scope(self._handshake)
        self._push({"type": "websocket.connect"})
        task = self.loop.create_task(self._run())
        self.server_state.tasks.add(task)
        task.add_done_callback(self.server_state.tasks.discard)

    def _make_scope(self, handshake: Handshake) -> dict[str, Any]:
        raw_path, _, query = handshake.target.partition("?")
        root: str = self.config.root_path
        return {
            "type": "websocket",
            "asgi": {"version": self.config.asgi_version, "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": "wss" if is_ssl(self.transport) else "ws",
            "server": get_local_addr(self.transport),
            "client": get_remote_addr(self.transport),
            "root_path": root,
            "path": root + unquote(raw_path),
            "raw_path": (root + raw_path).encode("ascii"),
            "query_string": query.encode("ascii"),
            "headers": handshake.headers,
            "subprotocols": handshake.subprotocols,
            "state": self.app_state.copy(),
            "extensions": {"websocket.http.response": {}, WIRE: self},
        }

    async def _run(self) -> None:
        app: Any = self.config.loaded_app  # its types are those of uvicorn's own classes
        try:
            await app(self._scope, self.receive, self.send)
        except ClientDisconnected:
            pass
        except BaseException:
            self.log.exception("Exception in ASGI application\n")
            if self._codec is None:
                self._reject(500, [], b"Internal Server Error")
            else:
                self._send_close(INTERNAL_ERROR)
            self._hang_up()
        else:
            if self._codec is None and self._handshake is not None and not self._gone:
                self.log.error("ASGI callable returned without completing handshake.")
                self._reject(500, [], b"Internal Server Error")
            if self._connection is None and self._close_timer is None:
                self._hang_up()

    def take_over(self, connection: OwnSocketConnection) -> None:
        """For endpoints: from now on, messages go to `connection`; the application may return."""
        self._stop_keepalive()
        assert self._codec is not None
        self._codec.limit(connection.max_size)
        self._connection = connection
        connection.opened(self)
        if self._gone:
            self._end(1006)
        self._receive_kept()

    def _receive_kept(self) -> None:
        """Read what came before the handshake was answered."""
        early, self._early = self._early, b""
        if early and not self._gone:
            self.data_received(early)

    # Ordinary ASGI --------------------------------------------------------

    def _push(self, message: Message) -> None:
        self._queue.append(message)
        self._release(self._waiter)

    def _push_message(self, data: str | bytes) -> None:
        key = "text" if isinstance(data, str) else "bytes"
        self._push({"type": "websocket.receive", key: data})
        if len(self._queue) >= MAX_QUEUED:
            self._hold(QUEUE)

    async def receive(self) -> Message:
        """ASGI: the next message."""
        while not self._queue:
            self._waiter = self.loop.create_future()
            await self._waiter
        message = self._queue.popleft()
        if not self._queue:
            self._let_go(QUEUE)
        return message

    async def send(self, message: Message) -> None:
        """ASGI: accept, refuse, send or close."""
        if self._writable is not None:
            await asyncio.shield(self._writable)
        if self._gone:
            raise ClientDisconnected
        kind = message["type"]
        if self._codec is None:
            self._answer(kind, message)
        elif self._close_sent:
            if self.transport.is_closing():
                raise ClientDisconnected
            raise RuntimeError(f"Unexpected ASGI message {kind!r}: the WebSocket is closed.")
        elif kind == "websocket.send":
            text: str | None = message.get("text")
            codec = self._codec
            self.transport.write(
                codec.binary(message["bytes"]) if text is None else codec.text(text)
            )
        elif kind == "websocket.close":
            code = message.get("code", 1000)
            reason = message.get("reason") or ""
            self._send_close(code, reason)
            self._end(code, reason)
            self._hang_up_later()
        else:
            raise RuntimeError(f"Expected 'websocket.send' or 'websocket.close', not {kind!r}.")

    def _answer(self, kind: str, message: Message) -> None:
        handshake = self._handshake
        if handshake is None:
            raise RuntimeError(f"Unexpected ASGI message {kind!r}: the request was answered.")
        if self._denial is not None:
            self._continue_denial(kind, message)
        elif kind == "websocket.accept":
            headers = [*self.server_state.default_headers, *message.get("headers", [])]
            answer = handshake.accept(message.get("subprotocol"), headers)
            self._log_request("[accepted]")
            self.transport.write(answer)
            self._codec = handshake.codec(self.max_fragments) or PlainCodec(
                self.config.ws_max_size, self.max_fragments
            )
            self._handshake = None
            self.loop.call_soon(self._accepted)
        elif kind == "websocket.close":
            self._log_request("403")
            self._reject(403, [], b"")
            self._push({"type": "websocket.disconnect", "code": 1006})
            self.transport.close()
        elif kind == "websocket.http.response.start":
            status = message["status"]
            if not 200 <= status < 600:
                raise RuntimeError(f"A refusal cannot have the status {status}.")
            self._log_request(str(status))
            self._denial = (status, list(message.get("headers", [])), [])
        else:
            raise RuntimeError(
                "Expected 'websocket.accept', 'websocket.close' or "
                f"'websocket.http.response.start', not {kind!r}."
            )

    def _continue_denial(self, kind: str, message: Message) -> None:
        assert self._denial is not None
        if kind != "websocket.http.response.body":
            raise RuntimeError(f"Expected 'websocket.http.response.body', not {kind!r}.")
        status, headers, body = self._denial
        body.append(message.get("body", b""))
        if not message.get("more_body", False):
            self._reject(status, headers, b"".join(body))
            self._push({"type": "websocket.disconnect", "code": 1006})
            self.transport.close()

    def _reject(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        handshake, self._handshake = self._handshake, None
        if handshake is not None and not self._gone:
            self.transport.write(handshake.reject(status, headers, body))

    def _log_request(self, outcome: str) -> None:
        # Without the query: it may hold the id of a session, which is a secret.
        client = get_client_addr(cast(Any, self._scope))
        self.log.info('%s - "WebSocket %s" %s', client, quote(self._scope["path"]), outcome)

    @staticmethod
    def _release(future: asyncio.Future[None] | None) -> None:
        if future is not None and not future.done():
            future.set_result(None)


class CompressedWebSocketProtocol(WebSocketProtocol):
    """`WebSocketProtocol` that negotiates permessage-deflate (RFC 7692)."""

    per_message_deflate = True

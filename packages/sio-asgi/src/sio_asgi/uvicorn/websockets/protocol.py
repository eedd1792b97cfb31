"""`WebSocketProtocol`: one WebSocket of uvicorn, from its upgrade request to its acceptance."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from uvicorn.config import Config
from uvicorn.protocols.utils import ClientDisconnected, get_client_addr
from uvicorn.server import ServerState

from sio_core.transitions import advance
from sio_core.websocket import MAX_FRAGMENTS
from sio_server.drivers.asyncio.transport.codec import PlainCodec
from sio_server.drivers.asyncio.transport.compressed_transport import CompressedTransport
from sio_server.drivers.asyncio.transport.cut_off import CutOff
from sio_server.drivers.asyncio.transport.state import WebSocketState
from sio_server.drivers.asyncio.transport.websocket_transport import WebSocketTransport
from sio_server.drivers.asyncio.websockets.own_socket import OwnSocketConnection

from ...endpoint import OWN_SOCKET
from ...scopes import Message
from ..handshakes.opening import Opening
from ..handshakes.plain_handshake import PlainHandshake
from .route import INTERNAL_ERROR, OrdinaryRoute
from .scope import make_scope
from .state import OPENING, OpeningInput, OpeningState

if TYPE_CHECKING:
    from ..handshakes.handshake import Handshake

MAX_EARLY = 65536
"""Bytes that a client may send before its handshake is answered."""

UNDECIDED = (OpeningState.ASKED, OpeningState.REFUSING)
DECIDED = (OpeningState.TAKEN, OpeningState.ORDINARY)


class WebSocketProtocol(asyncio.Protocol):
    """uvicorn makes one of these for each WebSocket, where its option `ws` names this class.

    Once the application has accepted, `websocket` takes its place as the protocol of the transport
    and as one of uvicorn's connections.
    """

    per_message_deflate = False
    """Negotiate permessage-deflate with clients that offer it; it costs CPU and memory."""
    max_fragments = MAX_FRAGMENTS
    """Frames of one message; a client that sends more is closed with 1008."""

    def __init_subclass__(cls) -> None:
        if cls.per_message_deflate:  # who asks for it hears at once that wsproto is missing
            from ..handshakes import handshake  # noqa: F401

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
        self.state = OpeningState.REQUEST
        self.websocket: WebSocketTransport | None = None
        self._handshake: Handshake | Opening | None = (
            self._compressed() if self.per_message_deflate else PlainHandshake()
        )
        """The upgrade request; None as soon as it is answered."""
        self._ordinary: OrdinaryRoute | None = OrdinaryRoute(self.loop)
        """The ordinary route; None as soon as an endpoint has taken the WebSocket over."""
        self._scope: dict[str, Any] = {}
        self._early = b""
        self._cut_off: CutOff | None = None
        self._refusal: tuple[int, list[tuple[bytes, bytes]], list[bytes]] | None = None

    def _compressed(self) -> Handshake:
        # wsproto takes a tenth of the time in which a server starts, and nothing else needs it.
        from ..handshakes.handshake import Handshake

        return Handshake(self.config.ws_max_size)

    def _move(self, what: OpeningInput) -> None:
        self.state = advance(OPENING, self.state, what)

    # asyncio, until the WebSocket is accepted ---------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """uvicorn hands the connection over."""
        self.transport = cast(asyncio.Transport, transport)
        self.server_state.connections.add(self)  # type: ignore[arg-type]

    def data_received(self, data: bytes) -> None:
        """Bytes of the client: its request, then frames that nobody reads yet."""
        if self.state is OpeningState.REQUEST:
            self._receive_request(data)
        elif self.state in DECIDED:
            # Only where the answer came before uvicorn made this the protocol of the transport.
            assert self.websocket is not None
            self.websocket.data_received(data)
        else:
            self._early += data
            if len(self._early) > MAX_EARLY:
                self.transport.close()

    def _receive_request(self, data: bytes) -> None:
        handshake = cast("Handshake | PlainHandshake", self._handshake)
        answer = handshake.receive(data)
        if answer is not None:
            self._turn_down(answer)
        elif handshake.complete:
            self._ask(handshake)

    def take_request(
        self, method: bytes, target: bytes, headers: list[tuple[bytes, bytes]]
    ) -> None:
        """Take the upgrade request from a parser that has read it, instead of its bytes."""
        self._handshake = opening = Opening()
        answer = opening.take(method, target, headers)
        if answer is not None:
            self._turn_down(answer)
        else:
            self._ask(opening)

    def _turn_down(self, answer: bytes) -> None:
        """Refuse a request that is no handshake."""
        self._move(OpeningInput.REFUSE)
        self.transport.write(answer)
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        if self.websocket is not None:
            self.websocket.connection_lost(exc)
        else:
            self._move(OpeningInput.LOST)
            self._scope = {}
            if self._cut_off is not None:
                self._cut_off.cancel()
                self._cut_off = None
            self.server_state.connections.discard(self)
            self._route.end(1006)

    def pause_writing(self) -> None:
        """The transport's buffer is full."""
        if self.websocket is not None:
            self.websocket.pause_writing()

    def resume_writing(self) -> None:
        """The transport's buffer has capacity again."""
        if self.websocket is not None:
            self.websocket.resume_writing()

    def shutdown(self) -> None:
        """Refuse the WebSocket, which is not accepted yet: uvicorn stops, and calls this."""
        self._fail()
        if self._cut_off is not None:
            self._cut_off.rounds = 1

    def _fail(self) -> None:
        if self.state is OpeningState.REQUEST or self.state in UNDECIDED:
            self._refuse(500, [], b"Internal Server Error")
        self._hang_up()

    def _hang_up(self) -> None:
        """End the connection once all is written, or the client does not take it."""
        self.transport.close()
        if self.transport.get_write_buffer_size():
            if self._cut_off is None:
                self._cut_off = CutOff(self.transport, self._hang_up)
            self._cut_off.arm()

    # The application ----------------------------------------------------------

    def _ask(self, handshake: Handshake | Opening) -> None:
        self._move(OpeningInput.COMPLETE)
        self._scope = make_scope(handshake, self.transport, self.config, self.app_state)
        self._scope["extensions"][OWN_SOCKET] = self
        task = self.loop.create_task(self._run(self._scope))
        self.server_state.tasks.add(task)
        task.add_done_callback(self.server_state.tasks.discard)

    @property
    def _route(self) -> OrdinaryRoute:
        if self._ordinary is None:
            raise RuntimeError("An endpoint has taken this WebSocket over.")
        return self._ordinary

    async def _run(self, scope: dict[str, Any]) -> None:
        app: Any = self.config.loaded_app  # its types are those of uvicorn's own classes
        try:
            await app(scope, self.receive, self.send)
        except ClientDisconnected:
            pass
        except BaseException:
            self.log.exception("Exception in ASGI application\n")
            if self.websocket is not None:
                self.websocket.end(INTERNAL_ERROR)
            else:
                self._fail()
        else:
            self._returned()

    def _returned(self) -> None:
        """End what the application left open, but not what an endpoint took over."""
        websocket = self.websocket
        if websocket is None:
            if self.state in UNDECIDED:
                self.log.error("ASGI callable returned without completing handshake.")
            self._fail()
        elif self.state is not OpeningState.TAKEN and websocket.state is WebSocketState.OPEN:
            websocket.hang_up()

    async def receive(self) -> Message:
        """ASGI: the next message."""
        return await self._route.next_message()

    async def send(self, message: Message) -> None:
        """ASGI: accept, refuse, send or close."""
        if self.websocket is not None:
            await self._route.send(message)
        elif self.state is OpeningState.LOST:
            raise ClientDisconnected
        else:
            self._answer(message["type"], message)

    def take_over(self, connection: OwnSocketConnection) -> None:
        """For endpoints: from now on, messages go to `connection`; the application may return."""
        assert self.websocket is not None
        self._move(OpeningInput.TAKE_OVER)
        self._ordinary = None
        early, self._early = self._early, b""
        self.websocket.take_over(connection, early)

    # The answer -----------------------------------------------------------------

    def _answer(self, kind: str, message: Message) -> None:
        if self.state is OpeningState.REFUSED:
            raise RuntimeError(f"Unexpected ASGI message {kind!r}: the request was answered.")
        if self._refusal is not None:
            self._continue_refusal(kind, message)
        elif kind == "websocket.accept":
            self._accept(message)
        elif kind == "websocket.close":
            self._log_request("403")
            self._refuse(403, [], b"")
            self._end_refused()
        elif kind == "websocket.http.response.start":
            status = message["status"]
            if not 200 <= status < 600:
                raise RuntimeError(f"A refusal cannot have the status {status}.")
            self._log_request(str(status))
            self._refusal = (status, list(message.get("headers", [])), [])
            self._move(OpeningInput.RESPOND)
        else:
            raise RuntimeError(
                "Expected 'websocket.accept', 'websocket.close' or "
                f"'websocket.http.response.start', not {kind!r}."
            )

    def _accept(self, message: Message) -> None:
        headers = [*self.server_state.default_headers, *message.get("headers", [])]
        handshake = self._handshake
        assert handshake is not None
        answer = handshake.accept(message.get("subprotocol"), headers)
        self._log_request("[accepted]")
        self._handshake = None
        self._move(OpeningInput.ACCEPT)
        self.transport.write(answer)
        connections: set[Any] = self.server_state.connections
        deflate = handshake.codec(self.max_fragments)
        if deflate is not None:
            self.websocket = CompressedTransport(
                self.transport, deflate, connections.discard, self._route
            )
        else:
            codec = PlainCodec(self.config.ws_max_size, self.max_fragments)
            self.websocket = WebSocketTransport(
                self.transport, codec, connections.discard, self._route
            )
        self._route.websocket = self.websocket
        connections.discard(self)
        connections.add(self.websocket)
        # An endpoint takes the WebSocket over in this turn of the event loop, or never.
        self.loop.call_soon(self._start_route)

    def _start_route(self) -> None:
        if self.state is OpeningState.TAKEN:
            return
        assert self.websocket is not None
        self._move(OpeningInput.TURN_OVER)
        early, self._early = self._early, b""
        self.websocket.start(early)
        if self.config.ws_ping_interval:
            self._route.keep_alive(self.config.ws_ping_interval, self.config.ws_ping_timeout)

    def _continue_refusal(self, kind: str, message: Message) -> None:
        assert self._refusal is not None
        if kind != "websocket.http.response.body":
            raise RuntimeError(f"Expected 'websocket.http.response.body', not {kind!r}.")
        status, headers, body = self._refusal
        body.append(message.get("body", b""))
        if not message.get("more_body", False):
            self._refuse(status, headers, b"".join(body))
            self._end_refused()

    def _end_refused(self) -> None:
        self._route.end(1006)
        self.transport.close()

    def _refuse(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self._move(OpeningInput.REFUSE)
        handshake, self._handshake = self._handshake, None
        assert handshake is not None
        self.transport.write(handshake.reject(status, headers, body))

    def _log_request(self, outcome: str) -> None:
        # Without the query: it may hold the id of a session, which is a secret.
        # Nothing asks for the scope after this, and it names this object: no cycle is left.
        scope, self._scope = self._scope, {}
        client = get_client_addr(cast(Any, scope))
        self.log.info('%s - "WebSocket %s" %s', client, quote(scope["path"]), outcome)

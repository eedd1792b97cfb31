"""One request of a driver that owns the socket, whatever becomes of it: bytes in, bytes out.

The driver reads the head of the request. All that follows is here: the body, the response, the
opening handshake of a WebSocket, and its frames. It is the short way for a driver that answers one
request on each connection; others do themselves what `Exchange.step` says.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

from ..http.response_bytes import write_response
from ..values import Request, Response
from ..websocket.opening import check_opening, switching_protocols, wants_websocket
from .config import Config
from .exchange import Exchange
from .framed_link import FramedLink
from .session import Event
from .steps import ReadBody, UpgradeToWebSocket


class Engine(Protocol):
    """The `Server` that answers."""

    config: Config

    def exchange(self, request: Request) -> Exchange: ...


class ByteExchange:
    """A `ByteExchange` answers one `request` to `engine`, on a connection of its own.

    `driver` is that of the exchange and the link which it makes. Call `start`, then `receive` with
    each piece of the request's body, and `end_body` behind that. Where `upgraded` is true by then,
    `receive` takes all that follows. Call `take` after every input and write what it returns; once
    `over` is true it returns nothing more, so hang up. Call `resume` when `Server.take_ready` names
    a sink with this driver, and `lost` at the end, however it comes. `host` and `websocket` of the
    request are read from its headers.

    With `Config(authorize=True)` the application is asked where `exchange.step` is `Authorize`:
    call `exchange.allow` or `exchange.deny`, then `resume`.
    """

    __slots__ = (
        "_body",
        "_chunks",
        "_config",
        "_driver",
        "_link",
        "_opening",
        "_refusal",
        "exchange",
        "over",
    )

    def __init__(self, engine: Engine, request: Request, driver: Any) -> None:
        host = request.host or request.header("host")
        request = replace(request, host=host, websocket=wants_websocket(request))
        self.exchange = engine.exchange(request)
        self.exchange.driver = driver
        self.over = False
        self._body = bytearray()
        self._chunks = 0
        self._config = engine.config
        self._driver = driver
        # What answers an opening handshake: the head of a response, or a refusal.
        self._opening = b""
        self._refusal: Response | None = None
        self._link: FramedLink | None = None

    @property
    def upgraded(self) -> bool:
        """True once the request has become a WebSocket."""
        return self._link is not None

    # Input ----------------------------------------------------------------

    def start(self, now: float) -> list[Event]:
        """Check the head of the request."""
        return self._go_on(self.exchange.start(now), now)

    def receive(self, data: bytes, now: float) -> list[Event]:
        """Take `data` from behind the head: a piece of the body, or of the frames of a WebSocket.

        A body of too many bytes or pieces is refused and ends its session; one that nobody asked
        for is dropped.
        """
        if self._link is not None:
            return self._link.receive(data, now)
        step = self.exchange.step
        if not isinstance(step, ReadBody):
            return []
        self._body += data
        self._chunks += 1
        if len(self._body) > step.limit or self._chunks > step.max_chunks:
            self._body.clear()
            return self.exchange.body_too_large(now)
        return []

    def end_body(self, now: float) -> list[Event]:
        """Note that the body is complete, or that there is none."""
        if not isinstance(self.exchange.step, ReadBody):
            return []
        return self.exchange.receive_body(bytes(self._body), now)

    def resume(self, now: float) -> list[Event]:
        """Go on, since `Server.take_ready` named the driver: a poll that waits is answered."""
        return self._go_on(self.exchange.resume(now), now)

    def block(self, blocked: bool) -> None:
        """Note that the socket takes nothing more, or with `blocked` false that it does again.

        The messages of a WebSocket stay in the core meanwhile, within the limits of its session.
        """
        if self._link is not None:
            self._link.link.blocked = blocked

    def lost(self, now: float) -> list[Event]:
        """Note that the connection is gone."""
        self.over = True
        step = self.exchange.step
        if isinstance(step, UpgradeToWebSocket):
            return step.link.lost(now)
        return self.exchange.lost(now)

    def _go_on(self, events: list[Event], now: float) -> list[Event]:
        step = self.exchange.step
        if self._link or self._refusal or not isinstance(step, UpgradeToWebSocket):
            return events
        self._refusal = check_opening(self.exchange.request)
        if self._refusal is not None:
            return [*events, *step.link.lost(now)]
        self._opening = switching_protocols(self.exchange.request, step.headers)
        self._link = FramedLink(step.link, self._config)
        step.link.driver = self._driver
        return [*events, *self._link.opened(now)]

    # Output ---------------------------------------------------------------

    def take(self) -> bytes:
        """Return the bytes to write now, and forget them: the response, or frames."""
        if self.over:
            return b""
        if self._link is not None:
            opening, self._opening = self._opening, b""
            data = opening + self._link.take()
            self.over = self._link.over
            return data
        answer = self._refusal or self.exchange.step
        if not isinstance(answer, Response):
            return b""
        self.over = True
        return write_response(answer, self.exchange.request.method)

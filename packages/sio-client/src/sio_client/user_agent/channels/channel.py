"""One channel: what an agent knows of a pipe until it is closed, and where its orders wait."""

from __future__ import annotations

from sio_core.transitions import advance

from ..errors import AgentError, ProxyFailed
from ..http.http1 import HTTP1Exchange, Switched, encoded
from ..orders import Order, SecurePipe, WritePipe
from ..routes.endpoint import host_and_port
from ..routes.proxies import Route
from ..websocket import WebSocketCodec
from .channel_state import CHANNEL, ChannelInput, ChannelState
from .channel_work import HTTPRequest, WebSocketOpening

_TUNNEL_BYTES = 64 * 1024


class Outbox:
    """An `Outbox` keeps the orders of an agent until its driver takes them.

    All that is written to one pipe is in one of them.
    """

    __slots__ = ("_parts", "orders")

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self._parts: dict[int, list[bytes]] = {}

    def add(self, order: Order) -> None:
        """Append an order that is no `WritePipe`."""
        self.orders.append(order)

    def write(self, pipe: int, data: bytes, reused: bool = False) -> None:
        """Append to what is written to a pipe."""
        parts = self._parts.get(pipe)
        if parts is None:
            # Nothing but its closing can follow a write to a pipe before the orders are taken.
            self._parts[pipe] = [data]
            self.orders.append(WritePipe(pipe, b"", reused))
        else:
            parts.append(data)

    def take(self) -> list[Order]:
        """Return the orders and begin anew."""
        orders = self.orders
        if self._parts:
            for order in orders:
                if isinstance(order, WritePipe):
                    order.data = b"".join(self._parts[order.pipe])
            self._parts = {}
        self.orders = []
        return orders


class Channel:
    """A `Channel` is what an agent knows of the pipe `id`: its state, its route and its work."""

    __slots__ = (
        "_outbox",
        "_tunnel",
        "http",
        "id",
        "idle_since",
        "reused",
        "route",
        "state",
        "websocket",
        "work",
    )

    def __init__(
        self, id: int, route: Route, work: HTTPRequest | WebSocketOpening, outbox: Outbox
    ) -> None:
        self.id = id
        self.route = route
        self.state = ChannelState.OPENING
        self.work: HTTPRequest | WebSocketOpening = work
        """The work for which the channel was opened or used last."""
        self.idle_since = 0.0
        self.http: HTTP1Exchange | None = None
        self.websocket: WebSocketCodec | None = None
        self.reused = False
        """Whether it has served a request before the current one."""
        self._tunnel: HTTP1Exchange | None = None
        self._outbox = outbox

    def move(self, what: ChannelInput) -> None:
        """Change the state, as the table says."""
        self.state = advance(CHANNEL, self.state, what)

    def ask_for_tunnel(self, target: str) -> None:
        """The pipe to a proxy stands: ask the proxy to connect it to `target`."""
        # RFC 9110, section 9.3.6.
        self.move(ChannelInput.ASK_PROXY)
        self._tunnel = HTTP1Exchange(_TUNNEL_BYTES, cut=True)
        pairs = [("Host", target), *self.route.proxy_headers]
        headers = [encoded(name, value) for name, value in pairs]
        self._outbox.write(self.id, self._tunnel.send("CONNECT", target, headers, b""))

    def tunnel_received(self, data: bytes) -> bool:
        """Read the proxy's answer. Returns true once requests can be sent through the tunnel.

        Raises `AgentError` if the proxy makes no tunnel.
        """
        assert self._tunnel is not None
        try:
            answer = self._tunnel.receive(data)
        except AgentError:
            raise ProxyFailed("the proxy did not answer, or not with valid HTTP") from None
        head = self._tunnel.head
        if head:
            # Its body is for people, and the status says enough.
            raise proxy_refused(self.route, head.status)
        if not isinstance(answer, Switched):
            return False
        if answer.rest:
            raise ProxyFailed("the proxy sent more than its answer")
        self._tunnel = None
        if self.route.inner_name is None:
            return True
        self.move(ChannelInput.SECURE)
        self._outbox.add(SecurePipe(self.id, self.route.inner_name))
        return False


def proxy_refused(route: Route, status: int) -> ProxyFailed:
    """The error for a proxy that does not pass a request on."""
    text = f"the proxy at {host_and_port(route.host, route.port)} answered {status}"
    if status == 407 and route.authorization is None:
        text += ": it wants a name and a password, in its URL http://name:password@host"
    elif status == 407:
        text += ": it does not take the name and the password in its URL"
    return ProxyFailed(text)

"""One pipe from its opening until it carries what it was opened for."""

from __future__ import annotations

from enum import Enum, auto

from .channel_work import Job, Opening
from .endpoint import host_and_port
from .errors import AgentError, ProxyFailed
from .http1 import HTTPPipe, Switched, encoded
from .orders import SecurePipe
from .outbox import Outbox
from .route import Route
from .websocket import WebSocketPipe

_TUNNEL_BYTES = 64 * 1024


class Stage(Enum):
    """What a pipe waits for."""

    OPENING = auto()
    """That it stands."""
    ASKING = auto()
    """That the proxy has connected it to the server."""
    SECURING = auto()
    """TLS in the proxy's tunnel."""
    READY = auto()
    """Nothing: it leads to the server, or to a proxy that takes requests."""


class Pipe:
    """A pipe, the way it takes, and what it is used for just now."""

    __slots__ = (
        "_outbox",
        "_tunnel",
        "http",
        "id",
        "idle_since",
        "reused",
        "route",
        "stage",
        "websocket",
        "work",
    )

    def __init__(self, id: int, route: Route, work: Job | Opening, outbox: Outbox) -> None:
        self.id = id
        self.route = route
        self.work: Job | Opening | None = work
        """What it serves; None while it is idle."""
        self.idle_since = 0.0
        self.stage = Stage.OPENING
        self.http: HTTPPipe | None = None
        self.websocket: WebSocketPipe | None = None
        self.reused = False
        """Whether it has served a request before the current one."""
        self._tunnel: HTTPPipe | None = None
        self._outbox = outbox

    def opened(self) -> None:
        """The pipe stands; see `stage` for what is next."""
        tunnel = self.route.tunnel
        if tunnel is None:
            self.stage = Stage.READY
            return
        # RFC 9110, section 9.3.6.
        self.stage = Stage.ASKING
        self._tunnel = HTTPPipe(_TUNNEL_BYTES, cut=True)
        pairs = [("Host", tunnel), *self.route.proxy_headers]
        headers = [encoded(name, value) for name, value in pairs]
        self._outbox.write(self.id, self._tunnel.send("CONNECT", tunnel, headers, b""))

    def tunnelled(self, data: bytes) -> None:
        """Read the proxy's answer. Raises `AgentError` if it is not that the way is free."""
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
            return
        if answer.rest:
            raise ProxyFailed("the proxy sent more than its answer")
        self._tunnel = None
        if self.route.inner_name is None:
            self.stage = Stage.READY
        else:
            self.stage = Stage.SECURING
            self._outbox.add(SecurePipe(self.id, self.route.inner_name))


def proxy_refused(route: Route, status: int) -> ProxyFailed:
    """The error for a proxy that does not pass a request on."""
    text = f"the proxy at {host_and_port(route.host, route.port)} answered {status}"
    if status == 407 and route.authorization is None:
        text += ": it wants a name and a password, in its URL http://name:password@host"
    elif status == 407:
        text += ": it does not take the name and the password in its URL"
    return ProxyFailed(text)

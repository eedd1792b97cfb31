"""How a connection comes to its server: directly, by a proxy, or through a proxy's tunnel."""

from __future__ import annotations

from dataclasses import dataclass, field

from .agent_settings import AgentSettings
from .endpoint import Endpoint, server_name
from .proxies import Proxy


@dataclass(frozen=True, slots=True)
class Route:
    """What to connect to, and what to do before requests can be sent.

    With a `server_name` the connection begins with TLS. A `tunnel` is what a proxy
    is asked to connect to; `inner_name` is that of TLS within it. `prefix` stands
    before the path where a proxy is asked for whole URLs.
    """

    host: str
    port: int
    server_name: str | None = None
    tunnel: str | None = None
    inner_name: str | None = None
    prefix: str = ""
    authorization: str | None = field(default=None, repr=False)

    @property
    def proxy_headers(self) -> list[tuple[str, str]]:
        """The headers of a request that are for the proxy alone."""
        if self.authorization is None:
            return []
        return [("Proxy-Authorization", self.authorization)]


def routes_to(endpoint: Endpoint, settings: AgentSettings) -> tuple[Route, Route]:
    """The ways of requests and of WebSockets to `endpoint`.

    Raises `ProxyFailed` for a proxy that is not supported.
    """
    host, port = endpoint.host, endpoint.port
    proxy = settings.proxy_for(endpoint.scheme, host, port)
    for_websockets = proxy
    if settings.wants_websocket_proxies:
        for_websockets = settings.proxy_for("wss" if endpoint.secure else "ws", host, port)
    http = _route(endpoint, proxy, websocket=False)
    if proxy is None and for_websockets is None:
        return http, http
    return http, _route(endpoint, for_websockets, websocket=True)


def _route(endpoint: Endpoint, proxy: Proxy | None, *, websocket: bool) -> Route:
    inner = endpoint.server_name if endpoint.secure else None
    if proxy is None:
        return Route(endpoint.host, endpoint.port, inner)
    name = server_name(proxy.host) if proxy.secure else None
    if websocket or endpoint.secure:
        address = endpoint.address
        return Route(proxy.host, proxy.port, name, address, inner, "", proxy.authorization)
    # RFC 9112, section 3.2.2: to a proxy a request has the absolute form.
    prefix = f"http://{endpoint.authority}"
    return Route(proxy.host, proxy.port, name, None, None, prefix, proxy.authorization)

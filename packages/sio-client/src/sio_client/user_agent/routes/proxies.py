"""Which proxy stands before a server, given or from the environment, and the way past it.

A connection comes to its server directly, by a proxy, or through a proxy's tunnel.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from ..errors import ProxyFailed
from .endpoint import Endpoint, address, basic, server_name

_PLAIN: Final = {"ws": "http", "wss": "https"}
"""The scheme whose proxies serve WebSockets."""
_SYSTEM_HAS_PROXIES: Final = sys.platform in ("darwin", "win32")
"""Whether they may also be set elsewhere than in the environment."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A `Proxy` is an HTTP proxy; with `secure` true TLS is spoken with the proxy itself."""

    secure: bool
    host: str
    port: int
    authorization: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str) -> Proxy:
        """The proxy at `url`, which may lack `http://`. Raises `ProxyFailed`, without the URL."""
        try:
            parts = urlsplit(url if "://" in url else f"http://{url}")
            if parts.scheme not in ("http", "https"):
                raise ProxyFailed(
                    "only HTTP proxies are supported: the proxy's URL must begin with http:// "
                    "or https://"
                )
            host, port = address(parts, 443 if parts.scheme == "https" else 80)
        except ValueError:
            raise ProxyFailed("the proxy's URL is not valid") from None
        authorization = None
        if parts.username or parts.password:
            authorization = basic(unquote(parts.username or ""), unquote(parts.password or ""))
        return cls(parts.scheme == "https", host, port, authorization)


def given_proxy(proxies: Mapping[str, str], scheme: str, host: str) -> str | None:
    """The URL in a mapping as `requests` has it: by scheme and host, by scheme, or for all.

    Empty for "none at all", None if the mapping says nothing.
    """
    plain = _PLAIN.get(scheme, scheme)
    names = (f"{plain}://{host}", scheme, plain, f"all://{host}", "all")
    return next((proxies[name] or "" for name in names if name in proxies), None)


def environment_proxy(scheme: str, host: str, port: int) -> str | None:
    """The URL in HTTP_PROXY, HTTPS_PROXY or ALL_PROXY, unless NO_PROXY names the host.

    The names may also be in lower case. What they say is what `urllib` reads in them; NO_PROXY
    may have networks, too, as `requests` reads it.
    """
    plain = _PLAIN.get(scheme, scheme)
    if _SYSTEM_HAS_PROXIES:
        found = given_proxy(getproxies(), plain, host)
    else:
        # `getproxies` goes through the whole environment, which takes longer than all else here.
        found = _variable(plain) or _variable("all")
    if found and (proxy_bypass(host) or proxy_bypass(f"{host}:{port}") or _in_networks(host)):
        return None
    return found


def _in_networks(host: str) -> bool:
    """Whether `host` is an address in one of the networks in NO_PROXY, such as 10.0.0.0/8."""
    named = (os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or "").split(",")
    networks = [name.strip() for name in named if "/" in name]
    if not networks:
        return False
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return any(address in network for network in map(_network, networks) if network is not None)


def _network(name: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(name, strict=False)
    except ValueError:
        return None


def _variable(kind: str) -> str | None:
    name = f"{kind}_proxy"
    value = os.environ.get(name)
    if value is None and not (kind == "http" and "REQUEST_METHOD" in os.environ):
        # In a CGI script HTTP_PROXY is a header of the request: anybody can set it.
        value = os.environ.get(name.upper())
    return value


@dataclass(frozen=True, slots=True)
class Route:
    """A `Route` says what to connect to, and what to do before requests can be sent.

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


def routes_to(
    endpoint: Endpoint, find: Callable[[str, str, int], Proxy | None], websockets_apart: bool
) -> tuple[Route, Route]:
    """The ways of requests and of WebSockets to `endpoint`.

    `find` finds the proxy for a scheme, a host and a port; with `websockets_apart` also one that is
    meant for WebSockets alone.
    """
    host, port = endpoint.host, endpoint.port
    for_websockets = proxy = find(endpoint.scheme, host, port)
    if websockets_apart:
        for_websockets = find("wss" if endpoint.secure else "ws", host, port)
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

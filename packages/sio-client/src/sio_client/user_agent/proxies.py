"""Which proxy stands before a server: HTTP proxies, given or from the environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from .endpoint import address, basic
from .errors import ProxyFailed

_PLAIN: Final = {"ws": "http", "wss": "https"}
"""The scheme whose proxies serve WebSockets."""
_SYSTEM_HAS_PROXIES: Final = sys.platform in ("darwin", "win32")
"""Whether they may also be set elsewhere than in the environment."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy; with `secure` true TLS is spoken with the proxy itself."""

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

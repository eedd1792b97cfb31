"""What `websocket_extra_options` may say, in the words of websocket-client and of aiohttp."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote

from ..user_agent.routes.endpoint import basic
from .tls_context import File, for_clients

_UNDERSTOOD: Final = frozenset(
    (
        *("header", "headers", "cookie", "origin", "subprotocols", "protocols", "auth"),
        *("ssl", "ssl_context", "sslopt", "proxy", "proxy_auth", "max_msg_size"),
        *("http_proxy_host", "http_proxy_port", "http_proxy_auth"),
    )
)
_SSLOPT: Final = frozenset(
    ("cert_reqs", "check_hostname", "ca_certs", "ca_cert_path", "certfile", "keyfile", "context")
)


def ignored_options(options: Mapping[str, Any]) -> list[str]:
    """The names of the options that have no effect, such as timeouts: the client has its own."""
    return sorted(name for name in options if name not in _UNDERSTOOD)


def option_headers(options: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The headers for the opening of WebSockets, those of `cookie` and `auth` among them."""
    headers = [
        *header_pairs(options.get("header") or ()),
        *header_pairs(options.get("headers") or ()),
    ]
    if cookie := options.get("cookie"):
        headers.append(("Cookie", str(cookie)))
    if auth := options.get("auth"):
        headers.append(("Authorization", basic(str(auth[0]), str(auth[1]))))
    return headers


def header_pairs(headers: Mapping[Any, Any] | Iterable[Any]) -> list[tuple[str, str]]:
    """Headers as pairs: a mapping, "Name: value" lines, or pairs; None leaves one out."""
    items = headers.items() if isinstance(headers, Mapping) else headers
    pairs: list[tuple[str, str]] = []
    for item in items:
        if isinstance(item, (str, bytes)):
            name, colon, value = text(item).partition(":")
            if not colon:
                raise ValueError("a header must be of the form 'Name: value'")
            pairs.append((name.strip(), value.strip()))
        elif item[1] is not None:
            pairs.append((text(item[0]), text(item[1])))
    return pairs


def text(value: object) -> str:
    """A header's name or value as text."""
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def option_subprotocols(options: Mapping[str, Any]) -> tuple[str, ...]:
    """The subprotocols to offer."""
    return tuple(map(str, options.get("subprotocols") or options.get("protocols") or ()))


def option_no_tls_verification(options: Mapping[str, Any]) -> bool:
    """Whether the options say `ssl=False`, so that no server is verified."""
    return options.get("ssl_context") is False or (
        options.get("ssl_context") is None and options.get("ssl") is False
    )


def option_tls(options: Mapping[str, Any]) -> dict[str, Any]:
    """What of `Settings` the options set for TLS; nothing where they say nothing.

    It is for requests, too. Raises `ValueError` for what is not supported.
    """
    given = options.get("ssl_context")
    if given is None:
        given = options.get("ssl")
    if isinstance(given, ssl.SSLContext):
        return {"ssl_context": for_clients(given)}
    if given not in (None, True, False):
        raise ValueError("websocket_extra_options: ssl must be True, False or an ssl.SSLContext")
    sslopt: Mapping[str, Any] = options.get("sslopt") or {}
    if unknown := sorted(set(sslopt) - _SSLOPT):
        raise ValueError(f"websocket_extra_options: sslopt does not support {', '.join(unknown)}")
    context = sslopt.get("context")
    if isinstance(context, ssl.SSLContext):
        return {"ssl_context": for_clients(context)}
    return _from_sslopt(sslopt)


def _from_sslopt(sslopt: Mapping[str, Any]) -> dict[str, Any]:
    verify: bool | File = sslopt.get("ca_certs") or sslopt.get("ca_cert_path") or True
    if sslopt.get("cert_reqs", ssl.CERT_REQUIRED) == ssl.CERT_NONE:
        verify = False
    certificate = sslopt.get("certfile") or None
    if certificate and sslopt.get("keyfile"):
        certificate = (certificate, sslopt["keyfile"])
    names = bool(sslopt.get("check_hostname", True))
    if (verify, certificate, names) == (True, None, True):
        return {}
    return {
        "ssl_context": None,
        "verify": verify,
        "certificate": certificate,
        "check_hostname": names,
    }


def option_proxies(options: Mapping[str, Any]) -> dict[str, str]:
    """The proxy for WebSockets, by scheme as `Settings` has them; empty for none."""
    proxy, auth = options.get("proxy"), options.get("proxy_auth")
    if not proxy and options.get("http_proxy_host"):
        host, auth = str(options["http_proxy_host"]), options.get("http_proxy_auth")
        host = f"[{host}]" if ":" in host else host
        proxy = f"http://{host}:{options.get('http_proxy_port') or 80}"
    if not proxy:
        return {}
    url = proxy_url(str(proxy), auth)
    return {"ws": url, "wss": url}


def proxy_url(url: str, auth: Any) -> str:
    """The URL of a proxy with a user's name and password in it, if `auth` has them."""
    if not auth or not auth[0]:
        return url
    scheme, _, rest = url.rpartition("://")
    user = f"{quote(str(auth[0]), safe='')}:{quote(str(auth[1] or ''), safe='')}"
    return f"{scheme or 'http'}://{user}@{rest.rpartition('@')[2]}"

"""A WSGI environment as the core's request."""

from __future__ import annotations

from typing import Any, TypeAlias

from sio_core import Headers, Request
from sio_server.proxies import Origin, TrustedProxies

Environ: TypeAlias = dict[str, Any]


def make_request(environ: Environ, proxies: TrustedProxies, *, websocket: bool = False) -> Request:
    """The request for the core."""
    headers = _headers(environ)
    origin = _origin(environ, proxies, headers)
    return Request(
        method=environ.get("REQUEST_METHOD", "GET"),
        query=environ.get("QUERY_STRING", ""),
        headers=headers,
        scheme=origin.scheme,
        host=origin.host,
        websocket=websocket,
    )


def make_environ(environ: Environ, proxies: TrustedProxies) -> Environ:
    """The environment as the application sees it, for as long as the client is connected."""
    copy = environ.copy()
    origin = _origin(copy, proxies, _headers(copy))
    copy["wsgi.url_scheme"] = origin.scheme
    copy["REMOTE_ADDR"] = origin.address
    if "RAW_URI" not in copy:
        query = copy.get("QUERY_STRING", "")
        path = copy.get("SCRIPT_NAME", "") + copy.get("PATH_INFO", "")
        copy["RAW_URI"] = copy.get("REQUEST_URI") or (f"{path}?{query}" if query else path)
    return copy


def _headers(environ: Environ) -> Headers:
    headers = [
        (name[5:].replace("_", "-").lower(), value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    ]
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers.append((name.replace("_", "-").lower(), environ[name]))
    return tuple(headers)


def _origin(environ: Environ, proxies: TrustedProxies, headers: Headers) -> Origin:
    by_name = dict(headers)
    host = by_name.get("host", "")
    direct = Origin(environ["wsgi.url_scheme"], host, environ.get("REMOTE_ADDR", ""))
    return proxies.resolve(direct, by_name)

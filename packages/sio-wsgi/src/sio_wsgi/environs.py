"""A WSGI environment as the core's request."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeAlias

from sio_core import Headers, Request
from sio_server.serving.proxies import SeenRequest, TrustedProxies

Environ: TypeAlias = dict[str, Any]


def make_request(environ: Environ, proxies: TrustedProxies, *, websocket: bool = False) -> Request:
    """The request for the core."""
    headers = _headers(environ)
    scheme, host = environ["wsgi.url_scheme"], environ.get("HTTP_HOST", "")
    address = environ.get("REMOTE_ADDR", "")
    if proxies.names:
        scheme, host, address = proxies.resolve(SeenRequest(scheme, host, address), headers)
    method, query = environ.get("REQUEST_METHOD", "GET"), environ.get("QUERY_STRING", "")
    return Request(method, query, headers, scheme, host, websocket, address)


def make_environ(environ: Environ, proxies: TrustedProxies) -> Environ:
    """The environment as the application sees it, for as long as the client is connected."""
    copy = environ.copy()
    seen = _seen_request(copy, proxies)
    copy["wsgi.url_scheme"] = seen.scheme
    copy["REMOTE_ADDR"] = seen.address
    if "RAW_URI" not in copy:
        query = copy.get("QUERY_STRING", "")
        path = copy.get("SCRIPT_NAME", "") + copy.get("PATH_INFO", "")
        copy["RAW_URI"] = copy.get("REQUEST_URI") or (f"{path}?{query}" if query else path)
    return copy


def _headers(environ: Environ) -> Headers:
    headers = [(_header(name), environ[name]) for name in environ if name[:5] == "HTTP_"]
    if kind := environ.get("CONTENT_TYPE"):
        headers.append(("content-type", kind))
    if length := environ.get("CONTENT_LENGTH"):
        headers.append(("content-length", length))
    return tuple(headers)


@lru_cache(256)
def _header(name: str) -> str:
    """The name of a header by its name in the environment."""
    return name[5:].replace("_", "-").lower()


def _seen_request(environ: Environ, proxies: TrustedProxies) -> SeenRequest:
    scheme, host = environ["wsgi.url_scheme"], environ.get("HTTP_HOST", "")
    direct = SeenRequest(scheme, host, environ.get("REMOTE_ADDR", ""))
    return proxies.resolve(direct, _headers(environ))

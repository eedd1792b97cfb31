"""An ASGI scope as the core's request and as a WSGI environment."""

from __future__ import annotations

import io
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from sio_core import Headers, Request
from sio_server.proxies import Origin, TrustedProxies

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

SCHEMES = {"ws": "http", "wss": "https"}


def route_path(scope: Scope) -> str:
    """The path below the mount point: servers disagree whether `path` includes `root_path`."""
    path: str = scope.get("path", "")
    root: str = scope.get("root_path", "")
    if root and (path == root or path.startswith(root.rstrip("/") + "/")):
        return path[len(root.rstrip("/")) :]
    return path


def make_request(scope: Scope, proxies: TrustedProxies) -> Request:
    """The request for the core."""
    headers = _headers(scope)
    origin = _origin(scope, proxies, headers)
    return Request(
        method=scope.get("method", "GET"),
        query=scope.get("query_string", b"").decode("latin-1"),
        headers=headers,
        scheme=origin.scheme,
        host=origin.host,
        websocket=scope["type"] == "websocket",
    )


def make_environ(
    scope: Scope, receive: Receive, send: Send, proxies: TrustedProxies
) -> dict[str, Any]:
    """A complete WSGI environment (PEP 3333) that also carries the scope itself."""
    headers = _headers(scope)
    origin = _origin(scope, proxies, headers)
    server = scope.get("server") or ("localhost", None)
    port = server[1] or (443 if origin.scheme == "https" else 80)
    client = scope.get("client") or ("", 0)
    query = scope.get("query_string", b"").decode("latin-1")
    path: str = route_path(scope)
    environ: dict[str, Any] = {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": origin.scheme,
        "wsgi.input": io.BytesIO(b""),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope.get('http_version', '1.1')}",
        "SERVER_SOFTWARE": "sio-asgi",
        "REQUEST_METHOD": scope.get("method", "GET"),
        "SCRIPT_NAME": _wsgi_text(scope.get("root_path", "")),
        "PATH_INFO": _wsgi_text(path),
        "QUERY_STRING": query,
        "RAW_URI": _raw_uri(scope, query),
        "REMOTE_ADDR": origin.address,
        "REMOTE_PORT": str(client[1]),
        "asgi.receive": receive,
        "asgi.send": send,
        "asgi.scope": scope,
    }
    for name, value in headers:
        _add_header(environ, name, value)
    return environ


def _headers(scope: Scope) -> Headers:
    return tuple(
        (name.decode("latin-1").lower(), value.decode("latin-1"))
        for name, value in scope.get("headers", ())
    )


def _origin(scope: Scope, proxies: TrustedProxies, headers: Headers) -> Origin:
    scheme: str = scope.get("scheme", "http")
    client = scope.get("client") or ("", 0)
    by_name = dict(reversed(headers))
    direct = Origin(SCHEMES.get(scheme, scheme), by_name.get("host", ""), client[0])
    return proxies.resolve(direct, by_name)


def _raw_uri(scope: Scope, query: str) -> str:
    raw = scope.get("raw_path")
    path = raw.decode("latin-1") if raw else scope.get("path", "")
    return f"{path}?{query}" if query else path


def _wsgi_text(text: str) -> str:
    # PEP 3333: the bytes of the path, each as one character.
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def _add_header(environ: dict[str, Any], name: str, value: str) -> None:
    if name == "content-type":
        environ["CONTENT_TYPE"] = value
    elif name == "content-length":
        environ["CONTENT_LENGTH"] = value
    else:
        key = "HTTP_" + name.upper().replace("-", "_")
        # RFC 9110 section 5.3: several fields of one name are one list.
        environ[key] = f"{environ[key]},{value}" if key in environ else value

"""An ASGI scope as the core's request and as a WSGI environment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from sio_core import Request
from sio_server.serving import requests
from sio_server.serving.proxies import TrustedProxies

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
    """The request for the core; `proxies` may say what the client addressed."""
    scheme: str = scope.get("scheme", "http")
    client = scope.get("client") or ("", 0)
    return requests.make_request(
        scope.get("method", "GET"),
        scope.get("query_string", b"").decode("latin-1"),
        requests.decode_headers(scope.get("headers", ())),
        proxies,
        scheme=SCHEMES.get(scheme, scheme),
        address=client[0],
        websocket=scope["type"] == "websocket",
    )


def make_environ(request: Request, scope: Scope, receive: Receive, send: Send) -> dict[str, Any]:
    """A complete WSGI environment (PEP 3333) of `request` that also carries its scope."""
    raw = scope.get("raw_path")
    host, port = scope.get("server") or ("localhost", None)
    return requests.make_environ(
        request,
        path=route_path(scope),
        root=scope.get("root_path", ""),
        raw_path=raw.decode("latin-1") if raw else scope.get("path", ""),
        http_version=scope.get("http_version", "1.1"),
        server=(host, port),
        client_port=(scope.get("client") or ("", 0))[1],
        software="sio-asgi",
        more={"asgi.receive": receive, "asgi.send": send, "asgi.scope": scope},
    )

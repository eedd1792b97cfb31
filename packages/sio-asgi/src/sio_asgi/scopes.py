"""An ASGI scope as the core's request and as a WSGI environment."""

from __future__ import annotations

import io
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from sio_core import Headers, Request
from sio_server.serving.proxies import SeenRequest, TrustedProxies

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


class RequestHead(NamedTuple):
    """The headers of a scope as text, and the request as the client saw it.

    The core's request and the WSGI environment are both made of them.
    """

    headers: Headers
    seen: SeenRequest


def read_head(scope: Scope, proxies: TrustedProxies) -> RequestHead:
    """Read the head of a request from its scope; `proxies` may say what the client addressed.

    In an environment `X_User` and `X-User` have the same name, and a proxy sets or removes only
    the second: names with an underscore are left out, as web servers for WSGI do.
    """
    headers = [
        (name.decode("latin-1").lower(), value.decode("latin-1"))
        for name, value in scope.get("headers", ())
        if b"_" not in name
    ]
    origins = [value for name, value in headers if name == "origin"]
    if len(origins) > 1:
        # RFC 6454, section 7.3: there is one. As one value they are the origin of no page.
        headers = [header for header in headers if header[0] != "origin"]
        headers.append(("origin", ",".join(origins)))
    kept = tuple(headers)
    return RequestHead(kept, _seen_request(scope, proxies, kept))


def make_request(scope: Scope, head: RequestHead) -> Request:
    """The request for the core."""
    headers, seen = head
    return Request(
        method=scope.get("method", "GET"),
        query=scope.get("query_string", b"").decode("latin-1"),
        headers=headers,
        scheme=seen.scheme,
        host=seen.host,
        websocket=scope["type"] == "websocket",
        address=seen.address,
    )


def make_environ(scope: Scope, receive: Receive, send: Send, head: RequestHead) -> dict[str, Any]:
    """A complete WSGI environment (PEP 3333) that also carries the scope itself."""
    headers, seen = head
    server = scope.get("server") or ("localhost", None)
    port = server[1] or (443 if seen.scheme == "https" else 80)
    client = scope.get("client") or ("", 0)
    query = scope.get("query_string", b"").decode("latin-1")
    path: str = route_path(scope)
    environ: dict[str, Any] = {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": seen.scheme,
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
        "REMOTE_ADDR": seen.address,
        "REMOTE_PORT": str(client[1]),
        "asgi.receive": receive,
        "asgi.send": send,
        "asgi.scope": scope,
    }
    for name, value in headers:
        _add_header(environ, name, value)
    return environ


def _seen_request(scope: Scope, proxies: TrustedProxies, headers: Headers) -> SeenRequest:
    scheme: str = scope.get("scheme", "http")
    client = scope.get("client") or ("", 0)
    host = next((value for name, value in headers if name == "host"), "")
    return proxies.resolve(SeenRequest(SCHEMES.get(scheme, scheme), host, client[0]), headers)


def _raw_uri(scope: Scope, query: str) -> str:
    raw = scope.get("raw_path")
    path = raw.decode("latin-1") if raw else scope.get("path", "")
    return f"{path}?{query}" if query else path


def _wsgi_text(text: str) -> str:
    # PEP 3333: the bytes of the path, each as one character.
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def _add_header(environ: dict[str, Any], name: str, value: str) -> None:
    key = _header_key(name)
    # RFC 9110 section 5.3: several fields of one name are one list. Of these two there is one.
    if key in environ and key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        value = f"{environ[key]},{value}"
    environ[key] = value


@lru_cache(maxsize=256)
def _header_key(name: str) -> str:
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_" + key

"""A framework's request as the core's request and as a WSGI environment."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from sio_core import Headers, Request

from .proxies import SeenRequest, TrustedProxies


def _clean(headers: Headers) -> Headers:
    """Return `headers`, whose names are in lower case, without what would deceive the application.

    In an environment `X_User` and `X-User` have the same name, and a proxy sets or removes only
    the second: names with an underscore are left out, as web servers for WSGI do.
    """
    kept = [header for header in headers if "_" not in header[0]]
    origins = [value for name, value in kept if name == "origin"]
    if len(origins) > 1:
        # RFC 6454, section 7.3: there is one. As one value they are the origin of no page.
        kept = [header for header in kept if header[0] != "origin"]
        kept.append(("origin", ",".join(origins)))
    return tuple(kept)


def decode_headers(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    """Return `headers` as they were sent with their names in lower case, as text."""
    return [(_header_name(name), value.decode("latin-1")) for name, value in headers]


@lru_cache(maxsize=256)
def _header_name(raw: bytes) -> str:
    return raw.decode("latin-1").lower()


def make_request(
    method: str,
    query: str,
    headers: Iterable[tuple[str, str]],
    proxies: TrustedProxies,
    *,
    scheme: str,
    address: str,
    websocket: bool = False,
) -> Request:
    """Return the core's request; `proxies` may say what the client addressed.

    `query` is the query string as it was sent, `headers` have names in lower case. `scheme` is
    `"http"` or `"https"`, and `address` the address of the connection's other end.
    """
    kept = tuple(headers)
    named = dict(kept)
    # In nearly all nothing is repeated and nothing is to be left out: 1 µs less.
    if len(named) < len(kept) or "_" in "".join(named):
        kept = _clean(kept)
        named = dict(reversed(kept))  # of a repeated one the first counts
    host = named.get("host", "")
    if proxies.names:
        scheme, host, address = proxies.resolve(SeenRequest(scheme, host, address), kept)
    return Request(method, query, kept, scheme, host, websocket, address)


def host_and_port(name: Any) -> tuple[str, int | None]:
    """Return the host and the port in the name of a socket; one without a port is local."""
    return (str(name[0]), int(name[1])) if isinstance(name, tuple) else ("localhost", None)


def make_environ(
    request: Request,
    *,
    path: str,
    root: str = "",
    raw_path: str,
    http_version: str,
    server: tuple[str, int | None],
    client_port: int | None,
    software: str,
    more: Mapping[str, Any],
) -> dict[str, Any]:
    """Return a complete WSGI environment (PEP 3333) of `request`, without its body.

    `path` is the path below the mount point `root`, both decoded; `raw_path` the whole path as it
    was sent. `server` is where the web server listens: a host name or address, and the port (None
    is that of the scheme); `client_port` is None where the client has none. `software` names the
    adapter; `more` has the keys that are its own.
    """
    port = server[1] or (443 if request.scheme == "https" else 80)
    environ: dict[str, Any] = {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": io.BytesIO(b""),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{http_version}",
        "SERVER_SOFTWARE": software,
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": _wsgi_text(root),
        "PATH_INFO": _wsgi_text(path),
        "QUERY_STRING": request.query,
        "RAW_URI": f"{raw_path}?{request.query}" if request.query else raw_path,
        "REMOTE_ADDR": request.address,
        "REMOTE_PORT": str(client_port or 0),
    }
    environ.update(more)
    named = {_header_key(name): value for name, value in request.headers}
    if len(named) < len(request.headers):
        named = _joined(request.headers)
    environ.update(named)
    return environ


def _joined(headers: Headers) -> dict[str, str]:
    """Return by key what an environment has of `headers`, of which some have the same name."""
    named: dict[str, str] = {}
    for name, value in headers:
        key = _header_key(name)
        # RFC 9110 section 5.3: several fields of one name are one list. Of these two there is one.
        if key in named and key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            value = f"{named[key]},{value}"
        named[key] = value
    return named


def _wsgi_text(text: str) -> str:
    # PEP 3333: the bytes of the path, each as one character.
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


@lru_cache(maxsize=256)
def _header_key(name: str) -> str:
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_" + key

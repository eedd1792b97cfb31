"""The headers of a request: what HTTP needs, what the user wants, what the cookie jar has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .__about__ import __version__
from .cookies import cookie_header
from .endpoint import Endpoint, basic
from .settings import Settings

USER_AGENT: Final = f"sio-client/{__version__}"

# They say where a message ends and what a connection is for, so they are not the user's.
_FRAMING: Final = frozenset(
    ("connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade")
)
# For the server that the user named, and no other.
_PRIVATE: Final = frozenset(("authorization", "cookie", "host"))

Pairs = Sequence[tuple[str, str]]


def request_headers(
    endpoint: Endpoint, first: Endpoint, settings: Settings, own: Pairs, body: bytes
) -> list[tuple[str, str]]:
    """The headers of an HTTP request.

    `first` is the endpoint that the user named; another one, after a redirect, does
    not get the user's credentials. `own` are the caller's and override all others.
    """
    if body:
        own = [*own, ("Content-Length", str(len(body)))]
    defaults = [("Accept", "*/*"), ("Accept-Encoding", "gzip, deflate")]
    return _all(endpoint, first, settings, defaults, settings.headers, own)


def opening_headers(
    endpoint: Endpoint, first: Endpoint, settings: Settings, own: Pairs
) -> list[tuple[str, str]]:
    """The headers of the request that opens a WebSocket; `own` are those of the handshake."""
    user = (*settings.headers, *settings.websocket_headers)
    if settings.origin is not None:
        user = (*user, ("Origin", settings.origin))
    if settings.subprotocols:
        own = [*own, ("Sec-WebSocket-Protocol", ", ".join(settings.subprotocols))]
    return _all(endpoint, first, settings, [], user, own)


def _all(
    endpoint: Endpoint,
    first: Endpoint,
    settings: Settings,
    defaults: Pairs,
    user: Pairs,
    own: Pairs,
) -> list[tuple[str, str]]:
    trusted = first.trusts(endpoint)
    headers = {"host": ("Host", endpoint.authority), "user-agent": ("User-Agent", USER_AGENT)}
    for name, value in defaults:
        headers[name.lower()] = (name, value)
    auth = settings.auth or first.auth
    if trusted and auth:
        headers["authorization"] = ("Authorization", basic(*auth))
    for name, value in user:
        key = name.lower()
        if key in _FRAMING or key.startswith("sec-websocket-"):
            continue
        if trusted or key not in _PRIVATE:
            headers[key] = (name, value)
    kept = cookie_header(settings.cookies, endpoint.url)
    given = headers.get("cookie", ("", ""))[1].strip()
    if cookies := "; ".join(part for part in (kept, given) if part):
        headers["cookie"] = ("Cookie", cookies)
    for name, value in own:
        headers[name.lower()] = (name, value)
    return list(headers.values())

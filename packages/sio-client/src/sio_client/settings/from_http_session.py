"""Settings from the arguments of a client: its own, or the sessions of other libraries.

Sessions are known by what they look like: neither library is imported, and none of its requests is
made. What of a session has no effect is told by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from http.cookiejar import CookieJar
from typing import Any

from .aiohttp_session import of_aiohttp
from .credentials import unique
from .from_websocket_options import (
    header_pairs,
    option_headers,
    option_no_tls_verification,
    option_proxies,
    option_subprotocols,
    option_tls,
)
from .requests_session import Say, of_requests
from .settings import Settings
from .tls_context import Unverified


def settings_from(
    http_session: object = None,
    ssl_verify: bool = True,
    websocket_extra_options: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    cookies: CookieJar | None = None,
    settings: Settings | None = None,
    url: str = "http://localhost/",
    say: Say = lambda _name, _why: None,
) -> Settings:
    """The settings that the arguments of a client amount to.

    `settings` are what the others add to, in the place of a session. `headers` override
    those of the session, `cookies` take the place of its own. A `websocket_extra_options`
    with TLS in it counts for requests as well. A session is read for the server at `url`; `say`
    is told what of it is not used, and why. Raises `TypeError` for a session of another kind or one
    whose authentication cannot be honoured, `ValueError` for options that are not supported.
    """
    options = websocket_extra_options or {}
    base = _session_settings(http_session, url, say) if settings is None else settings
    found: dict[str, Any] = {
        "headers": unique([*base.headers, *header_pairs(headers)]),
        "cookies": base.cookies if cookies is None else cookies,
    }
    if options:
        found |= option_tls(options) | _of_options(options, base)
    if not ssl_verify or option_no_tls_verification(options):
        context = found.get("ssl_context", base.ssl_context)
        found["ssl_context"] = None if context is None else Unverified.of(context)
        found["verify"] = False
    if len(found) == 2 and found["headers"] == base.headers and found["cookies"] is base.cookies:
        return base
    return replace(base, **found)


def _of_options(options: Mapping[str, Any], base: Settings) -> dict[str, Any]:
    size, origin = options.get("max_msg_size") or 0, options.get("origin")
    return {
        "proxies": {**(base.proxies or {}), **option_proxies(options)},
        "max_message_bytes": int(size) if size > 0 else base.max_message_bytes,
        "websocket_headers": unique([*base.websocket_headers, *option_headers(options)]),
        "subprotocols": option_subprotocols(options) or base.subprotocols,
        "origin": base.origin if origin is None else str(origin),
    }


def _session_settings(session: Any, url: str, say: Say) -> Settings:
    if session is None:
        return Settings(proxies={})
    if callable(session):
        session = session()
    if all(hasattr(session, name) for name in ("verify", "cert", "proxies", "cookies")):
        return of_requests(session, url, say)
    if all(hasattr(session, name) for name in ("cookie_jar", "connector", "ws_connect")):
        return of_aiohttp(session, say)
    raise TypeError(
        "http_session must be a requests.Session or an aiohttp.ClientSession, or a function that "
        "returns one"
    )

"""Settings from the arguments of a client: its own, or the sessions of other libraries.

Sessions are known by what they look like: neither library is imported.

From a `requests.Session`: verification, certificates, headers, cookies, proxies,
basic authentication and `trust_env`. From an `aiohttp.ClientSession` the same, as far
as it tells. Hooks, adapters, retries and timeouts are not looked at.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import replace
from http.cookiejar import CookieJar
from typing import Any, Final

from ..user_agent.agent_settings import Headers
from ..user_agent.cookies import add_cookie, new_jar
from .from_websocket_options import (
    header_pairs,
    option_headers,
    option_no_tls_verification,
    option_proxies,
    option_subprotocols,
    option_tls,
    proxy_url,
)
from .settings import Settings
from .tls_context import Unverified, for_clients

# What requests sets itself, or what it alone could decode.
_OF_REQUESTS: Final = frozenset(("accept", "accept-encoding", "connection"))


def settings_from(
    http_session: object = None,
    ssl_verify: bool = True,
    websocket_extra_options: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    cookies: CookieJar | None = None,
    settings: Settings | None = None,
) -> Settings:
    """The settings that the arguments of a client amount to.

    `settings` are what the others add to, in the place of a session. `headers` override
    those of the session, `cookies` take the place of its own. A `websocket_extra_options`
    with TLS in it counts for requests as well. Raises `TypeError` for a session of another
    kind or one with an authentication other than basic, `ValueError` for options that are
    not supported.
    """
    options = websocket_extra_options or {}
    base = _session_settings(http_session) if settings is None else settings
    found: dict[str, Any] = {
        "headers": _unique([*base.headers, *header_pairs(headers)]),
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
        "websocket_headers": _unique([*base.websocket_headers, *option_headers(options)]),
        "subprotocols": option_subprotocols(options) or base.subprotocols,
        "origin": base.origin if origin is None else str(origin),
    }


def _session_settings(session: object) -> Settings:
    if session is None:
        return Settings(proxies={})
    if all(hasattr(session, name) for name in ("verify", "cert", "proxies", "cookies")):
        return _of_requests(session)
    if all(hasattr(session, name) for name in ("cookie_jar", "connector", "ws_connect")):
        return _of_aiohttp(session)
    raise TypeError("http_session must be a requests.Session or an aiohttp.ClientSession")


def _of_requests(session: Any) -> Settings:
    verify = session.verify
    if verify is True and session.trust_env:
        verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
    headers = [
        (name, value)
        for name, value in header_pairs(session.headers)
        if name.lower() not in _OF_REQUESTS and not value.startswith("python-requests/")
    ]
    jar = session.cookies
    return Settings(
        headers=_unique(headers),
        # The session's own: what the server sets is there for its other requests.
        cookies=jar if isinstance(jar, CookieJar) else new_jar(),
        auth=_basic(session.auth),
        verify=verify,
        certificate=_certificate(session.cert),
        proxies=dict(session.proxies),
        trust_env=bool(session.trust_env),
    )


def _of_aiohttp(session: Any) -> Settings:
    proxies: dict[str, str] = {}
    if proxy := getattr(session, "_default_proxy", None):
        proxies["all"] = proxy_url(str(proxy), getattr(session, "_default_proxy_auth", None))
    return Settings(
        headers=_unique(header_pairs(session.headers)),
        cookies=_copied(session.cookie_jar),
        auth=_basic(session.auth),
        # Private, but there is no other way to see what the session trusts.
        **_connector_tls(getattr(session.connector, "_ssl", True)),
        proxies=proxies,
        trust_env=bool(session.trust_env),
    )


def _certificate(given: Any) -> Any:
    """The client certificate of a session: None, a file, or a pair of files, also in a list."""
    return tuple(given) if isinstance(given, list) else given or None


def _copied(cookies: Any) -> CookieJar:
    jar = new_jar()
    # By domain, name and in newer versions the path between them. A cookie of which this cannot
    # be known goes to as few hosts as possible.
    keys = getattr(cookies, "_host_only_cookies", None)
    host_only = None if keys is None else {(key[0], key[-1]) for key in keys}
    for morsel in cookies:
        domain = morsel["domain"]
        add_cookie(
            jar,
            morsel.key,
            morsel.value,
            domain=domain,
            path=morsel["path"] or "/",
            secure=bool(morsel["secure"]),
            host_only=bool(domain) and (host_only is None or (domain, morsel.key) in host_only),
        )
    return jar


def _connector_tls(given: object) -> dict[str, Any]:
    if isinstance(given, ssl.SSLContext):
        return {"ssl_context": for_clients(given)}
    if given in (True, None):
        return {}
    if given is False:
        return {"verify": False}
    raise TypeError("the ssl of the http_session's connector must be a boolean or an SSLContext")


def _basic(auth: Any) -> tuple[str, str] | None:
    if auth is None:
        return None
    # By name, for digest authentication has a name and a password, too.
    if type(auth).__name__ == "HTTPBasicAuth":
        return _text(auth.username), _text(auth.password)
    if isinstance(auth, tuple) and len(auth) in (2, 3):  # aiohttp's has an encoding, too
        return _text(auth[0]), _text(auth[1])
    raise TypeError("the authentication of the http_session must be basic: a name and a password")


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _unique(pairs: Iterable[tuple[str, str]]) -> Headers:
    """The last header of each name, in any case of its letters."""
    return tuple({name.lower(): (name, value) for name, value in pairs}.values())

"""What a `requests.Session` says. It sends nothing: it is asked how it would prepare a request.

The library is found among the modules that are loaded, for nobody has one of its sessions without
it. A session that only looks like one is read attribute by attribute.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.client import responses
from http.cookiejar import CookieJar
from typing import Any, Final
from urllib.parse import urlsplit

from ..user_agent.agent_settings import SeenAnswer
from ..user_agent.http.cookies import new_jar
from .credentials import basic_of, unique
from .from_websocket_options import header_pairs
from .settings import Settings
from .tls_context import Unverified, for_clients

Say = Callable[[str, str], None]
"""Is told by name what of a session is not used, and why."""

# What requests sets itself, or what it alone could decode.
_OF_REQUESTS: Final = frozenset(("accept", "accept-encoding", "connection", "content-length"))
_OWN: Final = "the client makes its requests itself"
_REDIRECTS: Final = 30
# What adapters have for all their connections, and what of it matters to nobody but requests.
_HARMLESS: Final = frozenset(("block", "maxsize", "num_pools", "retries", "strict", "timeout"))
_OVERRIDES: Final = (
    *("add_headers", "build_response", "cert_verify", "request_url", "send"),
    "get_connection_with_tls_context",
)


def of_requests(session: Any, url: str, say: Say) -> Settings:
    """The settings of a session for a server at `url`.

    Raises `TypeError` for an authentication that has to see answers, as digest has.
    """
    verify = session.verify
    if verify is True and session.trust_env:
        verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
    jar = session.cookies
    settings = Settings(
        # The session's own: what the server sets is there for its other requests.
        cookies=jar if isinstance(jar, CookieJar) else new_jar(),
        auth=basic_of(session.auth),
        verify=verify,
        certificate=_certificate(session.cert),
        proxies=dict(session.proxies),
        trust_env=bool(session.trust_env),
    )
    library: Any = sys.modules.get("requests")
    if library is None or not isinstance(session, library.Session):
        if session.auth is not None and settings.auth is None:
            raise _unusable(session.auth)
        return replace(settings, headers=_headers(session.headers))
    for name, why in _unused(library, session):
        say(name, why)
    settings = _of_adapter(library, session, url, settings, say)
    return _prepared(library, session, url, settings)


def _certificate(given: Any) -> Any:
    """The client certificate of a session: None, a file, or a pair of files, also in a list."""
    return tuple(given) if isinstance(given, list) else given or None


def _headers(given: Any) -> tuple[tuple[str, str], ...]:
    return unique(
        (name, value)
        for name, value in header_pairs(given)
        if name.lower() not in _OF_REQUESTS and not value.startswith("python-requests/")
    )


def _unusable(auth: object) -> TypeError:
    return TypeError(
        f"the authentication of the http_session, {type(auth).__name__}, must be basic or set "
        "headers: no other request follows the server's answer"
    )


# ------------------------------------------------------------ a request, as the session prepares it


def _prepared(library: Any, session: Any, url: str, settings: Settings) -> Settings:
    """Add the headers, the query and the hooks that requests of the session have.

    A function that authenticates has been called with the request then.
    """
    prepared = session.prepare_request(library.Request("GET", url))
    own: list[Callable[..., object]] = list(session.hooks.get("response") or ())
    if [hook for hook in prepared.hooks.get("response") or () if hook not in own]:
        raise _unusable(session.auth)
    # Cookies are asked for at each request, and basic authentication is a setting.
    left_out = {"cookie"} - {name.lower() for name in session.headers}
    if settings.auth is not None:
        left_out.add("authorization")
    headers = [pair for pair in _headers(prepared.headers) if pair[0].lower() not in left_out]
    return replace(
        settings,
        headers=tuple(headers),
        query=urlsplit(prepared.url).query,
        on_answer=_caller(library, session, own) if own else None,
    )


def _caller(
    library: Any, session: Any, hooks: list[Callable[..., object]]
) -> Callable[[SeenAnswer], None]:
    """What calls the hooks for responses; what they return counts for nothing."""

    def call(seen: SeenAnswer) -> None:
        response = _response(library, seen)
        how = {"timeout": None, "verify": session.verify, "cert": session.cert}
        for hook in hooks:
            hook(response, stream=False, proxies=session.proxies, **how)

    return call


def _response(library: Any, seen: SeenAnswer) -> Any:
    response = library.Response()
    response.request = library.Request(seen.method, seen.url).prepare()
    response.url, response.status_code = seen.url, seen.status
    response.reason = responses.get(seen.status, "")
    for name, value in seen.headers:
        known = response.headers.get(name)
        response.headers[name] = value if known is None else f"{known}, {value}"
    response.encoding = library.utils.get_encoding_from_headers(response.headers)
    response.raw = io.BytesIO(seen.body)
    return response


# ---------------------------------------------------------------- adapters, and what is not used


def _of_adapter(library: Any, session: Any, url: str, settings: Settings, say: Say) -> Settings:
    """Add what the adapter for the server says of TLS."""
    adapter = session.get_adapter(url)
    name = f"the adapter {type(adapter).__name__}"
    plain = library.adapters.HTTPAdapter
    overridden = [
        method
        for method in _OVERRIDES
        if getattr(type(adapter), method, None) is not getattr(plain, method, None)
    ]
    if overridden:
        say(name, _OWN)
    retries = getattr(adapter, "max_retries", None)
    if getattr(retries, "total", None) not in (0, None) or getattr(retries, "connect", None):
        say(f"max_retries of {name}", "the client connects again as its reconnection options say")
    pool = getattr(getattr(adapter, "poolmanager", None), "connection_pool_kw", {})
    for key in sorted(set(pool) - _HARMLESS - {"ssl_context", "assert_hostname"}):
        say(f"{key} of {name}", _OWN)
    return _of_pool(pool, name, session, settings, say)


def _of_pool(
    pool: dict[str, Any], name: str, session: Any, settings: Settings, say: Say
) -> Settings:
    context, names = pool.get("ssl_context"), pool.get("assert_hostname")
    if isinstance(names, str):
        say(f"assert_hostname of {name}", "the certificate has to be for the name in the URL")
    if context is None:
        return settings if names is not False else replace(settings, check_hostname=False)
    if settings.certificate is not None:
        say("cert", f"{name} has an ssl_context: load the certificate into it")
    if not isinstance(session.verify, bool):
        say("verify", f"{name} has an ssl_context: load the authorities into it")
    if names is False:
        say(f"assert_hostname of {name}", "its ssl_context says it: check_hostname")
    context = for_clients(context)
    return replace(settings, ssl_context=context if session.verify else Unverified.of(context))


def _unused(library: Any, session: Any) -> Iterator[tuple[str, str]]:
    """What of a session has no effect, and why."""
    for method in ("request", "send"):
        if getattr(type(session), method) is not getattr(library.Session, method):
            yield f"{type(session).__name__}.{method}", _OWN
    if session.max_redirects != _REDIRECTS:
        yield "max_redirects", "the client follows five redirects of the first request"

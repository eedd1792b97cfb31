"""What an `aiohttp.ClientSession` says, for some things in its private attributes alone.

The library is found among the modules that are loaded, for nobody has a session without it.
"""

from __future__ import annotations

import ssl
import sys
from collections.abc import Iterator
from contextlib import suppress
from http.cookiejar import CookieJar
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final

from .credentials import basic_of, unique
from .from_websocket_options import header_pairs, proxy_url
from .requests_session import Say
from .settings import Settings
from .tls_context import for_clients

_OWN: Final = "the client makes its connections itself"
_RESOLVERS: Final = ("ThreadedResolver", "AsyncResolver", "DefaultResolver")


def of_aiohttp(session: Any, say: Say) -> Settings:
    """The settings of a session. Raises `TypeError` for a TLS setting that cannot be honoured."""
    for name, why in _unused(session):
        say(name, why)
    proxies: dict[str, str] = {}
    if proxy := getattr(session, "_default_proxy", None):
        proxies["all"] = proxy_url(str(proxy), getattr(session, "_default_proxy_auth", None))
    auth = basic_of(session.auth)
    if auth is None and session.auth is not None:
        raise TypeError("the authentication of the http_session must be basic: a name, a password")
    return Settings(
        headers=unique(header_pairs(session.headers)),
        cookies=AiohttpCookies(session.cookie_jar),
        auth=auth,
        # Private, but there is no other way to see what the session trusts.
        **_tls(getattr(session.connector, "_ssl", True)),
        proxies=proxies,
        trust_env=bool(session.trust_env),
    )


def _tls(given: object) -> dict[str, Any]:
    if isinstance(given, ssl.SSLContext):
        return {"ssl_context": for_clients(given)}
    if given in (True, None):
        return {}
    if given is False:
        return {"verify": False}
    raise TypeError("the ssl of the http_session's connector must be a boolean or an SSLContext")


def _unused(session: Any) -> Iterator[tuple[str, str]]:
    """What of a session has no effect, and why."""
    if getattr(session, "trace_configs", None):
        yield (
            "trace_configs",
            "the client makes its requests itself; engineio_logger=True logs them",
        )
    if getattr(session, "_middlewares", None):
        yield "middlewares", "the client makes its requests itself"
    if getattr(session, "skip_auto_headers", None):
        yield "skip_auto_headers", "the client has headers of its own"
    client: Any = sys.modules.get("aiohttp.client")
    usual = getattr(client, "DEFAULT_TIMEOUT", None)
    if usual is not None and session.timeout != usual:
        yield "timeout", "request_timeout and wait_timeout are the client's limits"
    yield from _unused_connector(client, session.connector)


def _unused_connector(client: Any, connector: Any) -> Iterator[tuple[str, str]]:
    name = type(connector).__name__
    if client is None or not isinstance(connector, client.TCPConnector):
        yield f"the connector {name}", _OWN
        return
    if type(connector) is not client.TCPConnector:
        yield f"the connector {name}", f"{_OWN}; its ssl counts"
    resolver = getattr(connector, "_resolver", None)
    if resolver is not None and type(resolver).__name__ not in _RESOLVERS:
        yield f"resolver of the connector: {type(resolver).__name__}", _OWN
    if getattr(connector, "_local_addr_infos", None):
        yield "local_addr of the connector", _OWN
    if getattr(connector, "_socket_factory", None):
        yield "socket_factory of the connector", _OWN


class AiohttpCookies(CookieJar):
    """An `AiohttpCookies` asks the jar of a session for cookies, and gives it those of servers.

    So what either has, both have; which cookie goes where is as that jar decides.
    """

    def __init__(self, jar: Any) -> None:
        super().__init__()
        self._jar = jar
        self._url: Any = sys.modules["yarl"].URL  # what such a jar wants

    def add_cookie_header(self, request: Any) -> None:
        """Put the cookies for a request into it."""
        found = self._jar.filter_cookies(self._url(request.full_url)).values()
        if found:
            value = "; ".join(f"{morsel.key}={morsel.coded_value}" for morsel in found)
            request.add_unredirected_header("Cookie", value)

    def extract_cookies(self, response: Any, request: Any) -> None:
        """Take over what an answer sets."""
        for header in response.info().get_all("set-cookie") or ():
            cookies = SimpleCookie()
            with suppress(CookieError):
                cookies.load(header)
            self._jar.update_cookies(cookies, self._url(request.full_url))

    def __iter__(self) -> Iterator[Any]:
        return iter(self._jar)

    def __len__(self) -> int:
        return sum(1 for _ in self._jar)

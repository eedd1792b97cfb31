"""The headers of a request: what HTTP needs, what the user wants, what the cookie jar has."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final

from ...__about__ import __version__
from ..agent_settings import AgentSettings, Headers
from ..routes.endpoint import Endpoint, basic
from .cookies import cookie_header
from .http1 import Wire, encoded

USER_AGENT: Final = f"sio-client/{__version__}"

# They say where a message ends and what a connection is for, so they are not the user's.
_FRAMING: Final = frozenset(
    ("connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade")
)
# For the server that the user named, and no other.
_PRIVATE: Final = frozenset(("authorization", "cookie", "host", "proxy-authorization"))

Pairs = Sequence[tuple[str, str]]
ByName = dict[str, tuple[bytes, bytes]]
_DEFAULTS: Final = (("Accept", "*/*"), ("Accept-Encoding", "gzip, deflate"))


class RequestHeaders:
    """A `RequestHeaders` makes the headers of the requests to one endpoint.

    What all of them have is put together once.
    `first` is the endpoint that the user named; another one, after a redirect, does
    not get the user's credentials. Where requests are `proxied`, the user may speak to the
    proxy in a header of their own.
    """

    def __init__(
        self, endpoint: Endpoint, first: Endpoint, settings: AgentSettings, *, proxied: bool = False
    ) -> None:
        self.endpoint = endpoint
        self._proxied = proxied
        self._settings = settings
        self._url = endpoint.url
        self._trusted = first.trusts(endpoint)
        self._auth = settings.auth or first.auth

    @cached_property
    def _common(self) -> ByName:
        user = self._settings.headers
        if not self._proxied:
            user = _for_servers(user)
        return self._collected(_DEFAULTS, user)

    def of_request(self, own: Pairs, body: bytes) -> Wire:
        """Those of an HTTP request; `own` are the caller's and override all others."""
        if body:
            own = [*own, ("Content-Length", str(len(body)))]
        return _joined(self._common, self._cookies(), own)

    def of_opening(self, own: Pairs) -> Wire:
        """Those of the request that opens a WebSocket; `own` are those of the handshake."""
        settings = self._settings
        # A WebSocket goes past a proxy in a tunnel: the proxy never sees these headers.
        user = _for_servers((*settings.headers, *settings.websocket_headers))
        if settings.origin is not None:
            user = (*user, ("Origin", settings.origin))
        if settings.subprotocols:
            own = [*own, ("Sec-WebSocket-Protocol", ", ".join(settings.subprotocols))]
        return _joined(self._collected((), user), self._cookies(), own)

    def _cookies(self) -> str:
        jar = self._settings.cookies
        # As a rule there is none; with one it takes as long as all else that a request needs.
        return "" if next(iter(jar), None) is None else cookie_header(jar, self._url)

    def _collected(self, defaults: Pairs, user: Pairs) -> ByName:
        headers = {"Host": self.endpoint.authority, "User-Agent": USER_AGENT, **dict(defaults)}
        found = {name.lower(): encoded(name, value) for name, value in headers.items()}
        if self._trusted and self._auth:
            found["authorization"] = encoded("Authorization", basic(*self._auth))
        for name, value in user:
            key = name.lower()
            if key in _FRAMING or key.startswith("sec-websocket-"):
                continue
            if self._trusted or key not in _PRIVATE:
                found[key] = encoded(name, value)
        return found


def _for_servers(user: Headers) -> Headers:
    """The user's headers without what is for a proxy alone: RFC 9110, section 11.7.2."""
    return tuple(pair for pair in user if pair[0].lower() != "proxy-authorization")


def _joined(common: ByName, cookies: str, own: Pairs) -> Wire:
    headers = common.copy()
    if cookies:
        kept, (_, given) = encoded("Cookie", cookies), headers.get("cookie", (b"", b""))
        headers["cookie"] = (kept[0], kept[1] + b"; " + given) if given else kept
    for name, value in own:
        headers[name.lower()] = encoded(name, value)
    return list(headers.values())

"""What an agent has to be told of its user's wishes."""

from __future__ import annotations

from http.cookiejar import CookieJar
from typing import Protocol, TypeAlias

from .proxies import Proxy

EARLY_BYTES = 64 * 1024
"""The most bytes of an answer or a message while the server has not opened a session."""

Headers: TypeAlias = tuple[tuple[str, str], ...]


class AgentSettings(Protocol):
    """`AgentSettings` has the wishes of an agent's user, which do not change while it is in use.

    `headers` go into every request, `websocket_headers` into the opening of WebSockets alone;
    `auth` is a name and a password; `max_message_bytes` bounds one answer or message.
    """

    @property
    def headers(self) -> Headers: ...
    @property
    def websocket_headers(self) -> Headers: ...
    @property
    def cookies(self) -> CookieJar: ...
    @property
    def auth(self) -> tuple[str, str] | None: ...
    @property
    def origin(self) -> str | None: ...
    @property
    def subprotocols(self) -> tuple[str, ...]: ...
    @property
    def max_message_bytes(self) -> int: ...
    @property
    def redirects_to_other_hosts(self) -> bool: ...
    @property
    def wants_websocket_proxies(self) -> bool:
        """Whether a proxy may be meant for WebSockets alone."""
        ...

    def proxy_for(self, scheme: str, host: str, port: int) -> Proxy | None:
        """The proxy on the way to a server, for the `scheme` http, https, ws or wss.

        Raises `ProxyFailed` for a proxy of a kind that is not supported.
        """
        ...

"""What an agent has to be told of its user's wishes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from typing import Protocol, TypeAlias

from .routes.proxies import Proxy

EARLY_BYTES = 64 * 1024
"""The most bytes of an answer or a message while the server has not opened a session."""

Headers: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SeenAnswer:
    """A `SeenAnswer` is an answer to a request of HTTP, for who only looks at it.

    `url` is the whole of it; `headers` have names in lower case; `body` is decoded.
    """

    method: str
    url: str = field(repr=False)
    status: int
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)


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
    def on_answer(self) -> Callable[[SeenAnswer], object] | None:
        """What is called with each answer to a request, if anything: what it raises fails it."""
        ...

    @property
    def wants_websocket_proxies(self) -> bool:
        """Whether a proxy may be meant for WebSockets alone."""
        ...

    def proxy_for(self, scheme: str, host: str, port: int) -> Proxy | None:
        """The proxy on the way to a server, for the `scheme` http, https, ws or wss.

        Raises `ProxyFailed` for a proxy of a kind that is not supported.
        """
        ...

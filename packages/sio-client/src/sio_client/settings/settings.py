"""What a client sends and trusts besides its messages: headers, cookies, TLS, proxies.

Frozen, so that several connection attempts, threads and clients can share it; only the
cookie jar within changes.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http.cookiejar import CookieJar

from ..user_agent.agent_settings import Headers, SeenAnswer
from ..user_agent.http.cookies import new_jar
from ..user_agent.routes.proxies import Proxy, environment_proxy, given_proxy
from .tls_context import CONTEXTS, Certificate, File, for_clients

MAX_MESSAGE_BYTES = 100 * 1024 * 1024
"""The most bytes that one answer or one WebSocket message may have, once decoded."""

# RFC 9110, sections 5.1 and 5.5.
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_NOT_IN_VALUES = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


@dataclass(frozen=True)
class Settings:
    """`Settings` says how to reach a server: it is the `settings` of `Client` and `AsyncClient`.

    For TLS `ssl_context` is used as it is. Without one `verify` is a file or a folder of
    certificate authorities, or whether the server's certificate is verified at all (True: by
    the authorities of the system); `check_hostname` is whether it must be for the server's
    name; `certificate` is the client's own: a file with its key in it, or a pair of files.
    Such contexts are made once a process.

    `proxies` has URLs by scheme, as `requests` has them, and comes before the
    environment's, which count if `trust_env` is true. The `websocket_headers` are
    for the opening of WebSockets alone, and override `headers` there; `auth` is a name
    and a password; `max_message_bytes` bounds one answer or message, once decoded; a redirect
    to another host or port is followed if `redirects_to_other_hosts` is true. The `query` is
    added to that of the URL, already encoded; `on_answer` is called with each answer to a request
    over HTTP: it may look at it, and what it raises fails the request.
    Clients that share settings share the `cookies`. Raises `ValueError` for headers that
    HTTP cannot carry, and for a context that only servers can use.
    """

    headers: Headers = field(default=(), repr=False)
    cookies: CookieJar = field(default_factory=new_jar, repr=False)
    auth: tuple[str, str] | None = field(default=None, repr=False)
    ssl_context: ssl.SSLContext | None = None
    verify: bool | File = True
    certificate: Certificate = field(default=None, repr=False)
    check_hostname: bool = True
    proxies: Mapping[str, str] | None = field(default=None, repr=False)
    trust_env: bool = True
    max_message_bytes: int = MAX_MESSAGE_BYTES
    websocket_headers: Headers = field(default=(), repr=False)
    subprotocols: tuple[str, ...] = ()
    origin: str | None = None
    redirects_to_other_hosts: bool = False
    query: str = field(default="", repr=False)
    on_answer: Callable[[SeenAnswer], object] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name, value in (*self.headers, *self.websocket_headers):
            check_header(name, value)
        check_header("Origin", self.origin or "")
        if self.ssl_context is not None:
            for_clients(self.ssl_context)
        for subprotocol in self.subprotocols:
            if not _NAME.fullmatch(subprotocol):
                raise ValueError("a WebSocket subprotocol has characters that are not allowed")

    @property
    def ready_tls(self) -> ssl.SSLContext | None:
        """`tls` if it is there, None if it would have to be made, which takes a while."""
        return self.ssl_context or CONTEXTS.made(self.verify, self.certificate, self.check_hostname)

    @cached_property
    def tls(self) -> ssl.SSLContext:
        """The context for every TLS connection, made when it is first needed.

        Raises `OSError` for files that cannot be read.
        """
        return self.ssl_context or CONTEXTS.get(self.verify, self.certificate, self.check_hostname)

    @property
    def wants_websocket_proxies(self) -> bool:
        """Whether a proxy may be meant for WebSockets alone: those of the environment never are."""
        return bool(self.proxies)

    def proxy_for(self, scheme: str, host: str, port: int) -> Proxy | None:
        """The proxy on the way to a server; `scheme` is http, https, ws or wss.

        Raises `ProxyFailed` if it is of a kind that is not supported.
        """
        found = given_proxy(self.proxies or {}, scheme, host)
        if found is None and self.trust_env:
            found = environment_proxy(scheme, host, port)
        return Proxy.parse(found) if found else None


def check_header(name: str, value: str) -> None:
    """Raises `ValueError`, without the value, for a header that HTTP cannot carry."""
    if not _NAME.fullmatch(name):
        raise ValueError("the name of a header has characters that are not allowed")
    if _NOT_IN_VALUES.search(value):
        raise ValueError(f"the header {name} has line breaks or control characters in its value")

"""Where a server is: what the user's URL says, checked and taken apart once.

Of the URL the host, the port, the query arguments and the credentials count. The path of
the server is the `path` argument; another one in the URL is an error.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass, field, replace
from ipaddress import IPv6Address
from typing import Final
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from ..errors import BadRedirect

_SECURE: Final = {"http": False, "https": True, "ws": False, "wss": True}
_DEFAULT_PORT: Final = {False: 80, True: 443}
# RFC 3986, section 2.1: what may stand in a path or a query; all else is percent-encoded.
_SAFE: Final = "/%:@!$&'()*+,;=~"
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_HOST = re.compile(r"[A-Za-z0-9_.\-]+")
_ADDRESS = re.compile(r"[0-9A-Fa-f:.]+(%[A-Za-z0-9_.\-]+)?")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An `Endpoint` is a server's address, the path of its requests, and what is sent along.

    `query` are the user's own arguments, encoded; `auth` is the name and the
    password of the URL.
    """

    secure: bool
    host: str
    port: int
    path: str
    query: str = field(default="", repr=False)
    auth: tuple[str, str] | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str, path: str = "socket.io") -> Endpoint:
        """The endpoint at `url`. Raises `ValueError` for what is not a URL of a server."""
        if _CONTROL.search(url) or _CONTROL.search(path):
            raise ValueError("the URL contains spaces or control characters")
        try:
            parts = urlsplit(url)
        except ValueError:
            # Its own text may have the password in it.
            raise ValueError("the URL is not valid") from None
        if parts.scheme not in _SECURE:
            raise ValueError("the URL must begin with http://, https://, ws:// or wss://")
        host, port = address(parts, _DEFAULT_PORT[_SECURE[parts.scheme]])
        name = path.strip("/")
        _check_path(parts, name)
        auth = None
        if parts.username or parts.password:
            auth = (unquote(parts.username or ""), unquote(parts.password or ""))
        return cls(
            secure=_SECURE[parts.scheme],
            host=host,
            port=port,
            path=f"/{quote(name, safe=_SAFE)}/" if name else "/",
            query=quote(parts.query, safe=_SAFE + "?"),
            auth=auth,
        )

    @property
    def scheme(self) -> str:
        """`http` or `https`."""
        return "https" if self.secure else "http"

    @property
    def authority(self) -> str:
        """Host and port as a Host header has them, without the scheme's own port."""
        if self.port == _DEFAULT_PORT[self.secure]:
            return _bracketed(self.host)
        return self.address

    @property
    def address(self) -> str:
        """Host and port, always both."""
        return host_and_port(self.host, self.port)

    @property
    def server_name(self) -> str:
        """The name that the server's certificate is for."""
        return server_name(self.host)

    @property
    def url(self) -> str:
        """The URL of the path, without a query."""
        return f"{self.scheme}://{self.authority}{self.path}"

    def target(self, query: str) -> str:
        """What is requested: the path, the user's arguments, then `query`, already encoded."""
        query = quote(query, safe=_SAFE + "?")  # encoded again it stays what it is
        both = "&".join(part for part in (self.query, query) if part)
        return f"{self.path}?{both}" if both else self.path

    def moved(self, location: str) -> Endpoint:
        """The endpoint that a redirect leads to; the query arguments stay.

        Raises `BadRedirect` for what is no address, and for one that gives up TLS.
        """
        try:
            # HTTP has bytes; where they are not ASCII they are meant as UTF-8.
            location = location.encode("latin-1").decode("utf-8", "replace")
            if _CONTROL.search(location):
                raise ValueError
            parts = urlsplit(urljoin(self.url, location))
            secure = _SECURE[parts.scheme]
            host, port = address(parts, _DEFAULT_PORT[secure])
        except (ValueError, KeyError):
            raise BadRedirect("the server redirected to what is not a valid address") from None
        if self.secure and not secure:
            raise BadRedirect("the server redirected from https to http, which is refused")
        path = quote(parts.path, safe=_SAFE) or "/"
        return replace(self, secure=secure, host=host, port=port, path=path, auth=None)

    def trusts(self, other: Endpoint) -> bool:
        """Whether credentials for this endpoint may go to `other`: the same, or its TLS side."""
        if self.host.lower() != other.host.lower():
            return False
        same = (self.secure, self.port) == (other.secure, other.port)
        upgraded = (self.secure, self.port, other.secure, other.port) == (False, 80, True, 443)
        return same or upgraded


def _check_path(parts: SplitResult, name: str) -> None:
    """Raise `ValueError` for a path in a URL, and say where to write what it may stand for.

    In JavaScript it would be a namespace; a path of the server is an argument of its own.
    """
    given = unquote(parts.path).strip("/")
    if not given or given == name:
        return
    shown = given if len(given) <= 100 else given[:100] + "..."
    raise ValueError(
        f"the URL has a path, {'/' + shown!r}, which does not count: for a namespace connect to "
        f"the URL without it, with namespaces=[{'/' + shown!r}]; for a server at that path give "
        f"socketio_path={_endpoint_at(shown, name)!r}"
    )


def _endpoint_at(given: str, name: str) -> str:
    """The path of an endpoint below `given`, or `given` where that seems to be one itself."""
    return given if not name or f"/{given}".endswith(f"/{name}") else f"{given}/{name}"


def address(parts: SplitResult, default_port: int) -> tuple[str, int]:
    """Host and port of a URL. Raises `ValueError` if it has no valid ones."""
    try:
        host, port = unquote(parts.hostname or ""), parts.port
    except ValueError:
        raise ValueError("the port in the URL is not a number from 1 to 65535") from None
    if port == 0:
        raise ValueError("the port in the URL is not a number from 1 to 65535")
    if not host:
        raise ValueError("the URL has no host name")
    try:
        if ":" in host:
            IPv6Address(host)
            valid = _ADDRESS.fullmatch(host)
        else:
            host = host.encode("idna").decode("ascii")
            valid = _HOST.fullmatch(host)
        if not valid:
            raise ValueError
    except ValueError:  # which a UnicodeError is
        raise ValueError("the host name in the URL is not valid") from None
    return host, port or default_port


def host_and_port(host: str, port: int) -> str:
    """Host and port, as a URL has them."""
    return f"{_bracketed(host)}:{port}"


def server_name(host: str) -> str:
    """The name of a host in its certificate: without a final dot and without an IPv6 zone."""
    return host.partition("%")[0].rstrip(".")


def basic(user: str, password: str) -> str:
    """The value of an Authorization header (RFC 7617, section 2)."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode("ascii")


def _bracketed(host: str) -> str:
    return f"[{host.partition('%')[0]}]" if ":" in host else host

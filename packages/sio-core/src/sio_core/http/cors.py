"""Which web pages may talk to the server: the cross-origin policy.

A browser sends `Origin` with a request of a page; other clients send none and
are not concerned. Unlike CORS in general, a request from a page that is not
allowed is refused, not only hidden from it: WebSockets know no CORS.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from ..protocol_errors import LocalProtocolError
from ..values import Headers, Request


class Callback(enum.Enum):
    """`Callback` stands for "a function of the application decides" in a policy."""

    CALLBACK = "callback"


CALLBACK: Final = Callback.CALLBACK

Allowed: TypeAlias = str | Sequence[str] | Callback | None
"""None: the same origin; `"*"`: all; one origin or several; `[]`: no check at all; or CALLBACK."""


class Decision(enum.Enum):
    """A `Decision` is what a policy says to one origin."""

    ALLOW = "allow"
    REFUSE = "refuse"
    ASK = "ask"
    """The driver must ask the application's function."""


ALLOW: Final = Decision.ALLOW  # found at once, unlike a member of an enum before Python 3.12
LOGGED: Final = 100
"""Characters of an origin that a log line has."""

_DEFAULT_PORTS: Final = {"http": ":80", "ws": ":80", "https": ":443", "wss": ":443"}
# RFC 6454, section 7: visible ASCII; a browser never sends anything else.
_VISIBLE = re.compile(r"[\x21-\x7e]+")
# RFC 6454, section 6.2: scheme, host and port; those of apps may have no host.
_ORIGIN = re.compile(r"[a-z][a-z0-9+.\-]*://[^\s/?#,*]*/?")
# A list of header names, as it may be echoed.
_HEADER_LIST = re.compile(r"[\x20-\x7e\t]+")


class Policy:
    """Decides about origins, and makes the headers that tell the browser.

    `credentials` says whether pages of other origins may send cookies with
    their polling requests. None, the default, allows it to the origins that
    `allowed` names, and not to those that only `"*"` lets in. `disabled` is
    true for an empty list: nothing is checked, and no header is sent, because
    something in front of the server does both. Raises `LocalProtocolError` for
    a text that no browser sends as an origin, and TypeError for another type.
    """

    __slots__ = ("_everybody", "_origins", "credentials", "disabled", "needs_callback")

    def __init__(self, allowed: Allowed = None, *, credentials: bool | None = None) -> None:
        self.credentials = credentials
        self.needs_callback = allowed is CALLBACK
        self._origins: frozenset[str] | None = None
        if isinstance(allowed, str):
            allowed = (allowed,)
        if allowed is not None and not isinstance(allowed, Callback):
            self._origins = frozenset(_checked(origin) for origin in _listed(allowed))
        self.disabled = self._origins is not None and not self._origins
        self._everybody = self._origins is not None and "*" in self._origins

    def decide(self, origin: str, request: Request) -> Decision:
        """Return what to do with a request whose `Origin` header is `origin` (empty when missing).

        After ASK the caller asks the application's function, and goes on or refuses.
        """
        if not origin or self.disabled:
            return ALLOW
        if not _VISIBLE.fullmatch(origin):
            return Decision.REFUSE
        if self.needs_callback:
            return Decision.ASK
        if self._everybody:
            return Decision.ALLOW
        if self._origins is None:
            own = f"{request.scheme}://{request.host}"
            # Nearly all pages are of the very same origin: 2 µs less.
            same = origin == own or normalise(origin) == normalise(own)
            allowed = same and request.host != ""
        else:
            allowed = normalise(origin) in self._origins
        return Decision.ALLOW if allowed else Decision.REFUSE

    def explain(self, origin: str, request: Request) -> str:
        """Return why `origin` was refused, for a log: origins are cut and escaped there."""
        page = f"the page is of {_quoted(origin)}"
        if self.needs_callback:
            return f"{page}, and the function of cors_allowed_origins refused it"
        if self._origins is not None:
            return f"{page}, which is not in the list"
        if not request.host:
            return f"{page}, and the request does not name the server's host"
        own = f"{request.scheme}://{request.host}"
        text = f"{page}, the server of {_quoted(own)}"
        if normalise(origin) == normalise(f"https://{request.host}"):
            # So it is where a proxy speaks TLS and the server does not trust it.
            text += ": if a proxy speaks TLS, see trusted_proxies"
        return text

    def headers(
        self, origin: str, method: str, requested_headers: str, *, allowed: bool = True
    ) -> Headers:
        """Return the headers of the response to a request with `origin`, decided as `allowed`.

        `origin` is empty when missing; `method` is the request's; `requested_headers`
        the value of `Access-Control-Request-Headers`, empty when missing.
        """
        if self.disabled or not origin or not allowed:
            return ()
        headers = [("access-control-allow-origin", origin), ("vary", "Origin")]
        if self._takes_credentials(origin):
            headers.append(("access-control-allow-credentials", "true"))
        if method == "OPTIONS":
            headers.append(("access-control-allow-methods", "OPTIONS, GET, POST"))
            if _HEADER_LIST.fullmatch(requested_headers):
                headers.append(("access-control-allow-headers", requested_headers))
        return tuple(headers)

    def allows_script(self, fetch_site: str) -> bool:
        """Tell whether a page may load an answer as a script, which shows no origin (JSONP).

        `fetch_site` is the request's `Sec-Fetch-Site` header, empty when missing: what a browser
        says of the page (Fetch Metadata Request Headers, section 2.3).
        """
        return fetch_site not in ("cross-site", "same-site") or self._everybody or self.disabled

    def _takes_credentials(self, origin: str) -> bool:
        if self.credentials is None:
            return not self._everybody or normalise(origin) in (self._origins or ())
        return self.credentials


def normalise(origin: str) -> str:
    """Return `origin` in lower case, without a default port and without a slash at the end."""
    origin = origin.lower().rstrip("/")
    scheme, separator, _ = origin.partition("://")
    if separator:
        return origin.removesuffix(_DEFAULT_PORTS.get(scheme, "\n"))
    return origin


def _quoted(origin: str) -> str:
    return ascii(origin[:LOGGED])


def _listed(allowed: object) -> list[object]:
    if isinstance(allowed, Iterable):
        return list(allowed)
    raise TypeError(
        "cors_allowed_origins must be None, an origin, a list of origins, '*' or a function, "
        f"not {allowed!r}"
    )


def _checked(origin: object) -> str:
    """Return the normal form of an allowed origin, or raise for what never matches one."""
    if not isinstance(origin, str):
        raise TypeError(f"an origin is a text such as 'https://example.com', not {origin!r}")
    name = origin.lower()
    if name in ("*", "null") or _ORIGIN.fullmatch(name):
        return normalise(origin)
    raise LocalProtocolError(f"{origin!r} in cors_allowed_origins matches no page: {_mend(origin)}")


def _mend(origin: str) -> str:
    scheme, separator, rest = origin.strip().partition("://")
    if "," in origin or len(origin.split()) > 1:
        return "several origins are a list of texts"
    if "*" in origin:
        return "only '*' alone stands for all, a function of the origin can decide on the others"
    if not separator:
        return f"write {'https://' + scheme!r}" if scheme else "write 'https://example.com'"
    host = re.split("[/?#]", rest)[0]
    return f"an origin has no path, write {scheme + '://' + host!r}"

"""The cookies of a client: kept from answers and sent with requests, as `http.cookiejar` rules."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from email.message import Message
from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy
from typing import Final
from urllib.request import Request

_MOST: Final = 3000
"""Cookies in a jar from which new ones are not taken any more."""


_NOT_IN_VALUES = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def new_jar() -> CookieJar:
    """A jar in which a cookie without a domain is for the host alone that set it."""
    policy = DefaultCookiePolicy(strict_ns_domain=DefaultCookiePolicy.DomainStrictNonDomain)
    return CookieJar(policy)


def add_cookie(
    jar: CookieJar,
    name: str,
    value: str,
    *,
    domain: str = "",
    path: str = "/",
    secure: bool = False,
    host_only: bool = False,
) -> None:
    """Put a cookie into a jar, until the jar is gone; without a domain it is for every host."""
    if host_only and "." not in domain:
        domain += ".local"  # the name that `http.cookiejar` has for such a host
    cookie = Cookie(
        version=0,
        name=name,
        value=value,
        port=None,
        port_specified=False,
        domain=domain,
        domain_specified=not host_only,
        domain_initial_dot=domain.startswith("."),
        path=path,
        path_specified=True,
        secure=secure,
        expires=None,
        discard=True,
        comment=None,
        comment_url=None,
        rest={},
    )
    jar.set_cookie(cookie)


def cookie_header(jar: CookieJar, url: str) -> str:
    """The value of the Cookie header for a request to `url`; empty for none."""
    request = Request(url)
    jar.add_cookie_header(request)
    value = request.get_header("Cookie") or ""
    return "" if _NOT_IN_VALUES.search(value) else value


def keep_cookies(jar: CookieJar, url: str, headers: Iterable[tuple[str, str]]) -> None:
    """Take over what an answer from `url` sets; `headers` have names in lower case."""
    message = Message()
    for name, value in headers:
        if name in ("set-cookie", "set-cookie2"):
            message[name] = value
    if not message or len(jar) >= _MOST:
        return
    # The jar is the user's, and may be of any kind; a cookie is nothing to fail for.
    with suppress(Exception):
        jar.extract_cookies(_Answer(message), Request(url))  # type: ignore[arg-type]


class _Answer:
    """The part of an answer of `urllib` that a cookie jar looks at."""

    def __init__(self, message: Message) -> None:
        self._message = message

    def info(self) -> Message:
        return self._message

"""Who may log in: what `auth` of `instrument` means, and how what somebody enters is checked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from hmac import compare_digest
from importlib.util import find_spec
from inspect import iscoroutinefunction
from typing import Any, Final, TypeAlias

from ...dispatch.runners import Flow

Apart: TypeAlias = Callable[..., Any]
"""Calls a function that takes long, so that others can run."""

MAX_FIELDS: Final = 16
MAX_LENGTH: Final = 1_024
"""Characters of one field of what somebody enters."""
MAX_HASHED: Final = 72
"""Bytes of a password that bcrypt takes."""

_BCRYPT = re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}")


class Credentials:
    """Checks what somebody entered."""

    def __init__(self, auth: Any, apart: Apart, *, may_wait: bool) -> None:
        """Read `auth`, as it was given to `instrument`; a slow check of it runs by `apart`.

        `may_wait` says whether a coroutine function is awaited. Raises `ValueError` or `TypeError`
        for an `auth` that cannot be.
        """
        self._apart = apart
        self._decide: Callable[..., Any] | None = None
        self._known: list[dict[str, str]] = []
        if callable(auth):
            if iscoroutinefunction(auth) and not may_wait:
                raise TypeError("auth is a coroutine function, which Server cannot run: use def")
            self._decide = auth
        elif auth is None:
            raise ValueError(
                "auth must be specified: a dictionary such as {'username': …, 'password': …}, a "
                "list of these, or a function; False lets everybody in"
            )
        else:
            entries = auth if isinstance(auth, list | tuple) else [auth]
            self._known = [_entry(entry) for entry in entries]
            if not self._known:
                raise ValueError("auth is an empty list, so nobody could log in")
        if any(_is_hash(value) for entry in self._known for value in entry.values()):
            _check_bcrypt()

    def check(self, given: Any) -> Flow[bool]:
        """Return whether somebody who entered `given` may log in."""
        if not isinstance(given, Mapping) or not _is_small(given):
            return False
        if self._decide is not None:
            return bool((yield partial(self._decide, dict(given))))
        fields = {name: _text(value) for name, value in given.items()}
        found = [entry for entry in self._known if self._matches(entry, fields)]
        # One hash is computed in any case: the time says nothing of the user's name.
        hashed = found or [entry for entry in self._known if any(map(_is_hash, entry.values()))]
        is_right = bool(found)
        for name, value in hashed[0].items() if hashed else ():
            if _is_hash(value):
                password = fields.get(name, "").encode("utf-8", "replace")
                answer = yield partial(self._apart, _check_hash, password, value.encode())
                is_right = is_right and answer
        return is_right

    def _matches(self, entry: Mapping[str, str], fields: Mapping[str, str]) -> bool:
        """Compare all fields that are no hashes, in a time that says nothing of them."""
        equal = entry.keys() == fields.keys()
        for name, value in entry.items():
            if not _is_hash(value):
                given = fields.get(name, "").encode("utf-8", "replace")
                equal = compare_digest(given, value.encode("utf-8", "replace")) and equal
        return equal


def check_auth(auth: Any, apart: Apart, *, may_wait: bool) -> Credentials | None:
    """Return what checks log-ins, or None where `auth` is False, which lets everybody in."""
    return None if auth is False else Credentials(auth, apart, may_wait=may_wait)


def _entry(entry: Any) -> dict[str, str]:
    if not isinstance(entry, Mapping) or not entry:
        # It may hold a password, so it is not repeated.
        kind = type(entry).__name__
        raise ValueError(
            f"auth must be a dictionary with fields, a list, or a function, not {kind}"
        )
    for name, value in entry.items():
        if not isinstance(name, str):
            raise ValueError("the names of fields of auth are texts")
        if value is None or value == "":
            raise ValueError(f"auth has no value for {name!r}: is an environment variable missing?")
    return {name: _text(value) for name, value in entry.items()}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    try:
        return "\0" + json.dumps(value, sort_keys=True)
    except (TypeError, ValueError):
        return ""


def _is_small(given: Mapping[Any, Any]) -> bool:
    """Return whether there is nothing but a few fields with short values."""
    return len(given) <= MAX_FIELDS and all(
        type(name) is str and len(name) <= MAX_LENGTH and _is_short(value)
        for name, value in given.items()
    )


def _is_short(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= MAX_LENGTH
    return (
        value is None
        or isinstance(value, bool | float)
        or (isinstance(value, int) and value.bit_length() <= 64)
    )


def _is_hash(value: str) -> bool:
    return _BCRYPT.fullmatch(value) is not None


def _check_bcrypt() -> None:
    if find_spec("bcrypt") is None:
        raise ValueError(
            "auth has a bcrypt hash, which takes the extra admin: pip install 'sio-server[admin]'"
        )


def _check_hash(password: bytes, hashed: bytes) -> bool:
    import bcrypt

    if len(password) > MAX_HASHED or b"\0" in password:
        return False
    return bool(bcrypt.checkpw(password, hashed))

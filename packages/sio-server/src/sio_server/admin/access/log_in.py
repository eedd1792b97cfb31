"""Who may come in: a name and a password, or a session of the page; not too often."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from ...dispatch.runners import Flow
from ...exceptions import ConnectionRefusedError
from .attempts import Attempts
from .credentials import Credentials
from .page_sessions import PageSessions

REFUSED = "invalid credentials"
"""What the page shows its form again for."""
TOO_MANY = "too many attempts, wait a minute"


class LogIn:
    """Lets clients of the page in; without `credentials` it lets everybody in."""

    def __init__(
        self,
        credentials: Credentials | None,
        log: logging.Logger,
        now: Callable[[], float],
    ) -> None:
        self._credentials = credentials
        self._log = log
        self._attempts = Attempts(now)
        self._sessions = PageSessions(now)

    def check(self, address: str, given: Any) -> Flow[str | None]:
        """Let a client in who entered `given`, or raise `ConnectionRefusedError`.

        Returns the id of a new session, or None where there is none, or is one already.
        """
        if self._credentials is None:
            return None
        if isinstance(given, Mapping) and self._sessions.is_valid(given.get("sessionId")):
            return None
        attempt = self._attempts.begin(address)
        if attempt is None:
            self._log.warning("admin: too many attempts to log in, the last one from %s", address)
            raise ConnectionRefusedError(TOO_MANY)
        is_right = False
        if not isinstance(given, Mapping) or [*given] != ["sessionId"]:  # which is over
            is_right = yield from self._is_right(self._credentials, given)
        if not is_right:
            self._log.warning("admin: a log-in from %s was refused", address)
            raise ConnectionRefusedError(REFUSED)
        self._attempts.succeeded(address, attempt)
        return self._sessions.open()

    def _is_right(self, credentials: Credentials, given: Any) -> Flow[bool]:
        try:
            return (yield from credentials.check({} if given is None else given))
        except Exception:
            self._log.exception("admin: the function auth raised")
            return False

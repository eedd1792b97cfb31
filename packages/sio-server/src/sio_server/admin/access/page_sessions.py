"""The sessions of the page: who has logged in needs no password when the page is loaded again."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

SECONDS: Final = 24 * 3600.0
"""For how long a session is valid after it was used last."""
MAX_SESSIONS: Final = 1_000
"""Sessions that are kept; the one that was used longest ago is forgotten first."""


class PageSessions:
    """The sessions of one server, kept in memory; of their ids nothing but digests."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._valid_until: OrderedDict[bytes, float] = OrderedDict()

    def open(self) -> str:
        """Return the id of a new session."""
        session_id = secrets.token_hex(20)
        self._keep(_digest(session_id))
        if len(self._valid_until) > MAX_SESSIONS:
            self._valid_until.popitem(last=False)
        return session_id

    def is_valid(self, session_id: Any) -> bool:
        """Return whether a session has this id, which is valid for another day then.

        What is compared are digests, so the time that it takes says nothing of the ids.
        """
        if type(session_id) is not str or not 0 < len(session_id) <= 100:
            return False
        digest = _digest(session_id)
        until = self._valid_until.pop(digest, None)
        if until is None or until < self._now():
            return False
        self._keep(digest)
        return True

    def _keep(self, digest: bytes) -> None:
        self._valid_until[digest] = self._now() + SECONDS


def _digest(session_id: str) -> bytes:
    return sha256(session_id.encode("utf-8", "replace")).digest()

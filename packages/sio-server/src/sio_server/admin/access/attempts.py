"""How often somebody may try to log in: as often as a person does who has forgotten a password."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

SECONDS: Final = 60.0
"""For how long a failed attempt counts."""
OF_ONE_ADDRESS: Final = 10
"""Failed attempts of one address in that time."""
OF_ALL: Final = 100
"""Failed attempts of all addresses in that time: each may cost the time that a hash takes."""
MAX_ADDRESSES: Final = 1_000
"""Addresses that are remembered; the one whose last attempt is the oldest is forgotten first."""


class Attempts:
    """The attempts to log in that failed, or are under way, of the last minute.

    They are counted before the password is looked at, so that many at a time do not get past.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._of: OrderedDict[str, list[float]] = OrderedDict()
        self._all: list[float] = []

    def begin(self, address: str) -> float | None:
        """Count an attempt of an IP address. Returns its time for `succeeded`; None: too many."""
        now = self._now()
        since = now - SECONDS
        self._all = [at for at in self._all if at > since]
        mine = [at for at in self._of.get(address, ()) if at > since]
        if len(mine) >= OF_ONE_ADDRESS or len(self._all) >= OF_ALL:
            return None
        mine.append(now)
        self._all.append(now)
        self._of[address] = mine
        self._of.move_to_end(address)
        if len(self._of) > MAX_ADDRESSES:
            self._of.popitem(last=False)
        return now

    def succeeded(self, address: str, attempt: float) -> None:
        """Count an attempt no more; `attempt` is what `begin` returned for it."""
        mine = self._of.get(address, [])
        for attempts in (mine, self._all):
            if attempt in attempts:
                attempts.remove(attempt)
        if not mine:
            self._of.pop(address, None)

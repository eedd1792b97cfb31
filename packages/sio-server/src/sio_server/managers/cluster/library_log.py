"""The log of a broker's library, which says of each attempt what the manager says once."""

from __future__ import annotations

import logging


def quiet(name: str) -> None:
    """Silence the log `name` of a library, unless the application gave it a level."""
    log = logging.getLogger(name)
    if log.level == logging.NOTSET:
        log.setLevel(logging.CRITICAL)

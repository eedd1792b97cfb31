"""Names and numbers of the namespace that the page connects to."""

from __future__ import annotations

import os
import socket
from typing import Final

HOSTNAME: Final = socket.gethostname()
PID: Final = os.getpid()
"""That of the process that imported this; the page is told that of each server."""

MODES: Final = ("development", "production")
ADMINS: Final = "admin-ui"
"""The room of those who have logged in: nothing is sent to anybody else."""
WRITES: Final = ("EMIT", "JOIN", "LEAVE", "DISCONNECT", "MJOIN", "MLEAVE", "MDISCONNECT")
"""What the page may be able to change."""


def features(mode: str, *, read_only: bool) -> list[str]:
    """Return what the page is told that it can show and do."""
    all_events = ["ALL_EVENTS"] if mode == "development" else []
    return ["AGGREGATED_EVENTS", *all_events, *([] if read_only else WRITES)]

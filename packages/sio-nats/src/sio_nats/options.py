"""The arguments of nats-py that an application may choose."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from nats.aio.client import Client

OWN = frozenset(
    (
        *("servers", "allow_reconnect", "max_reconnect_attempts", "reconnect_time_wait"),
        *("reconnect_to_server_handler", "reconnected_cb", "closed_cb", "error_cb", "no_echo"),
    )
)
"""Those that are the manager's: it connects again by itself, and hears itself."""

NAMES = tuple(name for name in inspect.signature(Client.connect).parameters if name != "self")


def read_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments for `connect` of nats-py. Raises `ValueError` for one that cannot be."""
    for name in options:
        if name in OWN:
            raise ValueError(f"nats_options: {name!r} is not for applications: the manager sets it")
        if name not in NAMES:
            close = get_close_matches(name, NAMES, 1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise ValueError(f"nats_options: nats-py has no option {name!r}{hint}")
    return dict(options)

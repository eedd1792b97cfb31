"""Which methods of a manager hear of clients that come and go: those of an application's subclass.

This package's managers have them for programs that call them. They learn nothing from them, and so
they are not called for these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

HEARD = (
    "pre_connect",
    "connect",
    "pre_disconnect",
    "disconnect",
    "enter_room",
    "leave_room",
    "trigger_callback",
    "basic_enter_room",
    "basic_leave_room",
    "basic_disconnect",
)


def heard(manager: Any) -> Mapping[str, Callable[..., Any]]:
    """Return the methods of `manager` that are not those of this package, by name."""
    found = {}
    for name in HEARD:
        method = getattr(manager, name, None)
        if method is not None and not _is_own(method):
            found[name] = method
    return found


def _is_own(method: Any) -> bool:
    return str(getattr(method, "__module__", "")).startswith(f"{__package__}.")

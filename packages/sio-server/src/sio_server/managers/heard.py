"""Which methods of a manager hear of clients that come and go: those that a subclass overrides.

The local manager has them for programs that call them. It learns nothing from them, and so
they are not called for it.
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
)


def heard(manager: Any, local: type) -> Mapping[str, Callable[..., Any]]:
    """Return the methods of `manager` that are not those of the class `local`, by name."""
    found = {}
    for name in HEARD:
        method = getattr(manager, name, None)
        plain = getattr(local, name)
        if method is not None and getattr(method, "__func__", method) is not plain:
            found[name] = method
    return found

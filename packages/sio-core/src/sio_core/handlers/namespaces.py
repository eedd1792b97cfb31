"""How a class-based namespace finds the method of an event: for servers and clients alike.

Finding is pure; the class-based namespaces of servers and clients call the method.
"""

from __future__ import annotations

from typing import Any

from ..reasons import reason as _reason
from .registration import Registration


class EventMethods:
    """An object whose method `on_my_event` is the handler of `my_event` in one namespace."""

    reason = _reason

    def __init__(self, namespace: str | None = None) -> None:
        self.namespace = namespace or "/"

    def _method(
        self, owner: Registration, event: str, args: tuple[Any, ...]
    ) -> tuple[Any, tuple[Any, ...]] | None:
        """The method for an event and the arguments that fit it; None without a method.

        A method that cannot be called so stands as None, with what to return in its
        place. `owner` is the server or client that this object is registered with.
        """
        handler = getattr(self, f"on_{event}", None)  # a peer may send a number as the name
        if handler is None:
            return None
        fitting = owner._fit(event, handler, args)
        if fitting is None:
            return None, (owner._result_of_uncallable(event, handler, len(args)),)
        return handler, fitting

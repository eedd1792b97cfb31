"""How a class-based namespace finds the method of an event: for servers and clients alike.

Finding and calling are pure; what a method waits for is the application's.
"""

from __future__ import annotations

from inspect import isawaitable
from typing import Any, ClassVar

from ..reasons import reason as _reason
from .registration import Registration


class EventMethods:
    """The method `on_my_event` of such an object is the handler of `my_event` in one namespace."""

    reason = _reason
    _owned_by: ClassVar[str]
    """The attribute with the server or client that the object is registered with."""

    def __init__(self, namespace: str | None = None) -> None:
        self.namespace = namespace or "/"

    def is_asyncio_based(self) -> bool:
        """Return whether methods may be coroutine functions."""
        return False

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


def has_method(target: Any, event: Any) -> bool:
    """Return whether the class-based namespace `target` handles `event`, by its name at least.

    One that has overridden `trigger_event` sees all.
    """
    trigger = type(target).trigger_event
    plain = (AwaitingMethods.trigger_event, BlockingMethods.trigger_event)
    return trigger not in plain or hasattr(target, f"on_{event}")


class AwaitingMethods(EventMethods):
    """A class-based namespace derives from this if its methods may be coroutine functions."""

    def is_asyncio_based(self) -> bool:
        """Return whether methods may be coroutine functions: True."""
        return True

    async def trigger_event(self, event: str, *args: Any) -> Any:
        """Call the method of one event; override it to see them all.

        Returns what the method returned, or `not_handled` of the server or client.
        """
        owner = getattr(self, self._owned_by)
        found = self._method(owner, event, args)
        if found is None:
            return owner.not_handled
        handler, fitting = found
        if handler is None:
            return fitting[0]
        result = handler(*fitting)
        # Most methods return None, which takes `isawaitable` 0.4 µs.
        return result if result is None or not isawaitable(result) else await result


class BlockingMethods(EventMethods):
    """A class-based namespace derives from this if its methods are plain functions."""

    def trigger_event(self, event: str, *args: Any) -> Any:
        """Call the method of one event; override it to see them all.

        Returns what the method returned, or `not_handled` of the server or client.
        """
        owner = getattr(self, self._owned_by)
        found = self._method(owner, event, args)
        if found is None:
            return owner.not_handled
        handler, fitting = found
        return fitting[0] if handler is None else handler(*fitting)

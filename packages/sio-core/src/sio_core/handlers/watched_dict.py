"""A dictionary that says when it changes, for what is worked out from one and kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class WatchedDict(dict[K, V]):
    """A dictionary that begins empty and calls `changed` after every change, whoever makes it."""

    __slots__ = ("_changed",)

    def __init__(self, changed: Callable[[], None]) -> None:
        super().__init__()
        self._changed = changed

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        self._changed()

    def __delitem__(self, key: K) -> None:
        super().__delitem__(key)
        self._changed()

    def __ior__(self, other: Any) -> WatchedDict[K, V]:  # type: ignore[override, misc]
        self.update(other)
        return self

    def clear(self) -> None:
        super().clear()
        self._changed()

    def pop(self, *args: Any) -> Any:
        found = super().pop(*args)
        self._changed()
        return found

    def popitem(self) -> tuple[K, V]:
        found = super().popitem()
        self._changed()
        return found

    def setdefault(self, *args: Any) -> Any:
        found = super().setdefault(*args)
        self._changed()
        return found

    def update(self, *args: Any, **kwargs: Any) -> None:
        super().update(*args, **kwargs)
        self._changed()

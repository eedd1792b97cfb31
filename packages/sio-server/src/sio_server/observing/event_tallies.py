"""Which events metrics count by their names: those that a program declares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from sio_core.socketio import Tallies, Tally

from .declared import Declared

New: TypeAlias = Callable[[tuple[str, str]], Tally]


class EventTallies(Tallies):
    """The tallies of declared events, and of all others together. `new` makes one."""

    def __init__(self, declared: Declared, new: New) -> None:
        super().__init__()
        self._declared = declared
        self._new = new

    def labels(self, namespace: str, name: Any) -> tuple[str, str]:
        """Return the namespace and the name as far as they are declared, else `"*"`."""
        declared = self._declared
        return declared.namespace(namespace), declared.event(namespace, name)

    def new(self, labels: tuple[str, str]) -> Tally:
        """Return an empty tally."""
        return self._new(labels)

"""Noticing that a program puts a method of its own in the place of one, whenever it does.

It may do so in a subclass, in an object, or in a class whose objects exist already. All of that is
an assignment or a subclass, so nobody has to look at each call whether it was done.
"""

from __future__ import annotations

from abc import ABCMeta
from collections.abc import Collection, Mapping
from typing import Any, ClassVar
from weakref import WeakValueDictionary


class WatchedType(ABCMeta):
    """The type of classes whose objects are told when a watched name is set in the class."""

    living: ClassVar[WeakValueDictionary[int, Watched]] = WeakValueDictionary()

    def __setattr__(cls, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        cls._tell(name)

    def __delattr__(cls, name: str) -> None:
        super().__delattr__(name)
        cls._tell(name)

    def _tell(cls, name: str) -> None:
        for watched in list(WatchedType.living.values()):
            if cls in type(watched).__mro__ and name in watched._plain_methods:
                watched._note_patches()


class Watched(metaclass=WatchedType):
    """An object that is told when methods in `_plain_methods` are not those of its class any more.

    A class becomes one by `_watch`. Its objects call `_begin_watching` when they are made.
    """

    _plain_methods: ClassVar[Mapping[str, Any]] = {}
    """The methods that are watched, as they are where no program has replaced one."""

    @classmethod
    def _watch(cls, names: Collection[str]) -> None:
        """Watch the methods `names` of this class, as they are now."""
        cls._plain_methods = {name: getattr(cls, name) for name in names}

    def _begin_watching(self) -> None:
        """Have `_note_patches` called from now on, and once at first."""
        WatchedType.living[id(self)] = self
        self._note_patches()

    def _note_patches(self) -> None:
        """Act on a method that was replaced or restored: `_patches` has those that differ."""

    def _patches(self) -> frozenset[str]:
        """Return which of the methods are the program's own."""
        kind, own = type(self), self.__dict__
        return frozenset(
            name
            for name, plain in self._plain_methods.items()
            if name in own or getattr(kind, name) is not plain
        )

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name in self._plain_methods and id(self) in WatchedType.living:
            self._note_patches()

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        if name in self._plain_methods and id(self) in WatchedType.living:
            self._note_patches()

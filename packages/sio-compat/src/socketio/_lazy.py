"""Names that are imported when they are first used (PEP 562).

A name that cannot be had raises ImportError and says what is missing: an
installed distribution, or a newer version of one. A name
taken from `__all__`, as `from socketio import *` does, becomes a `Missing`
instead, so that one missing adapter does not cost all the others.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, NoReturn, Union

from ._names import INNER, PUBLIC, Place


class FromAll(str):
    """A name out of `__all__` that cannot be had."""

    __slots__ = ()


class Missing:
    """Stands for a name that cannot be had: using it raises the ImportError."""

    __slots__ = ("_error", "_name")

    def __init__(self, name: str, error: ImportError) -> None:
        self._name = name
        self._error = str(error)

    def __repr__(self) -> str:
        return f"<missing {self._name}: {self._error}>"

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ImportError(self._error)

    def __getattr__(self, name: str) -> NoReturn:
        # Special names are asked for by tools that only look.
        if name.startswith("__"):
            raise AttributeError(name)
        raise ImportError(self._error)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> NoReturn:
        raise ImportError(self._error)

    def __instancecheck__(self, instance: object) -> bool:
        return False

    def __subclasscheck__(self, subclass: type) -> bool:
        return False

    # In an annotation (`Client | None`) it is not used yet.

    def __or__(self, other: Any) -> Any:
        return Union[self, other]  # noqa: UP007

    def __ror__(self, other: Any) -> Any:
        return Union[other, self]  # noqa: UP007


def resolve(name: str, place: Place) -> Any:
    """The object that `name` stands for. Raises ImportError when it cannot be had."""
    try:
        module = import_module(place.module)
    except ModuleNotFoundError as error:
        if error.name != place.module.partition(".")[0]:
            raise  # the adapter is there; it misses something itself
        raise ImportError(_absent(name, place.distribution), name=place.module) from None
    try:
        return getattr(module, place.attribute)
    except AttributeError:
        raise ImportError(_too_old(name, place), name=place.module) from None


def _absent(name: str, distribution: str) -> str:
    return f"{name} needs the distribution {distribution}: pip install {distribution}"


def _too_old(name: str, place: Place) -> str:
    version = getattr(sys.modules[place.module.partition(".")[0]], "__version__", "this version")
    return (
        f"{name} is to come in a later version of {place.distribution}: {version} has no such name"
    )


def getter(where: str, names: tuple[str, ...]) -> Callable[[str], Any]:
    """The `__getattr__` of module `where`, which has `names`; each is looked up once."""
    places = {name: PUBLIC.get(name) or INNER[name] for name in names}
    return _getter(where, places)


def _getter(where: str, places: Mapping[str, Place]) -> Callable[[str], Any]:
    def get(name: str) -> Any:
        place = places.get(name)
        if place is None:
            raise AttributeError(f"module {where!r} has no attribute {name!r}")
        full = f"{where.partition('.')[0]}.{name}" if name in PUBLIC else f"{where}.{name}"
        try:
            value = resolve(full, place)
        except ImportError as error:
            if isinstance(name, FromAll):
                return Missing(full, error)
            raise
        setattr(sys.modules[where], name, value)
        return value

    return get


def all_names(where: str, names: tuple[str, ...]) -> list[str]:
    """The `__all__` of module `where`: names that cannot be had are marked as such."""
    module = sys.modules[where]
    found: list[str] = []
    for name in names:
        try:
            getattr(module, name)
            found.append(name)
        except ImportError:
            found.append(FromAll(name))
    return found

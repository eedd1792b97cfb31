"""Names that are imported when they are first used (PEP 562).

A name that cannot be had raises ImportError and says what is missing: an
installed distribution, or a newer version of one. A name
taken from `__all__`, as `from socketio import *` does, becomes a class
instead that says so when it is used, so that one missing adapter does not cost all the others.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any, NoReturn

from sio_compat.place import Place

from ._names import INNER, MODULES, PUBLIC, SIBLINGS


class FromAll(str):
    """A name out of `__all__` that cannot be had."""

    __slots__ = ()


class MissingType(type):
    """The type of the classes that stand for names which cannot be had.

    Such a class may be named wherever a class may: in an annotation, in `isinstance`, as the base
    of another. To make an instance of it, or of one derived from it, raises the ImportError.
    """

    _missing: str

    def __repr__(cls) -> str:
        return f"<missing {cls.__module__}.{cls.__qualname__}: {cls._missing}>"

    def __call__(cls, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise ImportError(cls._missing)

    def __getattr__(cls, name: str) -> NoReturn:
        # Tools that only look at a class ask whether it has this or that.
        raise AttributeError(cls._missing)


def missing(name: str, error: ImportError) -> MissingType:
    """Make the class that stands for `name`, which is as in `socketio.RedisManager`."""
    module, _, own = name.rpartition(".")
    return MissingType(own, (), {"__module__": module, "_missing": str(error)})


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


def lazy(where: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The `__getattr__` and the `__dir__` of module `where` of this package."""
    module = where.partition(".")[2]
    names = MODULES[module]
    siblings = SIBLINGS.get(module, ())

    def names_there() -> list[str]:
        return sorted({*vars(sys.modules[where]), *names, *siblings, "__all__"})

    return getter(where, names, siblings), names_there


def getter(where: str, names: Iterable[str], modules: Iterable[str] = ()) -> Callable[[str], Any]:
    """The `__getattr__` of module `where`: of `names`, each looked up once, and of `modules`."""
    places = {name: PUBLIC.get(name) or INNER[name] for name in names}
    return _getter(where, places, frozenset(modules))


def _getter(
    where: str, places: Mapping[str, Place], modules: frozenset[str]
) -> Callable[[str], Any]:
    package = where.partition(".")[0]

    def get(name: str) -> Any:
        if name in modules:
            return import_module(f"{package}.{name}")
        if name == "__all__":
            return all_names(where, places)
        place = places.get(name)
        if place is None:
            raise AttributeError(f"module {where!r} has no attribute {name!r}")
        full = f"{package}.{name}" if name in PUBLIC else f"{where}.{name}"
        try:
            value = resolve(full, place)
        except ImportError as error:
            if isinstance(name, FromAll):
                return missing(full, error)
            raise
        setattr(sys.modules[where], name, value)
        return value

    return get


def all_names(where: str, names: Iterable[str]) -> list[str]:
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

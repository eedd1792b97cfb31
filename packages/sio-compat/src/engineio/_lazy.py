"""Names that are imported when they are first used (PEP 562).

A name that cannot be had raises ImportError and says which distribution brings it.
`from engineio import *` leaves it out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from sio_compat.place import Place

from ._names import INNER, MODULES, PUBLIC

PACKAGE = __name__.partition(".")[0]


def resolve(name: str, place: Place) -> Any:
    """The object that `name` stands for. Raises ImportError where it cannot be had."""
    if not is_there(place):
        raise ImportError(
            f"{name} needs the distribution {place.distribution}: pip install {place.distribution}",
            name=place.module,
        )
    return getattr(import_module(place.module), place.attribute)


def is_there(place: Place) -> bool:
    """Tell whether the distribution of a name is installed."""
    return find_spec(place.module.partition(".")[0]) is not None


def lazy(where: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The `__getattr__` and the `__dir__` of the module `where` of this package."""
    return for_names(where, MODULES[where.partition(".")[2]])


def for_names(
    where: str, names: Iterable[str], modules: Iterable[str] = ()
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The same for a module that has `names`, and `modules` of this package."""
    places = {name: PUBLIC.get(name) or INNER[name] for name in names}
    inner = frozenset(modules)

    def get(name: str) -> Any:
        if name == "__all__":
            return [name for name, place in places.items() if is_there(place)]
        if name in inner:
            return import_module(f"{PACKAGE}.{name}")
        place = places.get(name)
        if place is None:
            raise AttributeError(f"module {where!r} has no attribute {name!r}")
        full = f"{PACKAGE}.{name}" if name in PUBLIC else f"{where}.{name}"
        value = resolve(full, place)
        setattr(sys.modules[where], name, value)
        return value

    def names_there() -> list[str]:
        return sorted({*vars(sys.modules[where]), *places, *inner, "__all__"})

    return get, names_there

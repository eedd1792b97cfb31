"""Which JSON codec works for an application: the one that it gave, or the fastest there is."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from .fast_json import FastJSON
from .json import JSON, ModuleJSON, StdlibJSON


def default_json() -> JSON:
    """Return the JSON codec of servers and clients that name none.

    `FastJSON` where msgspec is installed, which `sio-core[fast]` does, else
    `StdlibJSON`; the results are the same.
    """
    return _default_codec()()


@cache
def _default_codec() -> Callable[[], JSON]:
    # Python searches anew at each import of a module that is missing, which takes 35 µs.
    try:
        FastJSON()
    except ImportError:
        return StdlibJSON
    return FastJSON


def is_own(codec: JSON) -> bool:
    """Return whether a codec is one of this package, which calls nothing of the application's."""
    return type(codec) in (StdlibJSON, FastJSON)


def json_of(given: Any) -> JSON:
    """Return the codec for what an application gave: None, a codec, or `dumps` and `loads`.

    Raises TypeError for anything else.
    """
    if given is None:
        return default_json()
    # `dumps` and `loads` have many; a codec also says this.
    if hasattr(given, "refuses_bytes"):
        codec: JSON = given
        return codec
    if not (callable(getattr(given, "dumps", None)) and callable(getattr(given, "loads", None))):
        raise TypeError(f"json must have the functions dumps and loads, as a module, not {given!r}")
    return ModuleJSON(given)

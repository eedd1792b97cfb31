"""How deep outgoing data is nested: no deeper than what is read.

What came is looked at by the codecs, which know what they made.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from gc import get_referents
from typing import Any, Final

from ...protocol_errors import LocalProtocolError

_CONTAINERS: Final = (dict, list, tuple)
_SCALARS: Final = frozenset((str, int, float, bool, type(None), bytes))
_PLAIN: Final = _SCALARS | {dict, list, tuple}
_CPYTHON: Final = sys.implementation.name == "cpython"


def check_depth(data: Any, depth: int) -> None:
    """Raise `LocalProtocolError` when `data` nests more than `depth` levels, or holds itself."""
    # Depth first: of data that holds itself no more than `depth` levels are read.
    open_ones: list[Iterator[Any]] = [iter((data,))]
    while open_ones:
        for item in open_ones[-1]:
            if isinstance(item, _CONTAINERS):
                if len(open_ones) > depth:
                    raise LocalProtocolError(
                        f"data is nested deeper than the {depth} levels that max_json_depth "
                        "allows, or holds itself"
                    )
                open_ones.append(iter(item.values() if isinstance(item, dict) else item))
                break
        else:
            open_ones.pop()


def check_depth_of_text(text: str, data: Any, depth: int) -> None:
    """Check `data` that JSON `text` was made of, so that it does not hold itself."""
    # Each level has a bracket in the text: hardly any text has more brackets than levels allowed.
    if text.count("[") + text.count("{") > depth and not _shallow(data, depth):
        check_depth(data, depth)


def _shallow(data: Any, depth: int) -> bool:
    # The garbage collector lists what a whole level refers to in one call, which takes a quarter of
    # the time of `check_depth` for 300 objects. It may list more than the items of a subclass, so
    # data of other types than the plain ones counts as not shallow.
    level = [data]
    for _ in range(depth if _CPYTHON else 0):
        kinds = {*map(type, level)}
        if kinds <= _SCALARS:
            return True
        if not kinds <= _PLAIN:
            return False
        level = get_referents(*level)
    return False

"""`handlers/watched_dict.py`: every way to change a dictionary is seen."""

from collections.abc import Callable
from typing import Any

import pytest

from sio_core.handlers.watched_dict import WatchedDict


def ior(it: Any) -> None:
    it |= {"b": 2}


@pytest.mark.parametrize(
    ("change", "after"),
    [
        (lambda it: it.__setitem__("b", 2), {"a": 1, "b": 2}),
        (lambda it: it.__delitem__("a"), {}),
        (lambda it: it.clear(), {}),
        (lambda it: it.pop("a"), {}),
        (lambda it: it.pop("b", None), {"a": 1}),
        (lambda it: it.popitem(), {}),
        (lambda it: it.setdefault("b", 2), {"a": 1, "b": 2}),
        (lambda it: it.update({"b": 2}), {"a": 1, "b": 2}),
        (lambda it: it.update(b=2), {"a": 1, "b": 2}),
        (ior, {"a": 1, "b": 2}),
    ],
)
def test_every_change_is_seen(change: Callable[[Any], None], after: dict[str, int]) -> None:
    seen: list[int] = []
    watched: WatchedDict[str, int] = WatchedDict(lambda: seen.append(1))
    watched["a"] = 1
    assert seen == [1]
    change(watched)
    assert seen == [1, 1]
    assert watched == after

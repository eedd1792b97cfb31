"""`codecs/plain.py`: only what all codecs write alike counts as plain."""

import enum
from collections import OrderedDict
from datetime import UTC, datetime
from typing import Any

import pytest

from sio_core.codecs.plain import SCALARS, is_plain


class Number(enum.IntEnum):
    SEVEN = 7


class Text(str):
    __slots__ = ()


WIDE = 40
PLAIN: list[Any] = [1, "a", 1.5, True, None, b"a", [], {}, (), [[1]], {"a": {"b": (None,)}}]
ODD: list[Any] = [
    Number.SEVEN,
    Text("a"),
    bytearray(b"a"),
    {1},
    datetime(2026, 1, 1, tzinfo=UTC),
    OrderedDict(a=1),
    {1: 2},
    {None: 2},
    {(1,): 2},
    {Text("a"): 2},
]


def around(value: Any) -> list[Any]:
    """The same value in narrow and wide containers of each kind."""
    return [
        [value],
        [[value]],
        [{"a": value}],
        [(value,)],
        [[*range(WIDE), value]],
        [[value] * WIDE],
        [{str(n): value for n in range(WIDE)}],
        [[{"a": [value]}] * WIDE],
        [[[value] * WIDE] * WIDE],
    ]


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_plain_data(value: Any) -> None:
    for items in around(value):
        assert is_plain(items, 10)


@pytest.mark.parametrize("value", ODD, ids=repr)
def test_other_data(value: Any) -> None:
    for items in around(value):
        assert not is_plain(items, 10)


def test_further_types_may_be_allowed() -> None:
    for items in around(datetime(2026, 1, 1, tzinfo=UTC)):
        assert is_plain(items, 10, SCALARS | {datetime})


@pytest.mark.parametrize("width", [1, WIDE])
def test_levels_are_counted(width: int) -> None:
    value: Any = [1] * width
    for levels in range(1, 5):
        assert is_plain(value, levels)
        assert not is_plain(value, levels - 1)
        value = [value] * width if levels < 3 else [value]


@pytest.mark.parametrize("width", [1, 2, WIDE, 100_001])
def test_data_that_holds_itself_is_not_plain(width: int) -> None:
    cycle: list[Any] = []
    cycle += [cycle] * width
    assert not is_plain(cycle, 200)
    assert not is_plain([cycle], 200)

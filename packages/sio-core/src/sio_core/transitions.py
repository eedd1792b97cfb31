"""How every state machine here moves: one look-up in its table."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import TypeVar

StateT = TypeVar("StateT", bound=enum.Enum)
InputT = TypeVar("InputT", bound=enum.Enum)


def advance(table: Mapping[StateT, Mapping[InputT, StateT]], state: StateT, what: InputT) -> StateT:
    """The state that follows `state` on `what`; the table must know the pair."""
    row = table[state]
    assert what in row, f"{what} in {state}"
    return row[what]

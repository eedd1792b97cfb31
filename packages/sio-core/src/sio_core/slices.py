"""Work that is done in slices, so that whoever does it can let others have their turn between them.

A function that may have much to do is a generator: it yields None about every few milliseconds,
and returns its result. A driver decides what happens between two slices.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeAlias, TypeVar

ResultT = TypeVar("ResultT")

Slices: TypeAlias = Generator[None, None, ResultT]

SLICE = 16_384
"""Work of one slice: about the characters of a text, or the bytes of a message, that are read.
The dearest of them take a millisecond together."""
ITEM = 8
"""Work of looking at one value in Python, beside its characters."""


def finish(slices: Slices[ResultT]) -> ResultT:
    """Do all that is left at once, and return the result."""
    while True:
        try:
            next(slices)
        except StopIteration as end:
            result: ResultT = end.value
            return result

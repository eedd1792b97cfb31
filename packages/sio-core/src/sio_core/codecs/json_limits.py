"""What of a JSON text could make the process work too hard: looked for before it is read, or after.

The functions with `in_slices` do the same as those without, for long texts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..protocol_errors import DecodeError
from ..slices import ITEM, SLICE, Slices

if TYPE_CHECKING:
    from ..limits import Limits

_DIGITS = frozenset("0123456789")
_CONTAINERS = frozenset((list, dict))
# A string is matched as a whole. So is one without an end: else each quote in it would begin a
# search of all that follows.
_STRING_PATTERN = r'"[^"\\]*+(?:(?:\\.)++[^"\\]*+)*+"?'
_STRING = re.compile(_STRING_PATTERN, re.DOTALL)
_STRINGS = re.compile(rf'(?:[^"]*+{_STRING_PATTERN}){{1,512}}', re.DOTALL)
_SELDOM = 8
"""How often a character is looked for by `find`."""
_POSITIONS = 2_048
"""Positions of a slice in which digits are looked for one by one."""


def count_character(text: str, character: str) -> int:
    """Return how often `character` is in `text`.

    `find` looks at many characters at once, where `count` takes 1 µs for each 1,000 of them.
    """
    at = -1
    for count in range(_SELDOM):
        at = text.find(character, at + 1)
        if at < 0:
            return count
    return _SELDOM + text.count(character, at + 1)


def count_brackets(text: str, limits: Limits) -> int:
    """Return how many arrays and objects a JSON text has at most, before it is read.

    Raises `DecodeError` for more than `limits` allow, and for an integer that is too long. Texts
    of no more than `limits.harmless` characters need no such look.
    """
    if len(text) > limits.json_int_digits:
        refuse_long_integers(text, limits.json_int_digits)
    brackets = count_character(text, "[") + count_character(text, "{")
    if brackets > limits.containers:
        # Those inside strings do not count: looking at strings takes as long as reading all.
        outside = _STRING.sub("", text)
        if outside.count("[") + outside.count("{") > limits.containers:
            raise _too_many()
    return brackets


def count_brackets_in_slices(text: str, limits: Limits) -> Slices[int]:
    """Do what `count_brackets` does, for a long text."""
    yield from _refuse_long_integers_in_slices(text, limits.json_int_digits)
    brackets = count_character(text, "[") + count_character(text, "{")
    if brackets > limits.containers:
        left, at = limits.containers, 0
        while at < len(text):
            strings = _STRINGS.match(text, at)
            end = len(text) if strings is None else strings.end()
            outside = _STRING.sub("", text[at:end])
            left -= outside.count("[") + outside.count("{")
            if left < 0:
                raise _too_many()
            at = end
            yield
    return brackets


def refuse_long_integers(text: str, digits: int) -> None:
    """Raise `DecodeError` for a JSON text with an integer of more than `digits` digits.

    More than `digits` digits in a row cover one of every `digits` positions, and
    at least half of them lie on one side of it: looking only there adds 16 % to
    decoding 1000 decimals and 60 % for integers, a regular expression 140 and 350 %.
    """
    if _DIGITS.isdisjoint(text[digits :: digits or 1]):  # nearly all texts
        return
    for at in range(digits, len(text), digits or 1):
        if text[at] in _DIGITS and _amid_digits(text, at, digits):
            break
    else:
        return
    # Strings are matched, too, so that digits inside them do not count.
    pattern = rf"{_STRING_PATTERN}|(?<![0-9.])[0-9]{{{digits + 1}}}"
    for found in re.finditer(pattern, text, re.DOTALL):
        if found[0][0] != '"':
            raise _too_long()


def _refuse_long_integers_in_slices(text: str, digits: int) -> Slices[None]:
    """Do what `refuse_long_integers` does, for a long text."""
    size = len(text)
    if _DIGITS.isdisjoint(text[digits :: digits or 1]):
        return
    for count, at in enumerate(range(digits, size, digits or 1), 1):
        if text[at] in _DIGITS and _amid_digits(text, at, digits):
            break
        if not count % _POSITIONS:
            yield
    else:
        return
    long = re.compile(rf"(?<![0-9.])[0-9]{{{digits + 1}}}")
    at = work = 0
    while at < size:
        string = _STRING.match(text, at)
        if string is not None:
            end = string.end()
        else:
            quote = text.find('"', at, at + SLICE)
            end = min(at + SLICE, size) if quote < 0 else quote
            # An integer that begins before `end` shows that it is too long no later than there.
            if long.search(text, at, end + digits):
                raise _too_long()
        work += ITEM + end - at
        at = end
        if work >= SLICE:
            work = 0
            yield


def _amid_digits(text: str, at: int, digits: int) -> bool:
    """Tell whether an integer that is too long may cover position `at`."""
    half = digits // 2 + 1
    return text[at : at + half].isdigit() or text[max(at + 1 - half, 0) : at + 1].isdigit()


def refuse_deep(value: Any, depth: int) -> None:
    """Raise `DecodeError` when arrays and objects nest more than `depth` levels in `value`."""
    level: list[Any] = [value] if value.__class__ in _CONTAINERS else []
    for _ in range(depth):
        if not level:
            return
        level = [
            item
            for container in level
            for item in (container.values() if isinstance(container, dict) else container)
            if item.__class__ in _CONTAINERS
        ]
    if level:
        raise DecodeError("JSON is nested too deep")


def _too_many() -> DecodeError:
    return DecodeError("JSON with too many arrays and objects")


def _too_long() -> DecodeError:
    return DecodeError("JSON integer is too long")

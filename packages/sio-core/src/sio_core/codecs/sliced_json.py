"""A long JSON text, decoded in slices: the values and errors of `StdlibJSON`, step by step.

A decoder in C is not interrupted, and a megabyte may take it 50 ms. So the text is cut into parts
that it decodes one after another, and the arrays and objects around those parts are made here.

Where to cut is guessed, and the guess needs no proof: what stands between the comma before
the part and the comma behind it is decoded as if it were a whole array or object. If that
succeeds, the decoder would have read the same values in the whole text, for JSON is read from left
to right without looking ahead. If it fails, the values are read one by one, and where to cut is
looked for thoroughly from then on. An array or object that does not end soon is entered.

How far a guess reaches follows from what was read before: a guess that failed costs half
of its reach, and only what was decoded adds to it. So all failures together read little more than
the text has characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ..protocol_errors import DecodeError
from ..slices import ITEM, SLICE, Slices

FEW = 2_000
"""Arrays, objects and commas of a text that is decoded at once, whatever they are."""
_BLANK = " \t\n\r"
_skip_blanks = re.compile(r"[ \t\n\r]*").match
_REACH = 8_192
"""Characters that one guess reaches at most."""
_LEAST = 32
"""Characters below which a guess takes longer than reading the values one by one."""
_TRIES = 16
"""Commas at which a guess is tried, from the last one on."""
# A bracket, a comma, or the quote of a string without an end; with what is in between.
_find_signs = re.compile(
    r"""(?:[^\]\[{},"]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+([\]\[{},"])""", re.DOTALL
).finditer
_ENTERED = 4
"""Characters that an array or object adds to the reach that was entered: about its brackets."""
_DEEPEST = 1_000
"""Levels at which reading ends, for that is about where the C decoder ends."""

Scan = Callable[[str, int], tuple[Any, int]]
Loads = Callable[[str], Any]
RefuseDeep = Callable[[Any, int], None]


def read_in_slices(
    text: str, depth: int, scan: Scan, loads: Loads, refuse_deep: RefuseDeep
) -> Slices[Any]:
    """Return the value of a JSON text of many values, which has no blanks around it.

    `scan(text, at)` decodes the value at a place, `loads` a whole text, perhaps faster; either
    raises for what is not JSON. `refuse_deep` raises `DecodeError` for what nests more than
    so many levels. Raises `DecodeError` for anything but one JSON text of `depth` levels.
    """
    return _Reader(text, depth, scan, loads, refuse_deep).read()


class _Reader:
    """Reads one JSON text without blanks around it."""

    __slots__ = (
        "_deep",
        "_depth",
        "_guesses",
        "_loads",
        "_reach",
        "_refuse_deep",
        "_scan",
        "_text",
        "_work",
    )

    def __init__(
        self, text: str, depth: int, scan: Scan, loads: Loads, refuse_deep: RefuseDeep
    ) -> None:
        self._text = text
        self._depth = depth
        self._scan = scan
        self._loads = loads
        self._refuse_deep = refuse_deep
        self._reach = _REACH
        self._work = 0
        self._deep = False
        self._guesses = True

    def read(self) -> Slices[Any]:
        """Return the value; raises `DecodeError` for what is no JSON, or nests too deep."""
        text, size = self._text, len(self._text)
        root: list[Any] = []
        outer: list[tuple[Any, str]] = []
        container: Any = root  # what is read into, and the key in it that is to get a value
        key = ""
        at = 0
        while True:
            if self._work >= SLICE:
                self._work = 0
                yield
            # Here a value begins, or the key before it.
            if container is not root:
                at = self._read_many(container, at, len(outer))
                if container.__class__ is dict:
                    key, at = self._key(at)
            opened, at = self._read_one(container, key, at, len(outer))
            if opened is not None:
                _put(container, key, opened)
                outer.append((container, key))
                container = opened
                at = self._after_blanks(at)
                if text[at : at + 1] != _closing(container):
                    continue
            while True:  # behind a value, or at the end of an empty container
                at = self._after_blanks(at)
                if container is root:
                    if at != size:
                        raise _invalid()
                    if self._deep:
                        raise _too_deep()
                    return root[0]
                sign = text[at : at + 1]
                at += 1
                if sign == ",":
                    at = self._after_blanks(at)
                    break
                if sign != _closing(container):
                    raise _invalid()
                container, key = outer.pop()

    # Many values --------------------------------------------------------------

    def _read_many(self, container: Any, at: int, level: int) -> int:
        """Read values that stand between commas, if they are guessed. Returns where it ended."""
        if self._reach < _LEAST:
            return at
        part = self._text[at : at + self._reach]
        cut = _cut(part, guess=self._guesses)
        if not cut:
            self._failed(len(part))
            return at
        try:
            if container.__class__ is list:
                values = self._loads(f"[{part[:cut]}]")
                container += values
            else:
                values = self._loads(f"{{{part[:cut]}}}")
                container.update(values)
        except RecursionError:
            raise _too_deep() from None  # as deep it is in the whole text
        except Exception:  # the decoder decides what comes
            self._failed(cut)
            self._guesses = False
            return at
        self._read(cut)
        # Its own level is counted already.
        self._check_depth(values, part, level - 1)
        return self._after_blanks(at + cut + 1)

    # One value ------------------------------------------------------------------

    def _key(self, at: int) -> tuple[str, int]:
        """Return the key of an object, and where its value begins."""
        text = self._text
        if text[at : at + 1] != '"':
            raise _invalid()
        key, at = self._scanned(at)
        at = self._after_blanks(at)
        if text[at : at + 1] != ":":
            raise _invalid()
        return key, self._after_blanks(at + 1)

    def _read_one(self, container: Any, key: str, at: int, level: int) -> tuple[Any, int]:
        """Read one value, or only the bracket that opens it. Returns what that opened."""
        first = self._text[at : at + 1]
        if first != "[" and first != "{":
            value, end = self._scanned(at)
            _put(container, key, value)
            return None, end
        if self._reach >= _LEAST:
            part = self._text[at : at + self._reach]
            try:
                value, end = self._scan(part, 0)
            except RecursionError:
                raise _too_deep() from None
            except (StopIteration, ValueError):
                self._failed(len(part))
            else:
                self._read(end)
                self._check_depth(value, part, level)
                _put(container, key, value)
                return None, at + end
        if level >= self._depth:
            self._deep = True
            if level >= max(_DEEPEST, self._depth):
                raise _too_deep()
        self._work += ITEM
        self._reach += _ENTERED
        return [] if first == "[" else {}, at + 1

    def _scanned(self, at: int) -> tuple[Any, int]:
        """Return a value that is neither array nor object, and where it ends."""
        try:
            value, end = self._scan(self._text, at)
        except (StopIteration, ValueError):
            raise _invalid() from None
        self._read(end - at)
        return value, end

    def _after_blanks(self, at: int) -> int:
        if self._text[at : at + 1] not in _BLANK:
            return at
        found = _skip_blanks(self._text, at)
        assert found is not None, "no blanks at all are found, too"
        self._work += found.end() - at
        return found.end()

    # What it cost ---------------------------------------------------------------

    def _read(self, characters: int) -> None:
        self._work += ITEM + characters
        self._reach = min(self._reach + characters, _REACH)

    def _failed(self, characters: int) -> None:
        self._work += ITEM + characters
        self._reach //= 2

    def _check_depth(self, value: Any, part: str, level: int) -> None:
        """Look at the depth of `value`, that stands in `level` arrays and objects."""
        left = self._depth - level
        if not self._deep and part.count("[") + part.count("{") > left:
            try:
                self._refuse_deep(value, max(left, 0))
            except DecodeError:
                # What comes later may be no JSON at all, which is then the error.
                self._deep = True


def _cut(part: str, *, guess: bool) -> int:
    """Return the last comma of `part` before which all is closed that was opened, or 0.

    A guess does not tell strings from what is around them: a bracket in them may make it wrong.
    """
    size = len(part)
    end = min(part.find("]") % (size + 1), part.find("}") % (size + 1))
    nested = part.find("[", 0, end) >= 0 or part.find("{", 0, end) >= 0
    # Where nothing was opened, the first bracket closes what the part stands in.
    cut = part.rfind(",", 0, size if nested else end)
    if cut <= 0 or not (nested or '"' in part):
        return max(cut, 0)
    if not guess:
        return _exact_cut(part)
    open_ones = _open_ones(part, 0, cut)
    quotes = part.count('"', 0, cut)
    for _ in range(_TRIES):
        if quotes & 1:
            last = part.rfind('"', 0, cut)
        elif open_ones > 0:
            last = max(part.rfind("[", 0, cut), part.rfind("{", 0, cut))
        elif open_ones < 0:
            last = max(part.rfind("]", 0, cut), part.rfind("}", 0, cut))
        else:
            return cut
        # All commas behind that one are in the same string, array or object.
        before = part.rfind(",", 0, last)
        if before <= 0:
            return 0
        open_ones -= _open_ones(part, before, cut)
        quotes -= part.count('"', before, cut)
        cut = before
    return _exact_cut(part)


def _exact_cut(part: str) -> int:
    """Do what `_cut` does without a guess, which takes as long as decoding."""
    level = cut = 0
    for found in _find_signs(part):
        sign = found[1]
        if sign == ",":
            if not level:
                cut = found.start(1)
        elif sign == "[" or sign == "{":
            level += 1
        elif not level or sign == '"':
            break  # the end of what the part stands in, or a string that goes on behind it
        else:
            level -= 1
    return cut


def _open_ones(part: str, start: int, end: int) -> int:
    """Return how many arrays and objects more are opened than closed between two places."""
    opened = part.count("[", start, end) + part.count("{", start, end)
    return opened - part.count("]", start, end) - part.count("}", start, end)


def _put(container: Any, key: str, value: Any) -> None:
    if container.__class__ is list:
        container.append(value)
    else:
        container[key] = value


def _closing(container: Any) -> str:
    return "]" if container.__class__ is list else "}"


def _invalid() -> DecodeError:
    return DecodeError("invalid JSON")


def _too_deep() -> DecodeError:
    return DecodeError("JSON is nested too deep")

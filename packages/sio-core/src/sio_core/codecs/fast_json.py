"""JSON with the optional package msgspec: what `StdlibJSON` makes, in less time.

`FastJSON` keeps one rule: every text, value and refusal is that of `StdlibJSON`.
Where the two differ, or might, the standard library does the work:

* to decode, whenever msgspec raises: for what is not JSON, and for what only
  msgspec refuses, NaN, lone surrogates and numbers that no double can hold,
* to encode, whenever it raises, and unless the data is of exactly those types
  that both write alike. Msgspec would also write bytes, dates, enumerations and
  data classes, and `1e16` for `1e+16`.

Msgspec exists for CPython alone, so `gc.get_referents` means what it means there.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from gc import get_referents
from typing import TYPE_CHECKING, Any

from ..protocol_errors import DecodeError, unsendable
from .json import StdlibJSON
from .json_limits import count_brackets, count_brackets_in_slices, count_character
from .sliced_json import FEW, read_in_slices

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..limits import Limits

_SCALARS = frozenset((str, int, bool, type(None)))
_CONTAINERS = frozenset((list, dict, tuple))
_ALIKE = _SCALARS | _CONTAINERS | {float}
_SHORT = 1000  # characters of a text in which looking for brackets costs more than it saves
_FEW_FRACTIONS = 6  # one point in 64 characters
_BLANK = " \t\n\r"
_LEVELS = 64
_WIDE = 16  # items in a container from which looking at all of them at once is faster
_MOST = 100_000  # items on a level: those of a structure that holds itself become ever more


class _HoldsBytes(TypeError):
    """Data with bytes, which the standard library would refuse in the same words."""


class FastJSON:
    """This codec calls `msgspec`, and gives the results that `StdlibJSON` gives.

    Raises `ImportError` when msgspec is not installed or too old.
    """

    __slots__ = ("_decode", "_decode_safely", "_encode", "_exact")

    refuses_bytes = True

    def __init__(self) -> None:
        try:
            from msgspec.json import Decoder, Encoder
        except ImportError as error:
            raise ImportError('FastJSON needs msgspec: pip install "sio-core[fast]"') from error
        self._encode: Callable[[Any], bytes] = Encoder().encode
        self._decode: Callable[[str], Any] = Decoder().decode
        # Msgspec takes 10 µs for a number such as 1e300: 900 kB of them took 1.8 s. Python's own
        # reading of numbers takes 0.2 µs for each, but three times as long for simple ones.
        self._decode_safely: Callable[[str], Any] = Decoder(float_hook=float).decode
        self._exact = StdlibJSON()
        # Early versions read long integers as floats, and nothing shows it afterwards.
        if type(self._decode(str(1 << 64))) is not int:
            raise ImportError('this msgspec is too old: pip install "sio-core[fast]"')

    def dumps(self, obj: Any) -> str:
        """Return the JSON text of `obj`. Raises `LocalProtocolError` when there is none."""
        try:
            if _alike(obj if type(obj) is list else (obj,), _LEVELS):
                return self._encode(obj).decode()
        except _HoldsBytes as error:
            raise unsendable(error) from error
        except Exception:  # whatever msgspec does not do, the standard library decides about
            pass
        return self._exact.dumps(obj)

    def loads(self, text: str, limits: Limits) -> Any:
        """Return the value of `text`. Raises `DecodeError` when it is not one JSON text."""
        size = len(text)
        if size > limits.harmless or size > _SHORT:
            return self._loads_counted(text, count_brackets(text, limits), limits)
        # The same without two calls: 0.2 µs of nearly every message.
        try:
            return self._decode_safely(text)
        except Exception:
            return self._exact.loads_counted(text, 0, limits)

    def loads_in_slices(self, text: str, limits: Limits) -> Generator[None, None, Any]:
        """Do what `loads` does, for a long text."""
        brackets = yield from count_brackets_in_slices(text, limits)
        if brackets + text.count(",") <= FEW:
            return self._loads_counted(text, brackets, limits)
        text, scan = text.strip(_BLANK), self._exact.scan
        depth = limits.json_depth
        return (yield from read_in_slices(text, depth, scan, self._loads_part, _refuse_deep))

    def _loads_part(self, text: str) -> Any:
        """Return the value of `text`; raises for what is no JSON text without blanks around it."""
        try:
            return self._loads_fast(text)
        except Exception:
            return self._exact.loads_part(text)

    def _loads_fast(self, text: str) -> Any:
        """Return the value of `text`; raises where msgspec does."""
        # Where there are few numbers with a fraction, to look for exponents would take ten times as
        # long as to read 1 KiB of text.
        if count_character(text, ".") > len(text) >> _FEW_FRACTIONS and not _has_exponents(text):
            return self._decode(text)
        return self._decode_safely(text)

    def _loads_counted(self, text: str, brackets: int, limits: Limits) -> Any:
        try:
            value = self._loads_fast(text)
        except Exception:  # whatever msgspec does not do, the standard library decides about
            return self._exact.loads_counted(text, brackets, limits)
        if brackets > limits.json_depth:
            _refuse_deep(value, limits.json_depth)
        return value


def _has_exponents(text: str) -> bool:
    # True when a number in the text may have an exponent of three digits.
    return "e2" in text or "e3" in text or "e+" in text or "e-" in text or "E" in text


def _alike(items: Iterable[Any], levels: int) -> bool:
    # True when msgspec writes `items` as the standard library does. Only exact types are
    # known to be so, never subclasses, and no more than `levels` levels of them are tried.
    # It takes half of `dumps`; with it, a chat message takes 0.8 µs instead of 1.2.
    for item in items:
        kind = type(item)
        if kind is str or kind is int:
            continue
        if kind is dict or kind is list or kind is tuple:
            if not levels:
                return False
            if len(item) >= _WIDE:
                if not _all_alike(item):
                    return False
                continue
            inner = item
            if kind is dict:
                for key in item:
                    if type(key) is not str:
                        return False
                inner = item.values()
            if not _alike(inner, levels - 1):
                return False
        elif kind is float:
            if not (1e-4 <= item < 1e15 or -1e15 < item <= -1e-4 or item == 0):
                return False
        elif kind is bytes:
            # All before it can be written (but for an integer that Python itself will not), so
            # asking the standard library takes 1 µs for nothing, of 4.5 for a binary event.
            raise _HoldsBytes("Object of type bytes is not JSON serializable")
        elif item is not None and kind is not bool:
            return False
    return True


def _all_alike(container: Any) -> bool:
    # `_alike`, a level at a time: half the time for a list of 200 objects. Keys are among
    # the referents of a dict unless all are texts: exactly `str`, no subclass.
    level = get_referents(container)
    for _ in range(_LEVELS):
        kinds = {*map(type, level)}
        if kinds <= _SCALARS:
            return True
        if not kinds <= _ALIKE or len(level) > _MOST:
            return False
        if float in kinds and not _alike([x for x in level if type(x) is float], 0):
            return False
        level = get_referents(*level)
    return False


def _refuse_deep(value: Any, depth: int) -> None:
    # `refuse_deep` in a quarter of its time.
    level = [value]
    for _ in range(depth):
        if _CONTAINERS.isdisjoint(map(type, level)):
            return
        level = get_referents(*level)
    if not _CONTAINERS.isdisjoint(map(type, level)):
        raise DecodeError("JSON is nested too deep")

"""JSON texts for the wire, and the checks that keep them harmless.

`StdlibJSON` is the default, or `FastJSON` of `fast_json.py`, which makes the same
of everything, where the package it needs is installed; `ModuleJSON` adapts what an
application passes as `json=`. All refuse what a peer could use to make the process
work too hard: deep nesting and endless integers.

The numbers that JSON does not have, NaN and the infinities, become null: going out as
in JavaScript's `JSON.stringify`, and coming in, where the `json` of Python wrote them
as bare words. What an application's own codec makes of them is left to it.
"""

from __future__ import annotations

import inspect
import json
import math
import re
from json import encoder as _json_encoder
from typing import TYPE_CHECKING, Any, Protocol

from ..protocol_errors import DecodeError, LocalProtocolError, unsendable
from .json_limits import count_brackets, count_brackets_in_slices, refuse_deep
from .sliced_json import FEW, read_in_slices

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from ..limits import Limits

_BLANK = " \t\n\r"
_SURROGATE = re.compile("[\ud800-\udfff]")


class JSON(Protocol):
    """A codec makes JSON text of values, and values of JSON text."""

    @property
    def refuses_bytes(self) -> bool:
        """True when `dumps` raises for data that holds bytes.

        A parser then tries `dumps` first and looks for bytes only when it fails.
        """
        ...

    def dumps(self, obj: Any) -> str:
        """Return the JSON text of `obj`, without blanks, that can be encoded as UTF-8.

        Raises `LocalProtocolError` for what JSON cannot carry.
        """
        ...

    def loads(self, text: str, limits: Limits) -> Any:
        """Return the value of a JSON text from a peer.

        Raises `DecodeError` for anything but one JSON text within `limits`.
        """
        ...


class StdlibJSON:
    """This codec calls the `json` of the standard library, with everything prepared once."""

    __slots__ = ("_chunks", "scan")

    refuses_bytes = True

    def __init__(self) -> None:
        self._chunks = _chunk_encoder()
        decoder = json.JSONDecoder(parse_constant=_null)
        # The value at a place and where it ends. What `raw_decode` calls: 0.15 of its 0.8 µs for a
        # chat message are its own.
        self.scan: Callable[[str, int], tuple[Any, int]] = getattr(
            decoder, "scan_once", decoder.raw_decode
        )

    def dumps(self, obj: Any) -> str:
        """Return the JSON text of `obj`. Raises `LocalProtocolError` when there is none."""
        try:
            try:
                text = "".join(self._chunks(obj, 0))
            except ValueError:  # as a rule a number that JSON does not have
                text = "".join(self._chunks(_without_nan(obj), 0))
        except (TypeError, ValueError) as error:
            raise unsendable(error) from error
        except RecursionError:
            raise LocalProtocolError("not possible in JSON: too deep, or it holds itself") from None
        return text if text.isascii() else escape_surrogates(text)

    def loads(self, text: str, limits: Limits) -> Any:
        """Return the value of `text`. Raises `DecodeError` when it is not one JSON text."""
        size = len(text)
        if size > limits.harmless:
            return self.loads_counted(text, count_brackets(text, limits), limits)
        # The same without a call: 0.1 µs of nearly every message.
        try:
            value, end = self.scan(text, 0)
        except (StopIteration, ValueError, RecursionError):
            pass
        else:
            if end == size:
                return value
        return self.loads_counted(text, 0, limits)

    def loads_counted(self, text: str, brackets: int, limits: Limits) -> Any:
        """Do what `loads` does, for a text that has `brackets` by `count_brackets`."""
        try:
            value, end = self.scan(text, 0)
        except (StopIteration, ValueError):
            return self._loads_stripped(text, brackets, limits)
        except RecursionError:
            raise DecodeError("JSON is nested too deep") from None
        if end != len(text):
            return self._loads_stripped(text, brackets, limits)
        if brackets > limits.json_depth:
            refuse_deep(value, limits.json_depth)
        return value

    def loads_in_slices(self, text: str, limits: Limits) -> Generator[None, None, Any]:
        """Do what `loads` does, for a long text."""
        brackets = yield from count_brackets_in_slices(text, limits)
        if brackets + text.count(",") <= FEW:
            return self.loads_counted(text, brackets, limits)
        text = text.strip(_BLANK)
        depth = limits.json_depth
        return (yield from read_in_slices(text, depth, self.scan, self.loads_part, refuse_deep))

    def loads_part(self, text: str) -> Any:
        """Return the value of `text`; raises for what is no JSON text without blanks around it."""
        value, end = self.scan(text, 0)
        if end != len(text):
            raise ValueError
        return value

    def _loads_stripped(self, text: str, brackets: int, limits: Limits) -> Any:
        stripped = text.strip(_BLANK)
        if len(stripped) == len(text):
            raise DecodeError("invalid JSON")
        return self.loads_counted(stripped, brackets, limits)


class ModuleJSON:
    """This codec calls `dumps` and `loads` of a module or object of the application.

    `dumps` may take `separators=` or not, may return `str` or `bytes`, and may
    encode objects that plain JSON cannot. Apart from the limits, what the module
    makes of a value or a text is left to it.
    """

    __slots__ = ("_dumps", "_loads", "_options")

    # `dumps` with a fallback such as `default=str` would turn bytes into text.
    refuses_bytes = False

    def __init__(self, module: Any) -> None:
        self._dumps: Callable[..., str | bytes] = module.dumps
        self._loads: Callable[[str], Any] = module.loads
        self._options = {"separators": (",", ":")} if _takes_separators(self._dumps) else {}

    def dumps(self, obj: Any) -> str:
        """Return the text that the module makes. What it raises becomes a `LocalProtocolError`."""
        try:
            made = self._dumps(obj, **self._options)
            text = made if isinstance(made, str) else bytes(made).decode()
        except Exception as error:  # the module is not ours: any exception may come
            raise unsendable(error) from error
        return text if text.isascii() else escape_surrogates(text)

    def loads(self, text: str, limits: Limits) -> Any:
        """Return the value that the module makes. Raises `DecodeError` for whatever it raises."""
        brackets = count_brackets(text, limits) if len(text) > limits.harmless else 0
        try:
            value = self._loads(text)
        except Exception:  # the module is not ours: any exception may come
            raise DecodeError("invalid JSON") from None
        if brackets > limits.json_depth:
            refuse_deep(value, limits.json_depth)
        return value


def escape_surrogates(text: str) -> str:
    r"""Write lone surrogates of a JSON text as `\uXXXX`, so that UTF-8 can carry it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return text


def _chunk_encoder() -> Callable[[Any, int], Any]:
    """What `JSONEncoder.encode` makes anew for every call, made once.

    That saves half of the time of `encode` (2.0 to 1.0 µs for a chat message on
    CPython 3.11). Without the memo of containers a cycle ends in RecursionError
    instead of ValueError, and an error leaves nothing behind.
    """
    plain = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    make = getattr(_json_encoder, "c_make_encoder", None)
    if make is None:  # no C accelerator: PyPy, for example
        return lambda obj, _: plain.encode(obj)
    made: Callable[[Any, int], Any] = make(
        None, plain.default, _json_encoder.encode_basestring, None, ":", ",", False, False, False
    )
    return made


def _null(_: str) -> None:
    # What stands for `NaN`, `Infinity` and `-Infinity`: RFC 8259, section 6, does not permit
    # them, but the `json` of Python writes them.
    return None


def _without_nan(value: Any) -> Any:
    # A copy with None for the numbers that JSON does not have.
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {_key(key): _without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(item) for item in value]
    return value


def _key(key: Any) -> Any:
    # A key is text, in JavaScript too.
    if isinstance(key, float) and not math.isfinite(key):
        return json.dumps(key)
    return key


def _takes_separators(dumps: Callable[..., Any]) -> bool:
    try:
        parameters = inspect.signature(dumps).parameters.values()
    except (TypeError, ValueError):  # a builtin that does not tell
        return False
    return any(p.name == "separators" or p.kind is p.VAR_KEYWORD for p in parameters)

"""MessagePack as the JavaScript msgpack parser writes it; `msgpack_reader` says what is special."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, Final, TypeAlias

from ..protocol_errors import LocalProtocolError
from ..utf8 import encode_utf8
from .msgpack_reader import EPOCH, Ext

_MILLISECOND = timedelta(milliseconds=1)

Packer: TypeAlias = Callable[[Any, bytearray, int], None]

_pack_double = struct.Struct(">Bd").pack
# The widths of integers, unsigned and signed; the first byte is before them.
_pack_16, _pack_32, _pack_64 = (struct.Struct(form).pack for form in (">BH", ">BI", ">BQ"))
_pack_s8, _pack_s16, _pack_s32, _pack_s64 = (
    struct.Struct(form).pack for form in (">Bb", ">Bh", ">Bi", ">Bq")
)
_TEXT: Final = frozenset((str,))
_TOO_WIDE: Final = "not possible in MessagePack: an integer of more than 64 bits"


def packb(value: Any, depth: int = 64) -> bytes:
    """Encode `value`; datetimes must be aware and lose what is finer than a millisecond.

    Raises `LocalProtocolError` for values that MessagePack cannot carry and for
    nesting of more than `depth` levels.
    """
    out = bytearray()
    try:
        _pack_items((value,), out, depth)
    except RecursionError:
        raise LocalProtocolError("data is nested too deep, or holds itself") from None
    return bytes(out)


def _pack_items(items: Iterable[Any], out: bytearray, depth: int) -> None:
    # What messages are made of without a call: 1.5 µs for a chat message in place of 3.
    for item in items:
        kind = item.__class__
        if kind is str:
            data = item.encode() if item.isascii() else encode_utf8(item)
            size = len(data)
            if size < 32:
                out.append(0xA0 | size)
            elif size < 256:
                out += b"\xd9%c" % size
            else:
                _pack_size(out, size, 0xD9, (1, 2, 4))
            out += data
        elif kind is int:
            if -0x20 <= item < 0x80:
                out.append(item & 0xFF)
            elif 0x100 <= item < 0x10000:
                out += _pack_16(0xCD, item)
            else:
                _pack_int(item, out, depth)
        elif kind is float:
            out += _pack_double(0xCB, item)
        else:
            pack = _PACKERS.get(kind)
            (_packer_of(item) if pack is None else pack)(item, out, depth)


def _packer_of(value: Any) -> Packer:
    # Subclasses are looked for in the order of the table: bool stands before int.
    for kind, pack in _PACKERS.items():
        if isinstance(value, kind):
            return pack
    name = value.__class__.__name__
    raise LocalProtocolError(f"not possible in MessagePack: object of type {name}")


def _pack_none(_: None, out: bytearray, __: int) -> None:
    out.append(0xC0)


def _pack_bool(value: bool, out: bytearray, _: int) -> None:
    out.append(0xC3 if value else 0xC2)


def _pack_int(value: int, out: bytearray, _: int) -> None:
    if value >= 0:
        if value < 0x80:
            out.append(value)
        elif value < 0x100:
            out += b"\xcc%c" % value
        elif value < 0x10000:
            out += _pack_16(0xCD, value)
        elif value < 0x100000000:
            out += _pack_32(0xCE, value)
        elif value < 0x10000000000000000:
            out += _pack_64(0xCF, value)
        else:
            raise LocalProtocolError(_TOO_WIDE)
    elif value >= -0x20:
        out.append(value & 0xFF)
    elif value >= -0x80:
        out += _pack_s8(0xD0, value)
    elif value >= -0x8000:
        out += _pack_s16(0xD1, value)
    elif value >= -0x80000000:
        out += _pack_s32(0xD2, value)
    elif value >= -0x8000000000000000:
        out += _pack_s64(0xD3, value)
    else:
        raise LocalProtocolError(_TOO_WIDE)


def _pack_float(value: float, out: bytearray, _: int) -> None:
    out += _pack_double(0xCB, value)


def _pack_size(out: bytearray, size: int, first: int, widths: tuple[int, ...]) -> None:
    # `first` is the header byte of the narrowest form; the wider ones follow it.
    for index, width in enumerate(widths):
        if size < 1 << 8 * width:
            out.append(first + index)
            out += size.to_bytes(width, "big")
            return
    raise LocalProtocolError("not possible in MessagePack: more than 2**32 - 1 elements or bytes")


def _pack_str(value: str, out: bytearray, depth: int) -> None:
    _pack_items((str.__str__(value),), out, depth)


def _pack_bytes(value: bytes | bytearray | memoryview, out: bytearray, _: int) -> None:
    data = bytes(value)
    _pack_size(out, len(data), 0xC4, (1, 2, 4))
    out += data


def _pack_list(value: list[Any] | tuple[Any, ...], out: bytearray, depth: int) -> None:
    if depth <= 0:
        raise LocalProtocolError("data is nested too deep, or holds itself")
    if len(value) < 16:
        out.append(0x90 | len(value))
    else:
        _pack_size(out, len(value), 0xDC, (2, 4))
    _pack_items(value, out, depth - 1)


def _pack_dict(value: dict[Any, Any], out: bytearray, depth: int) -> None:
    if depth <= 0:
        raise LocalProtocolError("data is nested too deep, or holds itself")
    if len(value) < 16:
        out.append(0x80 | len(value))
    else:
        _pack_size(out, len(value), 0xDE, (2, 4))
    if value.__class__ is dict and {*map(type, value)} <= _TEXT:
        _pack_items(chain.from_iterable(value.items()), out, depth - 1)
        return
    for key, item in value.items():
        _pack_items((key,), out, 0)  # a scalar: there is no room for a container
        _pack_items((item,), out, depth - 1)


def _pack_datetime(value: datetime, out: bytearray, _: int) -> None:
    if value.utcoffset() is None:
        raise LocalProtocolError(
            "not possible in MessagePack: a datetime without a time zone, add tzinfo="
        )
    out += b"\xd7\x00"
    out += ((value - EPOCH) // _MILLISECOND).to_bytes(8, "big", signed=True)


def _pack_ext(value: Ext, out: bytearray, _: int) -> None:
    if not -128 <= value.code <= 127:
        raise LocalProtocolError("an extension type must be -128 to 127")
    size = len(value.data)
    if size in _FIXEXT:
        out.append(_FIXEXT[size])
    else:
        _pack_size(out, size, 0xC7, (1, 2, 4))
    out += value.code.to_bytes(1, "big", signed=True)
    out += value.data


_FIXEXT = {1: 0xD4, 2: 0xD5, 4: 0xD6, 8: 0xD7, 16: 0xD8}

# Subclasses are looked for in this order: bool stands before int.
_PACKERS: dict[type, Packer] = {
    type(None): _pack_none,
    bool: _pack_bool,
    int: _pack_int,
    float: _pack_float,
    str: _pack_str,
    bytes: _pack_bytes,
    bytearray: _pack_bytes,
    memoryview: _pack_bytes,
    list: _pack_list,
    tuple: _pack_list,
    dict: _pack_dict,
    datetime: _pack_datetime,
    Ext: _pack_ext,
}

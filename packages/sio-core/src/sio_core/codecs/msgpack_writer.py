"""MessagePack as the JavaScript msgpack parser writes it; `msgpack_reader` says what is special."""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from ..protocol_errors import LocalProtocolError
from ..utf8 import encode_utf8
from .msgpack_reader import EPOCH, Ext

_MILLISECOND = timedelta(milliseconds=1)

_pack_double = struct.Struct(">Bd").pack


def packb(value: Any, depth: int = 64) -> bytes:
    """Encode `value`; datetimes must be aware and lose what is finer than a millisecond.

    Raises `LocalProtocolError` for values that MessagePack cannot carry and for
    nesting of more than `depth` levels.
    """
    out = bytearray()
    try:
        _pack(value, out, depth)
    except RecursionError:
        raise LocalProtocolError("data is nested too deep, or holds itself") from None
    return bytes(out)


def _pack(value: Any, out: bytearray, depth: int) -> None:
    pack = _PACKERS.get(value.__class__)
    if pack is None:
        for kind, candidate in _PACKERS.items():
            if isinstance(value, kind):
                pack = candidate
                break
        else:
            name = value.__class__.__name__
            raise LocalProtocolError(f"not possible in MessagePack: object of type {name}")
    pack(value, out, depth)


def _pack_none(_: None, out: bytearray, __: int) -> None:
    out.append(0xC0)


def _pack_bool(value: bool, out: bytearray, _: int) -> None:
    out.append(0xC3 if value else 0xC2)


def _pack_int(value: int, out: bytearray, _: int) -> None:
    if -0x20 <= value < 0x80:
        out.append(value & 0xFF)
        return
    for index, size in enumerate((1, 2, 4, 8)):
        bits = size * 8
        if 0 <= value < 1 << bits:
            out.append(0xCC + index)
            out += value.to_bytes(size, "big")
            return
        if -(1 << bits - 1) <= value < 0:
            out.append(0xD0 + index)
            out += value.to_bytes(size, "big", signed=True)
            return
    raise LocalProtocolError("not possible in MessagePack: an integer of more than 64 bits")


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


def _pack_str(value: str, out: bytearray, _: int) -> None:
    data = encode_utf8(value)
    if len(data) < 32:
        out.append(0xA0 | len(data))
    else:
        _pack_size(out, len(data), 0xD9, (1, 2, 4))
    out += data


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
    for item in value:
        _pack(item, out, depth - 1)


def _pack_dict(value: dict[Any, Any], out: bytearray, depth: int) -> None:
    if depth <= 0:
        raise LocalProtocolError("data is nested too deep, or holds itself")
    if len(value) < 16:
        out.append(0x80 | len(value))
    else:
        _pack_size(out, len(value), 0xDE, (2, 4))
    for key, item in value.items():
        _pack(key, out, 0)  # a scalar: there is no room for a container
        _pack(item, out, depth - 1)


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
_PACKERS: dict[type, Callable[[Any, bytearray, int], None]] = {
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

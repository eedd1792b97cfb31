"""What comes of a message takes no more memory than a multiple of its size, also meanwhile."""

import tracemalloc
from collections.abc import Callable
from typing import Any

import cbor2
import pytest

from sio_core.codecs.msgpack_reader import unpackb, unpackb_in_slices
from sio_core.limits import Limits
from sio_core.slices import finish
from sio_core.socketio.parsers.cbor_parser import CBORParser
from sio_core.socketio.parsers.msgpack_parser import MsgpackParser
from sio_core.socketio.parsers.packets import Packet

pytestmark = pytest.mark.by_size

SIZE = 50_000
MOST = 48
"""Times the bytes of a message: of two bytes of text, CPython makes an object of 50 and more.
Arrays and maps are bounded by their number."""
LIMITS = Limits(containers=1_000)


def packed(piece: bytes) -> bytes:
    count = SIZE // len(piece)
    return b"\x83\xa4type\x03\xa3nsp\xa1/\xa4data\xdd" + count.to_bytes(4, "big") + piece * count


def packed_map() -> bytes:
    count = SIZE // 5
    keys = b"".join(b"\xa4%04x\xc0" % number for number in range(count))
    return b"\x83\xa4type\x03\xa3nsp\xa1/\xa4data\x91\xdf" + count.to_bytes(4, "big") + keys


def cbor(piece: bytes) -> bytes:
    count = SIZE // len(piece)
    return b"\xa3\x64type\x03\x63nsp\x61/\x64data\x9a" + count.to_bytes(4, "big") + piece * count


def at_once(parser: Any) -> Callable[[bytes], Any]:
    add: Callable[[bytes], Packet] = parser.decoder().add
    return add


def in_slices(parser: Any) -> Callable[[bytes], Any]:
    return lambda data: finish(parser.decoder().add_in_slices(data))


PACKED = {
    "nil": packed(b"\xc0"),
    "integers": packed(b"\xcd\x12\x34"),
    "texts": packed(b"\xa2ab"),
    "bytes": packed(b"\xc4\x02ab"),
    "extensions": packed(b"\xd4\x05a"),
    "dates": packed(b"\xd7\x00" + bytes(8)),
    "one text": packed(b"\xdb" + (SIZE - 5).to_bytes(4, "big") + b"a" * (SIZE - 5)),
    "keys": packed_map(),
}
CBOR = {
    "null": cbor(b"\xf6"),
    "integers": cbor(b"\x19\x12\x34"),
    "texts": cbor(b"\x62ab"),
    "bytes": cbor(b"\x42ab"),
    "dates": cbor(b"\xc1\x00"),
    "undefined": cbor(b"\xf7"),
}


@pytest.mark.parametrize(
    ("function", "data"),
    [
        *(
            pytest.param(function, data, id=f"{title}-{name}")
            for name, data in PACKED.items()
            for title, function in {
                "msgpack": at_once(MsgpackParser(LIMITS)),
                "msgpack in slices": in_slices(MsgpackParser(LIMITS)),
                "msgpack without msgspec": unpackb,
                "the same in slices": lambda data: finish(unpackb_in_slices(data, 64, 1_000)),
            }.items()
        ),
        *(
            pytest.param(function, data, id=f"{title}-{name}")
            for name, data in CBOR.items()
            for title, function in {
                "cbor": at_once(CBORParser(LIMITS)),
                "cbor in slices": in_slices(CBORParser(LIMITS)),
                "the library alone": cbor2.loads,
            }.items()
        ),
    ],
)
def test_memory_by_size(function: Callable[[bytes], Any], data: bytes) -> None:
    tracemalloc.start()
    try:
        value = function(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert value
    assert peak < MOST * len(data)

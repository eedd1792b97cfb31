"""`codecs/sliced_cbor.py`: the values and refusals of the whole, wherever a slice ends."""

from collections.abc import Iterator
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sio_core.codecs.cbor_items import check
from sio_core.codecs.sliced_cbor import read_in_slices
from sio_core.limits import Limits
from sio_core.protocol_errors import DecodeError
from sio_core.slices import SLICE, finish

from .binary_values import cbor_values, damaged

LIMITS = Limits(json_depth=20, containers=40)

values = cbor_values(st.text(max_size=4))


@pytest.fixture(scope="module", autouse=True)
def small_slices() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sio_core.codecs.sliced_cbor._STEP", 3)
        yield


def whole(data: bytes) -> Any:
    """Do what the decoder does with a short frame."""
    plain = check(data, LIMITS)
    try:
        return cbor2.loads(plain)
    except Exception:
        raise DecodeError("invalid CBOR") from None


def sliced(data: bytes) -> Any:
    return finish(read_in_slices(data, LIMITS, cbor2.loads))


def same(data: bytes) -> None:
    outcomes = []
    for function in (whole, sliced):
        try:
            outcomes.append(repr(function(data)))
        except DecodeError as error:
            outcomes.append(f"refused: {error}")
    assert outcomes[0] == outcomes[1]


@given(values)
def test_what_the_library_writes(value: Any) -> None:
    same(cbor2.dumps(value))


@given(values, st.integers(0, 300), st.binary(max_size=3))
def test_what_is_broken_somewhere(value: Any, at: int, piece: bytes) -> None:
    for data in damaged(cbor2.dumps(value), at, piece):
        same(data)


@given(st.binary(max_size=60))
def test_any_bytes(data: bytes) -> None:
    same(data)


@pytest.mark.parametrize(
    "data",
    [
        "8301" + "6161" + "82" + "8180" + "a1" + "6162" + "f7",
        "a2" + "6161" + "8401020304" + "6161" + "a1" + "6162" + "8401020304",  # a key twice
        "a3" + "6161" + "f7" + "6162" + "f7" + "6163" + "f7",
        "9a00000002" + "ba00000001" + "6161" + "9800" + "80",  # lengths longer than needed
        "8a" + "61ff" + "80" * 9,  # text that is no UTF-8, and nothing else wrong
        "8a" + "61ff" + "ff" * 9,  # and a break that nothing began
        "a5" + "61ff" + "80" + "616180" * 4,  # such a key
        "8a" + "c0656e6f706521" + "a16161a0" * 9,  # a date that is none
        "98" + "28" + "80" * 40,  # an array too many
        "81" * 21 + "01",
        "81" * 22 + "01",  # a level too many
        "8a" + "01" * 5,
        "8a" + "01" * 11,
        "8401" + "7affffffff",
    ],
)
def test_what_slices_could_be_wrong_about(data: str) -> None:
    same(bytes.fromhex(data))


@pytest.mark.parametrize(
    "piece",
    [b"\x01", b"\xf7", b"\x18\x64", b"\x61a", b"\xc1\x00", b"\x81\x01", b"\xa1\x61a\x81\x01"],
    ids=bytes.hex,
)
def test_no_slice_reads_much(piece: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    step = SLICE // 4
    monkeypatch.setattr("sio_core.codecs.sliced_cbor._STEP", step)
    count = 100_000 // len(piece)
    data = b"\x9a" + count.to_bytes(4, "big") + piece * count
    parts: list[int] = []

    def loads(part: bytes) -> Any:
        parts.append(len(part))
        return cbor2.loads(part)

    slices = read_in_slices(data, Limits(), loads)
    ended = False
    most = 0
    while not ended:
        parts.clear()
        ended = next(slices, True) is not None
        most = max(most, sum(parts))
    # The heads before the parts, and the one item that goes beyond.
    assert most < step + 64

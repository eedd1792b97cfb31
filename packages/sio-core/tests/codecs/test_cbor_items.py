"""`codecs/cbor_items.py`: plain data passes, everything else stops before the library."""

import cbor2
import pytest

from sio_core.codecs.cbor_items import check
from sio_core.limits import Limits
from sio_core.protocol_errors import DecodeError

LIMITS = Limits()


@pytest.mark.parametrize(
    "data",
    [
        "00",
        "3903e7",
        "fb3ff8000000000000",
        "fa3fc00000",
        "f93e00",
        "c11a5f5e1000",
        "c120",
        "c1fb41d0000000000000",
        "c24101",
        "c34101",
        "f4",
        "f5",
        "f6",
        "1bffffffffffffffff",
        "a0",
        "80",
    ],
)
def test_plain_data_passes_unchanged(data: str) -> None:
    assert check(bytes.fromhex(data), LIMITS).hex() == data


@pytest.mark.parametrize(
    "data",
    [
        "",
        "18",
        "0000",  # trailing byte
        "9fff",  # indefinite length
        "bfff",
        "5fff",
        "1c",  # not assigned
        "9b7fffffffffffffff",  # more elements than there are bytes
        "bb7fffffffffffffff",
        "5b7fffffffffffffff",
        "7b7fffffffffffffff",
        "82",
        "a10101",  # a key that is a number
        "a1410101",
        "a1d81c616101",
        "d81c80",  # shareable
        "d81d00",  # reference
        "d81c81d81d00",  # a list that holds itself
        "d90100" + "80",  # string references
        "d9010280",  # a set
        "d8236161",  # a regular expression
        "d82550" + "00" * 16,
        "c482200a",  # a decimal fraction
        "d81e820102",  # a rational
        "d9d9f700",  # self-described CBOR
        "c0f6",  # dates of the wrong kind
        "c041aa",
        "c16161",
        "c1f6",
        "c200",  # big numbers of the wrong kind
        "c26101",
        "c25f4101ff",
        "e0",  # unassigned simple values
        "f820",
        "f3",
        "ff",
    ],
)
def test_everything_else_is_refused(data: str) -> None:
    with pytest.raises(DecodeError):
        check(bytes.fromhex(data), LIMITS)


def test_big_numbers_are_bounded() -> None:
    check(cbor2.dumps(10**100 - 1), LIMITS)
    with pytest.raises(DecodeError, match="integer is too long"):
        check(cbor2.dumps(10**103), LIMITS)


def test_arrays_and_maps_are_counted() -> None:
    data = cbor2.dumps([[], {"a": [False, True, None]}, None])
    assert check(data, Limits(containers=4)) == data
    with pytest.raises(DecodeError, match="too many arrays and maps"):
        check(data, Limits(containers=3))

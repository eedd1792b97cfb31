"""What the tests of the two binary codecs are given: values, and bytes that may be damaged."""

from datetime import UTC, datetime
from typing import Any

import cbor2
from hypothesis import strategies as st

from sio_core.codecs.msgpack_reader import Ext


def msgpack_values(most: int) -> st.SearchStrategy[Any]:
    """Whatever MessagePack can carry, of up to `most` values that are no containers."""
    return st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**64 - 1)
        | st.floats()
        | st.text()
        | st.binary()
        | st.datetimes(timezones=st.just(UTC))
        | st.builds(Ext, st.integers(-128, 127), st.binary(max_size=20)),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=most,
    )


def cbor_values(keys: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Whatever CBOR can carry, in maps with `keys`."""
    return st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**70), 2**70)
        | st.floats(allow_nan=False)
        | st.text()
        | st.binary(max_size=40)
        | st.datetimes(timezones=st.just(UTC), min_value=datetime(1970, 1, 1))
        | st.just(cbor2.undefined),
        lambda inner: st.lists(inner) | st.dictionaries(keys, inner),
        max_leaves=30,
    )


def damaged(data: bytes, at: int, piece: bytes) -> list[bytes]:
    """`data` with `piece` in it, cut off, and with `piece` behind it."""
    return [data[:at] + piece + data[at + len(piece) :], data[:at], data + piece]

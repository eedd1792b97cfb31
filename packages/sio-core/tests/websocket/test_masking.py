"""`masking.py`: whatever takes the mask off, the payload is the same."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.speedups import apply_mask

from sio_core.websocket import unmask
from sio_core.websocket.masking import fastest_mask


def test_the_c_code_is_used_where_it_is_installed():
    assert fastest_mask() is apply_mask


def test_without_it_the_core_does_the_work(monkeypatch: pytest.MonkeyPatch):
    fastest_mask.cache_clear()
    monkeypatch.setitem(sys.modules, "websockets.speedups", None)
    try:
        assert fastest_mask() is unmask
    finally:
        fastest_mask.cache_clear()


@given(st.binary(max_size=5000), st.binary(min_size=4, max_size=4))
def test_both_give_the_same(payload, key):
    assert apply_mask(payload, key) == unmask(payload, key)

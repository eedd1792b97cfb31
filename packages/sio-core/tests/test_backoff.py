"""`reconnection.py`: delays that double up to a limit, moved by chance, and never negative."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sio_core.timers import Backoff


def test_without_chance_delays_double_up_to_the_limit() -> None:
    backoff = Backoff(1.0, 5.0, 0.0, lambda: 1.0)
    assert [backoff.next() for _ in range(5)] == [1.0, 2.0, 4.0, 5.0, 5.0]


def test_after_a_success_they_begin_anew() -> None:
    backoff = Backoff(1.0, 5.0, 0.0, lambda: 0.0)
    assert [backoff.next(), backoff.next()] == [1.0, 2.0]
    backoff.reset()
    assert backoff.next() == 1.0


@pytest.mark.parametrize(
    ("luck", "delays"),
    [
        (0.0, [0.5, 1.0, 2.0, 2.5]),
        (0.5, [1.0, 2.0, 4.0, 5.0]),
        (1.0, [1.5, 3.0, 5.0, 5.0]),
    ],
)
def test_chance_moves_a_delay_by_the_factor(luck: float, delays: list[float]) -> None:
    backoff = Backoff(1.0, 5.0, 0.5, lambda: luck)
    assert [backoff.next() for _ in range(4)] == delays


@pytest.mark.parametrize(("luck", "first"), [(0.0, 0.0), (1.0, 2.0)])
def test_a_factor_above_one_is_one(luck: float, first: float) -> None:
    assert Backoff(1.0, 5.0, 5.0, lambda: luck).next() == first


def test_a_negative_factor_is_none() -> None:
    assert Backoff(1.0, 5.0, -3.0, lambda: 0.0).next() == 1.0


def test_a_first_delay_above_the_limit() -> None:
    assert Backoff(10.0, 5.0, 0.0, lambda: 0.0).next() == 5.0


@given(
    st.floats(0, 1e300),
    st.floats(0, 1e300),
    st.floats(-10, 10),
    st.lists(st.floats(0, 1), min_size=1, max_size=50),
)
def test_no_delay_is_negative_or_above_the_limit(
    initial: float, maximum: float, factor: float, luck: list[float]
) -> None:
    rolls = iter(luck)
    backoff = Backoff(initial, maximum, factor, lambda: next(rolls))
    for _ in luck:
        assert 0 <= backoff.next() <= maximum

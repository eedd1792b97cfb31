"""Try."""

from .support import VALUE


def test_x() -> None:
    assert VALUE == 3

"""Limits that cannot be are refused when they are made."""

import pytest

from sio_core import LocalProtocolError
from sio_core.socketio import Limits


@pytest.mark.parametrize("value", [-1, 1.5, "10", None])
def test_a_limit_is_a_whole_number(value: object) -> None:
    with pytest.raises(LocalProtocolError, match="json_depth"):
        Limits(json_depth=value)  # type: ignore[arg-type]


def test_a_limit_may_be_zero() -> None:
    assert Limits(attachments=0).attachments == 0

"""`sender.py`: what one value of the application is in a packet; `test_server.py` has the rest."""

from typing import Any

import pytest

from sio_core.socketio import event_args


@pytest.mark.parametrize(
    ("data", "args"),
    [
        (None, []),
        ((), []),
        ((1, None, [2]), [1, None, [2]]),
        ([1, 2], [[1, 2]]),
        ("text", ["text"]),
        (0, [0]),
        ({}, [{}]),
        (b"", [b""]),
    ],
)
def test_a_tuple_is_several_and_none_is_none(data: Any, args: list[Any]) -> None:
    assert event_args(data) == args

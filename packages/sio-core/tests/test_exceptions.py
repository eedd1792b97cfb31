"""`exceptions.py`: what is what, and what a refused client is told."""

import builtins
from typing import Any

import pytest

from sio_core import exceptions
from sio_core.exceptions import (
    BadNamespaceError,
    CallAbortedError,
    ConnectionError,
    ConnectionRefusedError,
    DisconnectedError,
    SocketIOError,
    TimeoutError,
)


@pytest.mark.parametrize("name", exceptions.__all__)
def test_one_base_for_all(name: str) -> None:
    assert issubclass(getattr(exceptions, name), SocketIOError)


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        (ConnectionError, builtins.ConnectionError),
        (ConnectionRefusedError, ConnectionError),
        (TimeoutError, builtins.TimeoutError),
        (CallAbortedError, TimeoutError),
        (CallAbortedError, DisconnectedError),
    ],
)
def test_an_except_clause_for_the_wider_one_suffices(
    narrow: type[Exception], wide: type[Exception]
) -> None:
    assert issubclass(narrow, wide)


def test_a_namespace_that_is_not_connected_is_no_lost_connection() -> None:
    assert not issubclass(BadNamespaceError, DisconnectedError | builtins.ConnectionError)


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ((), {"message": "Connection rejected by server"}),
        (("no",), {"message": "no"}),
        ((5,), {"message": "5"}),
        (("no", {"a": 1}), {"message": "no", "data": {"a": 1}}),
        (("no", 1, 2), {"message": "no", "data": [1, 2]}),
    ],
)
def test_what_a_refused_client_is_told(args: tuple[Any, ...], told: dict[str, Any]) -> None:
    assert ConnectionRefusedError(*args).error_args == told

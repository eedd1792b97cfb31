"""`engineio/exceptions.py`: what programs catch."""

import builtins

from sio_core.engineio import exceptions


def test_all_are_of_one_kind() -> None:
    for name in exceptions.__all__:
        assert issubclass(getattr(exceptions, name), exceptions.EngineIOError)


def test_a_connection_error_is_one_of_python_too() -> None:
    assert issubclass(exceptions.ConnectionError, builtins.ConnectionError)

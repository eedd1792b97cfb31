"""`time_limits.py`: what ends within something else has less time."""

from sio_client.attempts import time_limits
from sio_core.engineio import ClientConfig


def test_their_order() -> None:
    order = time_limits.ORDER
    assert list(order) == sorted(set(order))
    assert order[-1] == time_limits.PROMISED


def test_the_cores_limit_is_among_them() -> None:
    assert ClientConfig().close_timeout == time_limits.GOODBYE
    assert time_limits.GOODBYE in time_limits.ORDER


def test_the_end_of_a_process_waits_for_less_than_disconnect_does() -> None:
    assert time_limits.PROCESS_END < time_limits.DISCONNECT

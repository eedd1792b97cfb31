"""`client_methods.py`: the methods that both clients have, one a coroutine and one that waits."""

import inspect

import pytest

from sio_client import AsyncClient, Client


@pytest.mark.parametrize("name", ["emit", "call", "send", "connect", "disconnect", "wait"])
def test_both_clients_have_the_same_signatures(name: str) -> None:
    awaited, waits = getattr(AsyncClient, name), getattr(Client, name)
    assert inspect.iscoroutinefunction(awaited)
    assert not inspect.iscoroutinefunction(waits)
    assert inspect.signature(awaited) == inspect.signature(waits)
    assert "await " not in waits.__doc__
    assert waits.__doc__.splitlines()[0] == awaited.__doc__.splitlines()[0]

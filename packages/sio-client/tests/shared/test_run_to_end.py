"""`run_to_end.py`: coroutines that a blocking client runs to their end."""

import asyncio
import inspect

import pytest

from sio_client import AsyncClient, Client
from sio_client.shared.run_to_end import blocking, run_to_end


async def answer(value: int) -> int:
    return value


def test_a_coroutine_that_waits_for_nothing_returns_its_result() -> None:
    assert run_to_end(answer(3)) == 3


def test_what_it_raises_is_raised() -> None:
    async def fail() -> None:
        await answer(1)
        raise KeyError("no")

    with pytest.raises(KeyError, match="no"):
        run_to_end(fail())


def test_a_coroutine_that_is_suspended_is_closed_and_refused() -> None:
    closed = []

    async def wait() -> None:
        try:
            await asyncio.sleep(0)
        finally:
            closed.append(True)

    with pytest.raises(RuntimeError, match="was suspended"):
        run_to_end(wait())
    assert closed


class DoorMethods:
    async def open(self, key: str = "none") -> str:
        """Open an AsyncDoor.

        For example `await door.open()`; `key` may be a function or coroutine function.
        """
        return f"{key} {await answer(1)}"


class Door:
    open = blocking(DoorMethods.open)


def test_the_blocking_method_has_the_signature_and_the_docstring_without_async_words() -> None:
    assert Door().open(key="brass") == "brass 1"
    assert not inspect.iscoroutinefunction(Door.open)
    assert str(inspect.signature(Door.open)) == "(self, key: str = 'none') -> str"
    assert Door.open.__qualname__ == "Door.open"
    assert inspect.getdoc(Door.open) == (
        "Open an Door.\n\nFor example `door.open()`; `key` may be a function."
    )


@pytest.mark.parametrize("name", ["emit", "call", "send", "connect", "disconnect", "wait"])
def test_both_clients_have_the_same_signatures(name: str) -> None:
    awaited, waits = getattr(AsyncClient, name), getattr(Client, name)
    assert inspect.iscoroutinefunction(awaited)
    assert not inspect.iscoroutinefunction(waits)
    assert inspect.signature(awaited) == inspect.signature(waits)
    assert "await " not in waits.__doc__
    assert waits.__doc__.splitlines()[0] == awaited.__doc__.splitlines()[0]

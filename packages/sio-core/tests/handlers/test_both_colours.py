"""`both_colours.py`: coroutines that what blocks runs to their end."""

import asyncio
import inspect

import pytest

from sio_core.handlers.both_colours import awaited_as, blocking, blocking_as, run_to_end


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


class Shed:
    @blocking_as(DoorMethods.open)
    def open(self, key: str = "none") -> str:
        return key


class AsyncShed:
    @awaited_as(DoorMethods.open)
    async def open(self, key: str = "none") -> str:
        return key


async def test_a_method_with_code_of_its_own_has_the_docstring_of_its_colour() -> None:
    assert Shed().open("brass") == "brass"
    assert inspect.getdoc(Shed.open) == inspect.getdoc(Door.open)
    assert await AsyncShed().open("brass") == "brass"
    assert AsyncShed.open.__doc__ == DoorMethods.open.__doc__

"""`forward.py` and what calls the methods of class-based namespaces, in both colours."""

import asyncio
import inspect
from typing import Any

import pytest

from sio_core.handlers import (
    AwaitingMethods,
    BlockingMethods,
    HandlerTable,
    Registration,
    forward,
)


class Silent:
    def error(self, message: str, *args: Any) -> None: ...


class Door(Registration):
    """What a namespace is registered with; `calls` has what its methods were given."""

    def __init__(self) -> None:
        super().__init__(HandlerTable(), Silent())
        self.calls: list[tuple[Any, ...]] = []

    def emit(self, event: str, data: Any = None, namespace: str | None = None) -> str:
        self.calls.append((event, data, namespace))
        return event

    async def call(self, event: str, namespace: str | None = None, timeout: float = 1) -> str:
        self.calls.append((event, namespace, timeout))
        return event

    def disconnect(self, soon: bool = False) -> None:
        self.calls.append((soon,))


class Methods:
    _owned_by = "door"

    def __init__(self, namespace: str) -> None:
        super().__init__(namespace)  # type: ignore[call-arg]
        self.door = Door()

    def on_plain(self, number: int) -> int:
        return number + 1


class Blocking(Methods, BlockingMethods):
    emit = forward(Door.emit)
    disconnect = forward(Door.disconnect)


class Awaiting(Methods, AwaitingMethods):
    call = forward(Door.call)

    async def on_slow(self, number: int) -> int:
        await asyncio.sleep(0)
        return number + 2


def test_what_is_made_looks_like_what_it_is_made_of() -> None:
    assert inspect.signature(Blocking.emit) == inspect.signature(Door.emit)
    assert (Blocking.emit.__name__, inspect.iscoroutinefunction(Awaiting.call)) == ("emit", True)
    assert (
        Blocking.emit.__doc__
        == "`emit` of the server or client, with this namespace as the default."
    )
    assert (
        Blocking.disconnect.__doc__ == "`disconnect` of the server or client, for every namespace."
    )


def test_the_namespace_is_its_own_by_default() -> None:
    door = (own := Blocking("/own")).door
    assert own.emit("a") == "a"
    own.emit("b", 1, None)
    own.emit("c", 1, "/other")
    own.emit("d", namespace="/other")
    assert [namespace for *_, namespace in door.calls] == ["/own", "/own", "/other", "/other"]


def test_a_method_without_a_namespace() -> None:
    own = Blocking("/own")
    own.disconnect()
    own.disconnect(soon=True)
    assert own.door.calls == [(False,), (True,)]


async def test_a_coroutine_function() -> None:
    own = Awaiting("/own")
    assert await own.call("a", timeout=2) == "a"
    assert own.door.calls == [("a", "/own", 2)]


def test_methods_of_events() -> None:
    own = Blocking("/own")
    assert not own.is_asyncio_based()
    assert own.trigger_event("plain", 1) == 2
    assert own.trigger_event("plain") is own.door.not_handled
    assert own.trigger_event("other") is own.door.not_handled


async def test_methods_of_events_that_may_be_awaited() -> None:
    own = Awaiting("/own")
    assert own.is_asyncio_based()
    assert (await own.trigger_event("plain", 1), await own.trigger_event("slow", 1)) == (2, 3)
    assert await own.trigger_event("slow") is own.door.not_handled
    assert await own.trigger_event("other") is own.door.not_handled


def test_what_the_owner_does_not_take_is_refused() -> None:
    emit: Any = Blocking("/own").emit
    with pytest.raises(TypeError, match=r"Door\.emit.*'colour'"):
        emit("e", colour="red")

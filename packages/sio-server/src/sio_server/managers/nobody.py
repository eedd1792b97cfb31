"""The clients of a manager that has no server: there are none, now and later."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, TypeVar

from sio_core import engineio, socketio
from sio_core.json import StdlibJSON

from ..drivers.calls import Calls

P = ParamSpec("P")
R = TypeVar("R")


class _NoEntrance:
    """The entrance to a core in which nothing happens."""

    def call(self, method: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return method(*args, **kwargs)

    def exclusively(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return function(*args, **kwargs)

    def dispatch(self, events: Iterable[Any]) -> None:
        for _ in events:
            raise AssertionError("nobody is there who could cause an event")

    def now(self) -> float:
        return 0.0


def nobody() -> Calls:
    """Return calls into a core without clients: look-ups find nothing, rooms have no members."""
    # The default would be msgspec, whose import takes time and which nobody may have asked for.
    parser = socketio.JSONParser(StdlibJSON())
    core = socketio.Server(engineio.Server(new_sid=str), new_id=str, parser=parser)
    return Calls(_NoEntrance(), core)

"""What a test module imports: how it names its application, its modes and its parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tests.server_behaviour.clients import LIMIT, Answer, Client, Closed, InThread, Polling, Socket

Test = TypeVar("Test", bound=Callable[..., None])

MEMORY = ("memory-asyncio", "memory-blocking")
"""No web server: requests and WebSockets are made up, and the clock can be moved."""
ASYNCIO = ("uvicorn", "uvicorn-sio", "hypercorn", "aiohttp", "tornado", "sanic")
BLOCKING = ("werkzeug", "gunicorn", "pywsgi", "eventlet")
ALL = (*MEMORY, *ASYNCIO, *BLOCKING)
"""Every mode; those of web servers are names of `tests.support.servers`."""
DRIVERS = (*MEMORY, "uvicorn", "werkzeug", "pywsgi", "eventlet")
"""One for each kind of task, thread and greenlet: for how handlers are called, and what follows."""


@dataclass(frozen=True)
class Serving:
    """The application of a test: where it is found, and what its server is made with."""

    module: str
    name: str
    options: dict[str, Any] = field(default_factory=dict)
    modes: Sequence[str] = ALL
    complaints: bool = False


def serving(
    application: Callable[[Any], None],
    *,
    modes: Sequence[str] = ALL,
    complaints: bool = False,
    **options: Any,
) -> Callable[[Test], Test]:
    """Give a test its `application`, a function of its module, and the `options` of the server.

    `modes` are those that the test runs in. With `complaints` its log may have errors, which
    fail any other test.
    """
    found = Serving(application.__module__, application.__name__, options, modes, complaints)

    def give(test: Test) -> Test:
        test.serving = found  # type: ignore[attr-defined]
        return test

    return give


def dispatching(
    application: Callable[[Any], None], *, complaints: bool = False, **options: Any
) -> Callable[[Test], Test]:
    """Give a test its application as `serving` does, where no web server can change what it sees.

    That is behind the driver: how handlers are called, rooms, acknowledgements, sessions.
    """
    return serving(application, modes=DRIVERS, complaints=complaints, **options)


def each(name: str, *values: Any) -> Callable[[Test], Test]:
    """Run a test with each of `values` as its argument `name`."""

    def give(test: Test) -> Test:
        test.each = [*getattr(test, "each", ()), (name, values)]  # type: ignore[attr-defined]
        return test

    return give


__all__ = [
    "ALL",
    "ASYNCIO",
    "BLOCKING",
    "DRIVERS",
    "LIMIT",
    "MEMORY",
    "Answer",
    "Client",
    "Closed",
    "InThread",
    "Polling",
    "Serving",
    "Socket",
    "dispatching",
    "each",
    "serving",
]

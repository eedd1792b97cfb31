"""How the flows of a server are run in both colours; a blocking one refuses coroutines."""

from __future__ import annotations

from types import CoroutineType
from typing import Any

from sio_core.handlers import flows
from sio_core.handlers.flows import Flow, R, resolve, run_awaiting

__all__ = ["Flow", "no_coroutine", "resolve", "run", "run_awaiting"]


def run(flow: Flow[R]) -> R:
    """Run a flow in a thread or greenlet. What its calls return must not be a coroutine."""
    return flows.run(flow, no_coroutine)


def no_coroutine(result: Any) -> Any:
    """Return what a handler returned. Raises TypeError for a coroutine, which would not be run.

    Registration refuses coroutine functions, and cannot see what a decorator returns.
    """
    if type(result) is CoroutineType:
        result.close()
        raise TypeError("a handler returned a coroutine, which Server cannot run: use AsyncServer")
    return result

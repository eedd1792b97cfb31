"""`call()` of a server: an event whose acknowledgement is waited for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..drivers.calls import Calls
from .runners import Flow


class AwaitedAck:
    """The callback of one `call()`, which waits for it to be called.

    `ack_id` is the number of the acknowledgement, 0 before it is sent. `wait()` returns its
    values, or is awaited for them, and raises `TimeoutError` or `CallAbortedError`. Each colour has
    its own. `_end` takes the values, once or more: the first time counts.
    """

    # No abstract class: whether a callback is one of these is asked with each acknowledgement.
    __slots__ = ("ack_id",)

    ack_id: int
    _end: Callable[[tuple[Any, ...] | None], None]
    wait: Callable[[], Any]

    def __call__(self, *args: Any) -> None:
        """The acknowledgement came."""
        self._end(args)

    def abort(self) -> None:
        """No acknowledgement will come."""
        self._end(None)


def call_and_wait(
    calls: Calls, sid: str, namespace: str, emit: Callable[[], Any], awaited: AwaitedAck
) -> Flow[Any]:
    """Call `emit`, which sends an event with `awaited` as its callback, and wait for the answer.

    Returns None, the one value, or a tuple of several.
    """
    awaited.ack_id = 0
    load = calls.load_of(sid, namespace)
    if load is not None:
        load.call_begun()
    try:
        yield emit
        values = yield awaited.wait
    finally:
        if load is not None:
            load.call_ended()
        calls.forget_ack(sid, namespace, awaited.ack_id)
    if not values:
        return None
    return values[0] if len(values) == 1 else values


def check_call(recipient: str | None, async_handlers: bool) -> str:
    """Return the recipient of a `call()`. There must be one, and handlers that run side by side.

    Raises ValueError or RuntimeError.
    """
    if recipient is None:
        raise ValueError("call() needs a recipient: it cannot broadcast")
    if not async_handlers:
        raise RuntimeError("call() cannot be used when async_handlers is False")
    return recipient

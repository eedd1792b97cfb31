"""One `connect()` and all that follows from it: its attempts, their outcome, and the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sio_core.socketio import AttemptFailed, AttemptSucceeded, ClientEvent, Ended, Failure

from ..handlers.flows import Flow
from ..user_agent.endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class Target:
    """What `connect` was asked for; the callables among it are called at each attempt."""

    url: str | Callable[[], Any] = field(repr=False)
    endpoint: Endpoint | None = field(repr=False)
    """That of the URL, unless it is a callable."""
    headers: Mapping[str, str] | Callable[[], Any] = field(repr=False)
    auth: Any = field(repr=False)
    path: str
    wait_timeout: float

    @property
    def asks(self) -> bool:
        """True if an attempt calls functions of the application, which may take their time."""
        return callable(self.url) or callable(self.headers) or callable(self.auth)

    def arguments(self) -> Flow[tuple[Any, Any, Any]]:
        """The URL, the headers and auth for the attempt that is due."""
        values = []
        for value in (self.url, self.headers, self.auth):
            values.append((yield value) if callable(value) else value)
        url, headers, auth = values
        return url, headers or {}, auth


class Flag(Protocol):
    """An `Event` of threading or of asyncio, which is set once."""

    def set(self) -> None: ...
    def is_set(self) -> bool: ...
    def wait(self) -> Any: ...


class ConnectRun:
    """The outcome of one `connect()`.

    `settled` is set once its outcome is known, `over` when there is no connection any more, and
    no attempt to make one. `failure` is why it failed: an exception is one for `connect` to raise.
    """

    def __init__(self, target: Target, settled: Flag, over: Flag) -> None:
        self.target = target
        self.settled = settled
        self.over = over
        self.succeeded = False
        self.failure: Failure | BaseException | None = None

    def note(self, event: ClientEvent) -> None:
        """Note the end of an attempt, or of the client."""
        if isinstance(event, AttemptSucceeded):
            self.succeeded = True
            self.settled.set()
        elif isinstance(event, AttemptFailed) and event.retry_in is None:
            self._fail(event.failure)
        elif isinstance(event, Ended):
            self.settled.set()
            self.over.set()

    def refuse(self, error: BaseException) -> None:
        """Note why the first attempt cannot be made: `connect` raises it."""
        self._fail(error)
        self.settled.set()

    def _fail(self, failure: Failure | BaseException) -> None:
        if not self.settled.is_set():
            self.failure = failure

"""One `connect()` and all that follows from it: its attempts, their outcome, and the end."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol

from sio_core import socketio
from sio_core.exceptions import ConnectionError
from sio_core.handlers.flows import Flow
from sio_core.socketio import (
    AttemptFailed,
    AttemptSucceeded,
    ClientEvent,
    ClientState,
    Ended,
    Failure,
)

from ..user_agent.endpoint import Endpoint
from ..user_agent.errors import AgentError
from .attempt import Attempt
from .connect_errors import connection_error


@dataclass(frozen=True, slots=True)
class Target:
    """The arguments of `connect`; functions among them are called at each attempt."""

    url: str | Callable[[], Any] = field(repr=False)
    endpoint: Endpoint | None = field(repr=False)
    """The endpoint of the URL, unless the URL is a function."""
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


class AttemptDriver(Protocol):
    """What an attempt needs of a driver."""

    @property
    def lock(self) -> AbstractContextManager[Any]: ...
    def now(self) -> float: ...
    def begin(self, attempt: Attempt) -> None:
        """Carry a new attempt. Call it with the lock held."""
        ...

    def fail_attempt(self, cause: BaseException) -> None:
        """The attempt that is due cannot be made. Call it with the lock held."""
        ...


class ConnectRun:
    """One `connect()` of a client with `core`, which is this run's alone.

    `settled` is set once its outcome is known, `over` when there is no connection any more, and
    no attempt to make one. `failure` is why it failed: an exception is one for `connect` to raise.
    `make` makes an attempt of a target, its URL, headers and auth, and the time.
    """

    def __init__(
        self,
        core: socketio.Client,
        target: Target,
        make: Callable[[Target, Any, Any, Any, float], Attempt],
        logger: logging.Logger,
        settled: Flag,
        over: Flag,
    ) -> None:
        self.core = core
        self.target = target
        self.settled = settled
        self.over = over
        self.succeeded = False
        self.failure: Failure | BaseException | None = None
        self._make = make
        self._logger = logger

    def attempt(
        self, driver: AttemptDriver, first: bool, caught: type[BaseException] = BaseException
    ) -> Flow[BaseException | None]:
        """Work out the arguments of the attempt that is due, and begin it with them.

        The attempt fails with any exception of the type `caught` that a function raises, since
        `connect` waits for its outcome. For wrong arguments, `connect` raises at the first attempt.
        Returns what a function raised.
        """
        try:
            url, headers, auth = yield from self.target.arguments()
        except caught as error:
            with driver.lock:
                if self._is_due:
                    self._logger.error(
                        "an argument of connect() raised an exception", exc_info=error
                    )
                    driver.fail_attempt(error)
            return error
        with driver.lock:
            if not self._is_due:
                return None  # disconnected meanwhile
            try:
                attempt = self._make(self.target, url, headers, auth, driver.now())
            except caught as error:
                if first and not isinstance(error, AgentError):
                    self._fail(error)
                    self.settled.set()
                else:
                    driver.fail_attempt(error)
            else:
                driver.begin(attempt)
        return None

    @property
    def _is_due(self) -> bool:
        return self.core.state is ClientState.DUE

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

    def _fail(self, failure: Failure | BaseException) -> None:
        if not self.settled.is_set():
            self.failure = failure

    def raise_failure(self) -> NoReturn:
        """Raise what `connect` raises for a run that did not succeed."""
        failure = self.failure
        if failure is None:
            raise ConnectionError("The client was disconnected before it was connected")
        raise failure if isinstance(failure, BaseException) else connection_error(failure)

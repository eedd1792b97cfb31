"""One `connect()` and all that follows from it: its attempts, their outcome, and the end."""

from __future__ import annotations

import copy
import logging
import warnings
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn, Protocol

from sio_core import socketio
from sio_core.exceptions import ConnectionError
from sio_core.handlers.flows import resolve
from sio_core.socketio import (
    AttemptFailed,
    AttemptSucceeded,
    ClientEvent,
    ClientState,
    Ended,
    Failure,
)

from ..options import Options
from ..settings import Settings
from ..settings.from_http_session import settings_from
from ..user_agent.agent import Agent
from ..user_agent.errors import AgentError
from ..user_agent.routes.endpoint import Endpoint
from .attempt import Attempt
from .connect_errors import connection_error


@dataclass(frozen=True, slots=True)
class Target:
    """A `Target` holds the arguments of `connect`; functions are called at each attempt."""

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

    @property
    def given(self) -> tuple[Any, Any, Any]:
        """The URL, the headers and auth, as they are."""
        return self.url, self.headers or {}, self.auth

    async def asked(self) -> tuple[Any, Any, Any]:
        """The URL, the headers and auth for the attempt that is due: functions are called."""
        url, headers, auth = [
            await resolve(value()) if callable(value) else value
            for value in (self.url, self.headers, self.auth)
        ]
        return url, headers or {}, auth


class Flag(Protocol):
    """A `Flag` is an `Event` of threading or of asyncio, which is set once."""

    def set(self) -> None: ...
    def is_set(self) -> bool: ...
    def wait(self) -> Any: ...


class AttemptDriver(Protocol):
    """An `AttemptDriver` is what an attempt needs of a driver."""

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
    """A `ConnectRun` makes the attempts of one `connect()`, and knows their outcome.

    The client's `core` is this run's alone.
    `settled` is set once its outcome is known, `over` when there is no connection any more, and
    no attempt to make one. `failure` is why it failed: an exception is one for `connect` to raise.
    """

    def __init__(
        self,
        core: socketio.Client,
        target: Target,
        options: Options,
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
        self._options = options
        self._settings: Settings | None = None
        self._settings_for: Any = None
        """The headers that `_settings` have."""
        self._logger = logger

    def aim(self, url: Any, headers: Any, auth: Any, path: str) -> None:
        """Have later attempts made with these arguments of `connect`; most often they are equal."""
        target = self.target
        if url is not target.url or path != target.path:
            target = replace(target, url=url, endpoint=None, path=path)
        if headers is not target.headers or auth is not target.auth:
            target = replace(target, headers=headers, auth=auth)
        self.target = target

    def begin_or_ask(
        self,
        driver: AttemptDriver,
        first: bool,
        ask: Callable[[], Any],
        caught: type[BaseException] = BaseException,
    ) -> None:
        """`begin` with what `connect` was given, or `ask` where functions are to be called for it.

        `ask` runs `ask_and_begin`, in the colour of the client.
        """
        if self.target.asks:
            ask()
        else:
            self.begin(driver, first, self.target.given, caught)

    async def ask_and_begin(
        self, driver: AttemptDriver, first: bool, caught: type[BaseException] = BaseException
    ) -> BaseException | None:
        """Call the functions that `connect` was given, then `begin` with what they return.

        The attempt fails with any exception of the type `caught` that one raises, since `connect`
        waits for its outcome. Returns that exception.
        """
        try:
            arguments = await self.target.asked()
        except caught as error:
            with driver.lock:
                if self.core.state is ClientState.DUE:
                    self._logger.error(
                        "an argument of connect() raised an exception", exc_info=error
                    )
                    driver.fail_attempt(error)
            return error
        self.begin(driver, first, arguments, caught)
        return None

    def begin(
        self,
        driver: AttemptDriver,
        first: bool,
        arguments: tuple[Any, Any, Any],
        caught: type[BaseException] = BaseException,
    ) -> None:
        """Begin the attempt that is due, with its URL, headers and auth.

        For wrong arguments `connect` raises at the first attempt; later ones fail.
        """
        with driver.lock:
            if self.core.state is not ClientState.DUE:
                return  # disconnected meanwhile
            try:
                attempt = self._new_attempt(*arguments, driver.now())
            except caught as error:
                if first and not isinstance(error, AgentError):
                    self._fail(error)
                    self.settled.set()
                else:
                    driver.fail_attempt(error)
            else:
                driver.begin(attempt)

    def _new_attempt(self, url: str, headers: Any, auth: Any, now: float) -> Attempt:
        """Make the attempt that is due. Raises `ValueError` for what cannot be right."""
        target = self.target
        endpoint = target.endpoint or Endpoint.parse(url, target.path)
        settings = self._settings_with(headers, endpoint.url)
        if settings.query:
            query = "&".join(part for part in (endpoint.query, settings.query) if part)
            endpoint = replace(endpoint, query=query)
        agent = Agent(endpoint, settings)
        engine = self.core.attempt(now, auth, target.wait_timeout)
        return Attempt(self.core, engine, agent, settings)

    def _settings_with(self, headers: Any, url: str) -> Settings:
        options, settings = self._options, self._settings
        # In what belongs to the application anything may have changed.
        theirs = options.http_session is not None or bool(options.websocket_extra_options)
        if settings is None or theirs or headers != self._settings_for:
            settings = settings_from(
                options.http_session,
                options.ssl_verify,
                options.websocket_extra_options,
                headers,
                # What the server set in the attempts before is sent again.
                None if settings is None else settings.cookies,
                options.settings,
                url,
                self._warn,
            )
            if options.redirects_to_other_hosts:
                settings = replace(settings, redirects_to_other_hosts=True)
            self._settings, self._settings_for = settings, copy.copy(headers)
        return settings

    def _warn(self, name: str, why: str) -> None:
        """Say once that something of the session has no effect."""
        if name not in self._options.unheeded:
            self._options.unheeded.add(name)
            text = f"http_session: {name} is not used: {why}"
            warnings.warn(text, UserWarning, stacklevel=2)

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

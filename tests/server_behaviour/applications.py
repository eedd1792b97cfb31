"""The applications of tests in one process, each with a server of its own below its own path."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable
from itertools import count
from typing import Any

from tests.server_behaviour.both import Both

MakeServer = Callable[..., Any]
LOGGERS = ("socketio.server", "engineio.server")
CONTROL = "/control"
"""Where a host takes what the tests want of it, as JSON."""


class Application:
    """A server with the handlers of one test's application, and what the scenario may order."""

    def __init__(self, sio: Any, module: str, name: str) -> None:
        self.both = both = Both(sio)

        @both.command
        def notes() -> Any:
            return both.notes

        @both.command
        def open_gate(gate: str) -> None:
            both.open(gate)

        @both.command
        def mark(sid: str, namespace: str, text: str) -> Any:
            yield both.emit("mark", text, to=sid, namespace=namespace)

        @both.command
        def sessions() -> int:
            return len(both.driver.engine.sessions)

        @both.command
        def polls(secret: str) -> bool:
            session = both.driver.engine.sessions.get(secret)
            return session is not None and session.poll is not None

        @both.command
        def end_of_test() -> Any:
            both.open_all()
            yield both.shutdown(0)

        @both.command
        def shutdown(drain: float = 5.0) -> Any:
            yield both.shutdown(drain)

        getattr(importlib.import_module(module), name)(both)

    def command(self, name: str, args: list[Any]) -> Any:
        """Run a command. Returns its result, or for an asynchronous server something to await."""
        return self.both.commands[name](*args)


class Host:
    """All applications of a process; `make` is `Server` or `AsyncServer` with its mode."""

    def __init__(self, make: MakeServer) -> None:
        self._make = make
        self._numbers = count(1)
        self._running: dict[str, Application] = {}

    def find(self, path: str) -> Application | None:
        """The application that a path belongs to."""
        return self._running.get(path.split("/")[1])

    def start(self, module: str, name: str, options: dict[str, Any]) -> str:
        """Start an application. Returns the path of its requests."""
        for logger in LOGGERS:
            # Each of a process's servers takes a level that is set for the application's choice.
            logging.getLogger(logger).setLevel(logging.NOTSET)
        key = f"a{next(self._numbers)}"
        self._running[key] = Application(self._make(**options), module, name)
        return f"/{key}/socket.io/"

    def stop(self, path: str) -> Application:
        """Forget an application, which the caller shuts down."""
        return self._running.pop(path.split("/")[1])

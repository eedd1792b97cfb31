"""User sessions: what an application keeps about each client, and with blocks that save it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, AbstractContextManager
from functools import partial
from typing import Any

from .construction import DriverT, ManagerT
from .dispatch.runners import Flow, run, run_awaiting
from .shared import ServerApi


class KeptSession:
    """Takes the user session of a client from `server`, and has it saved at the end."""

    def __init__(self, server: Any, sid: str, namespace: str | None) -> None:
        self._server = server
        self._sid = sid
        self._namespace = namespace
        self._session: dict[str, Any] = {}

    def _take(self) -> Flow[dict[str, Any]]:
        get = partial(self._server.get_session, self._sid, namespace=self._namespace)
        self._session = yield get
        return self._session

    def _save(self) -> Flow[None]:
        """Save the session, unless the client has left meanwhile."""
        if self._server._calls.find(self._sid, self._namespace or "/") is not None:
            save = self._server.save_session
            yield partial(save, self._sid, self._session, namespace=self._namespace)


class AwaitedSession(KeptSession):
    """`KeptSession` of `AsyncServer`."""

    async def __aenter__(self) -> dict[str, Any]:
        return await run_awaiting(self._take())

    async def __aexit__(self, *error: object) -> None:
        await run_awaiting(self._save())


class BlockingSession(KeptSession):
    """`KeptSession` of `Server`."""

    def __enter__(self) -> dict[str, Any]:
        return run(self._take())

    def __exit__(self, *error: object) -> None:
        run(self._save())


class AwaitedSessions(ServerApi[ManagerT, DriverT]):
    """The user sessions of an `AsyncServer`, for with blocks."""

    def session(
        self, sid: str, namespace: str | None = None
    ) -> AbstractAsyncContextManager[dict[str, Any]]:
        """Return a client's user session as an asynchronous context manager that saves it.

        For example::

            async with sio.session(sid) as session:
                session["name"] = "Ann"

        `sid` is a client of `namespace` (None: `/`). Raises `KeyError` for a sid that is not
        connected.
        """
        return AwaitedSession(self, sid, namespace)


class BlockingSessions(ServerApi[ManagerT, DriverT]):
    """The user sessions of a `Server`, for with blocks."""

    def session(
        self, sid: str, namespace: str | None = None
    ) -> AbstractContextManager[dict[str, Any]]:
        """Return a client's user session as a context manager that saves it.

        For example::

            with sio.session(sid) as session:
                session["name"] = "Ann"

        `sid` is a client of `namespace` (None: `/`). Raises `KeyError` for a sid that is not
        connected.
        """
        return BlockingSession(self, sid, namespace)

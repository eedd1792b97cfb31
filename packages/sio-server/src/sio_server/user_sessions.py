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


class UserSessions(ServerApi[ManagerT, DriverT]):
    """The user sessions of a server's clients, of either colour."""

    def _user_session(self, sid: str, namespace: str | None) -> dict[str, Any]:
        socket = self._socket(sid, namespace)
        if socket.data is None:
            socket.data = {}
        return socket.data

    def _keep_session(self, sid: str, session: dict[str, Any], namespace: str | None) -> None:
        self._socket(sid, namespace).data = session


class AwaitedSessions(UserSessions[ManagerT, DriverT]):
    """The methods of `AsyncServer` for user sessions."""

    async def get_session(self, sid: str, namespace: str | None = None) -> dict[str, Any]:
        """Return the user session of a client: a dictionary that is the application's to fill.

        For example `await sio.get_session(sid)`. `sid` is a client of `namespace` (None: `/`),
        which has a session of its own there. The dictionary is live, kept in the memory of this
        process, and gone when the disconnect handler has returned. Raises `KeyError` for a sid that
        is not connected.
        """
        return self._user_session(sid, namespace)

    async def save_session(
        self, sid: str, session: dict[str, Any], namespace: str | None = None
    ) -> None:
        """Replace the user session of a client by the dictionary `session`.

        `sid` is a client of `namespace` (None: `/`). Raises `KeyError` for a sid that is not
        connected.
        """
        self._keep_session(sid, session, namespace)

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


class BlockingSessions(UserSessions[ManagerT, DriverT]):
    """The methods of `Server` for user sessions."""

    def get_session(self, sid: str, namespace: str | None = None) -> dict[str, Any]:
        """Return the user session of a client: a dictionary that is the application's to fill.

        For example `sio.get_session(sid)`. `sid` is a client of `namespace` (None: `/`), which has
        a session of its own there. The dictionary is live, kept in the memory of this process, and
        gone when the disconnect handler has returned. Raises `KeyError` for a sid that is not
        connected.
        """
        return self._user_session(sid, namespace)

    def save_session(self, sid: str, session: dict[str, Any], namespace: str | None = None) -> None:
        """Replace the user session of a client by the dictionary `session`.

        `sid` is a client of `namespace` (None: `/`). Raises `KeyError` for a sid that is not
        connected.
        """
        self._keep_session(sid, session, namespace)

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

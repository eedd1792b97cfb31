"""The methods of both clients that wait: coroutines, which `Client` runs to their end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sio_core.handlers.flows import resolve

from .base_client import BaseClient


class ClientMethods(BaseClient):
    """`ClientMethods` has the methods of both clients that wait.

    They say in which order things are done.
    What has a colour is a method of the client, which may return an awaitable.
    """

    async def connect(
        self,
        url: str | Callable[[], Any],
        headers: Mapping[str, str] | Callable[[], Any] = {},  # noqa: B006 - never changed
        auth: Any = None,
        transports: Iterable[str] | str | None = None,
        namespaces: Iterable[str] | str | None = None,
        socketio_path: str = "socket.io",
        wait: bool = True,
        wait_timeout: float = 1,
        retry: bool = False,
    ) -> None:
        """Connect to a server. Returns once every namespace is connected.

        For example::

            await sio.connect("https://example.org", auth={"token": "..."}, namespaces=["/chat"])

        * `url`: of the server, with `http`, `https`, `ws` or `wss`.
        * `headers`: of all requests, a mapping; none by default.
        * `auth`: what connect handlers of the server are given, usually a dictionary; None:
          nothing.
        * `transports`: `"polling"`, `"websocket"` or a list; by default both, the first to begin
          with.
        * `namespaces`: those to connect to; None (default): all that have handlers, or `/`.
        * `socketio_path`: the path of the endpoint, `"socket.io"` by default.
        * `wait`: False returns when the server has answered; namespaces follow when they do.
        * `wait_timeout`: seconds that namespaces have once the server has answered, 1 by default.
        * `retry`: True makes further attempts when the first one fails.

        `url`, `headers` and `auth` may be functions or coroutine functions without arguments, which
        are called at each attempt. Raises `ConnectionError` of `sio_client.exceptions` when the
        client cannot be connected or is already, `ValueError` for arguments that cannot be right.
        Call `disconnect` in the end.
        """
        run = self._begin(
            *(retry, wait, url, headers, auth),
            *(transports, namespaces, socketio_path, wait_timeout),
        )
        try:
            self._attempt(run, first=True)
            await resolve(run.settled.wait())
            if isinstance(run.failure, BaseException):
                run.raise_failure()
            if run.succeeded:
                await resolve(self._arrived(run))
        except BaseException:
            await resolve(self._give_up())
            raise
        if not run.succeeded:
            await resolve(self._quiet())
            run.raise_failure()

    async def emit(
        self,
        event: str,
        data: Any = None,
        namespace: str | None = None,
        callback: Callable[..., Any] | None = None,
    ) -> None:
        """Send an event to the server.

        For example::

            await sio.emit("move", (3, 4))  # two arguments
            await sio.emit("save", {"text": "hello"}, callback=print)

        * `event`: the name; those of the API, such as `connect`, are reserved.
        * `data`: the one argument, a tuple of several, or None (default) for none. Bytes may be
          anywhere in it.
        * `namespace`: one that is connected; None (default) is `/`.
        * `callback`: a function or coroutine function that is called with the arguments of the
          server's acknowledgement; not at all if the connection is lost before.

        Raises `BadNamespaceError` when the namespace is not connected, `ValueError` for a reserved
        name and for data that cannot be encoded. Waits while the server is slow to take what it was
        sent.
        """
        raise NotImplementedError

    async def send(
        self,
        data: Any,
        namespace: str | None = None,
        callback: Callable[..., Any] | None = None,
    ) -> None:
        """Send an event with the name `message`: `emit` with `data`, `namespace` and `callback`."""
        await resolve(self.emit("message", data=data, namespace=namespace, callback=callback))

    async def call(
        self,
        event: str,
        data: Any = None,
        namespace: str | None = None,
        timeout: float | None = 60,
    ) -> Any:
        """Send an event and wait for the server's acknowledgement.

        For example::

            total = await sio.call("add", (1, 2), timeout=5)

        `event`, `data` and `namespace` are those of `emit`; `timeout` is in seconds, 60 by default,
        None for no limit. Returns None, the one value, or a tuple of several. Raises `TimeoutError`
        of `sio_client.exceptions` when the time is over, `CallAbortedError`, which is one, at once
        when the connection is lost, and what `emit` raises.
        """
        raise NotImplementedError

    async def disconnect(self) -> None:
        """Disconnect from the server, or stop trying to connect.

        What was emitted is sent first. Returns after the disconnect handlers, within two seconds in
        any case; a client that is not connected is left as it is.
        """
        await resolve(self._disconnect())

    async def shutdown(self) -> None:
        """Disconnect, as `disconnect` does, which ends the attempts to connect again too."""
        await resolve(self.disconnect())

    async def wait(self) -> None:
        """Wait until there is no connection any more, and no attempt to make one.

        That is after `disconnect`, when the server has disconnected the client, or when the
        attempts to connect again have come to their end.
        """
        await resolve(self._wait_for_end())

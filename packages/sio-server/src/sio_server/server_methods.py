"""The methods of both servers that wait: coroutines, which `Server` runs to their end.

What they wait for goes through `_waits` of the server's colour.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Collection, Hashable
from functools import partial
from typing import Any

from .construction import DriverT
from .managers.local import AsyncManager
from .user_sessions import AwaitedSessions


class ServerMethods(AwaitedSessions[AsyncManager, DriverT]):
    """`ServerMethods` has the methods of both servers that wait, but what is of one colour."""

    @staticmethod
    @abstractmethod
    def _waits(call: Any, /) -> Awaitable[Any]:
        """Make a call of this colour something to await."""

    @abstractmethod
    def _wait_for_answer(self, ask: Callable[..., Any], timeout: float | None) -> Any:
        """Wait for what a client acknowledges an event with: that of the flow `ask(awaited)`."""

    # Sending --------------------------------------------------------------

    async def emit(
        self,
        event: str,
        data: Any = None,
        to: Any = None,
        room: Any = None,
        skip_sid: str | Collection[str] | None = None,
        namespace: str | None = None,
        callback: Callable[..., Any] | None = None,
        ignore_queue: bool = False,
    ) -> None:
        """Send an event to one client, to the clients in rooms, or to everyone.

        For example::

            await sio.emit("news", {"text": "it rains"}, namespace="/weather")
            await sio.emit("move", (3, 4), room="game 7", skip_sid=sid)  # two arguments

        * `event`: the name; those of the API, such as `connect`, are reserved.
        * `data`: the one argument, a tuple of several, or None (default) for none. Bytes may be
          anywhere in it.
        * `to`, or its other name `room`: the sid of a client, a room, or a list of these; None
          (default): everyone in the namespace. An empty list is nobody.
        * `skip_sid`: a sid, or a list of them, of clients that do not get it.
        * `namespace`: None (default) is `/`.
        * `callback`: a function or coroutine function that is called with the arguments of each
          client's acknowledgement.
        * `ignore_queue`: True reaches clients of this process only, where a manager knows of
          others.

        Raises `ValueError` for a reserved name and for data that cannot be encoded, `TypeError` for
        what cannot be a room. Where there is a single recipient, this waits while more than half of
        what may be queued for it is; a client that takes nothing for `slow_client_timeout` seconds
        is disconnected.
        """
        target = room if to is None else to
        if target is not None and type(target) is not str:
            self._check_target(target, namespace or "/")
        await self.manager.emit(
            event,
            data,
            namespace or "/",
            room=target,
            skip_sid=skip_sid,
            callback=callback,
            ignore_queue=ignore_queue,
        )

    async def call(
        self,
        event: str,
        data: Any = None,
        to: str | None = None,
        sid: str | None = None,
        namespace: str | None = None,
        timeout: float | None = 60,
        ignore_queue: bool = False,
    ) -> Any:
        """Send an event to one client and wait for its acknowledgement.

        For example::

            answer = await sio.call("ready?", to=sid, timeout=5)

        * `event`, `data`, `namespace`, `ignore_queue`: as for `emit`.
        * `to`, or its other name `sid`: the sid of the client.
        * `timeout`: seconds, 60 by default; None: no limit.

        Returns None, the one value, or a tuple of several. Raises `TimeoutError` of
        `sio_server.exceptions` when the time is over, and `CallAbortedError`, which is one, at once
        when the client disconnects; `ValueError` without a recipient, and for what `emit` refuses;
        `RuntimeError` with `async_handlers=False`, where the answer could not be read meanwhile.
        """
        ask = partial(
            self._calling,
            event=event,
            data=data,
            to=to,
            sid=sid,
            namespace=namespace,
            ignore_queue=ignore_queue,
        )
        return await self._waits(self._wait_for_answer(ask, timeout))

    # Rooms ----------------------------------------------------------------

    async def enter_room(self, sid: str, room: Hashable, namespace: str | None = None) -> None:
        """Put a client into a room, which exists from its first member on.

        For example `await sio.enter_room(sid, "game 7")`. `sid` is a client of `namespace` (None:
        `/`); `room` is any value that can be hashed, but None. Raises `ValueError` for a sid that
        is not connected, and for a room that is the sid of another client: a program may take the
        names of rooms from its clients.
        """
        await self._waits(self.manager.enter_room(sid, namespace or "/", room))

    async def leave_room(self, sid: str, room: Hashable, namespace: str | None = None) -> None:
        """Take a client out of a room; the last one out ends the room.

        `sid` is a client of `namespace` (None: `/`). A client that is not in `room` is left as it
        is.
        """
        await self._waits(self.manager.leave_room(sid, namespace or "/", room))

    async def close_room(self, room: Hashable, namespace: str | None = None) -> None:
        """Take every client of `namespace` (None: `/`) out of a room.

        Raises `ValueError` for a `room` that is the sid of a client.
        """
        await self._waits(self.manager.close_room(room, namespace or "/"))

    # User sessions --------------------------------------------------------

    async def get_session(self, sid: str, namespace: str | None = None) -> dict[str, Any]:
        """Return the user session of a client: a dictionary that is the application's to fill.

        For example `await sio.get_session(sid)`. `sid` is a client of `namespace` (None: `/`),
        which has a session of its own there. The dictionary is live, kept in the memory of this
        process, and gone when the disconnect handler has returned. Raises `KeyError` for a sid that
        is not connected.
        """
        socket = self._socket(sid, namespace)
        if socket.data is None:
            socket.data = {}
        return socket.data

    async def save_session(
        self, sid: str, session: dict[str, Any], namespace: str | None = None
    ) -> None:
        """Replace the user session of a client by the dictionary `session`.

        `sid` is a client of `namespace` (None: `/`). Raises `KeyError` for a sid that is not
        connected.
        """
        self._socket(sid, namespace).data = session

    # Hooks that programs replace or call ----------------------------------

    async def _send_packet(self, eio_sid: str, pkt: Any) -> None:
        """Send a packet to the client of a connection.

        Where a program has one of its own, that gets every packet but events that nobody is to
        acknowledge. `pkt` is a `Packet`; a connection that is not there is ignored.
        """
        self._hooks_of_applications().send_packet(eio_sid, pkt)

    async def _send_eio_packet(self, eio_sid: str, eio_pkt: Any) -> None:
        """Send one packet of Engine.IO to the client of a connection.

        Where a program has one of its own, that gets the events that `_send_packet` does not get:
        the text of each, and each of its attachments. `eio_pkt.data` is the text or the bytes.
        """
        self._hooks_of_applications().send_engine_packet(eio_sid, eio_pkt)

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> None:
        """Take a connection, which asks for namespaces next.

        A program may call it for a client without a connection, such as one of its tests: what that
        is sent goes to the `_send_packet` and `_send_eio_packet` of the program alone.
        """
        await self._hooks_of_applications().connect(eio_sid, environ)

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        """Take a text or bytes that came over a connection.

        For a client without a connection it returns when the handlers have, and raises what they
        raise; with `async_handlers` those of events may run on.
        """
        await self._hooks_of_applications().message(eio_sid, data)

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        """Take the end of a connection, for a `reason` that the disconnect handlers are given."""
        await self._hooks_of_applications().disconnect(eio_sid, reason)

    # Life -----------------------------------------------------------------

    async def disconnect(
        self,
        sid: str,
        namespace: str | None = None,
        ignore_queue: bool = False,
        *,
        close: bool = False,
    ) -> None:
        """Disconnect a client from a namespace, or with `close` end its whole connection.

        For example `await sio.disconnect(sid)`. `sid` is a client of `namespace` (None: `/`); a sid
        that is not connected is ignored. With `ignore_queue` other processes are not asked, where a
        manager knows of some. Returns after the disconnect handler has run; with `close`,
        after those of all namespaces of the client, one after another. A client whose connect
        handler still runs is disconnected when that has returned. A client that is told so does not
        connect again by itself.
        """
        name = namespace or "/"
        ours = ignore_queue or close
        if ours or await self._waits(self.manager.can_disconnect(sid, name)):
            await self._waits(self.local.disconnect(sid, name, close=close))

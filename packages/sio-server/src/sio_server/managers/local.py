"""The client manager: the documented face over the core's rooms.

A server asks its manager for everything that another server process might
have a say in. This one knows only its own process; managers for a message
queue build on it. `BaseManager` is what needs no waiting; `AsyncManager` adds methods that
are coroutines, which `Manager` runs to their end, but for `emit`.
"""

from __future__ import annotations

import json as standard_json
import logging
from collections.abc import Callable, Collection, Hashable, Iterator
from typing import Any, Generic, TypeVar

from sio_core.handlers.both_colours import blocking, blocking_as
from sio_core.handlers.flows import resolve
from sio_core.socketio import Emit, event_args

from ..options import generate_id
from ..patched.watched import Watched
from .heard import HEARD, heard
from .look_ups import LookUps
from .nobody import nobody
from .room_events import RoomEvents
from .served import AsyncServed, BlockingServed, Served

ServerT = TypeVar("ServerT", bound=Served)


def recipients(to: Any, room: Any) -> list[Hashable] | None:
    """Return the rooms that `to` and its alias `room` name: None is everyone, an empty list nobody.

    Only None means everyone: an empty name or list reaches nobody.
    """
    target = room if to is None else to
    if target is None:
        return None
    if isinstance(target, list | tuple | set | frozenset):
        return [name for name in target if name is not None]
    return [target]


def sids(skip_sid: str | Collection[str] | None) -> Collection[str]:
    """Return the session ids to skip."""
    if skip_sid is None:
        return ()
    return (skip_sid,) if isinstance(skip_sid, str) else skip_sid


class BaseManager(LookUps, Watched, Generic[ServerT]):
    """A manager knows clients and rooms of one server process: this is what needs no waiting.

    Without a server it has no clients, and what it sends reaches nobody: a subclass may send by
    other ways. A subclass that has methods of its own with these names, or a manager or class in
    which they are replaced at any time, hears of every client:

    * `pre_connect(eio_sid, namespace)` before its connect handler, and `basic_enter_room` of the
      rooms None, which is everyone, and its own;
    * `connect(sid, namespace)`, and `enter_room` of its own room, once that took it;
    * `pre_disconnect(sid, namespace)` before its disconnect handler;
    * `leave_room` of each room, and `disconnect(sid, namespace, ignore_queue=True)`, after it, and
      `basic_leave_room`, of None too, and `basic_disconnect(sid, namespace)`;
    * `trigger_callback(sid, ack_id, values)` when it acknowledges an event. The method of this
      class calls the callback.

    One that has a `basic_enter_room` of its own is not told of the own room by `enter_room` as
    well, and so with `leave_room`.
    """

    _plain_methods = dict.fromkeys(HEARD)

    server: ServerT
    json: Any = standard_json
    """What writes and reads the messages to other processes, where a manager knows of some."""

    def __init__(self) -> None:
        self.logger: logging.Logger | None = None
        self.server = None  # type: ignore[assignment]  # until it is given to one
        self._local: Any = None
        self._calls = nobody()
        self._room_events = RoomEvents(lambda: self.server.local)
        self._topics: dict[str, Callable[[Any], None]] = {}

    def set_server(self, server: ServerT) -> None:
        """Take `server`, which this manager is given to; servers call it."""
        self.server = server
        self._local = server.local
        self._calls = server.local.calls
        if self._room_events:
            self._calls.observe_rooms(self._room_events.observe)
        self._begin_watching()

    def _note_patches(self) -> None:
        """Have those methods hear of clients that a program has put here or into the class."""
        if self._local is not None:
            self._local.hear(heard(self))

    def initialize(self) -> None:
        """Begin, before the first client connects: the place to start background tasks."""

    def is_ready(self) -> bool:
        """Return whether clients may come; where they may not yet, `wait_ready` waits for it."""
        return True

    def new_sid(self) -> str:
        """Return the sid of a client that comes: 20 characters that nobody can guess."""
        return generate_id()

    def forget_ack(self, callback: Any) -> None:
        """Wait no more for acknowledgements of what was sent to other processes with `callback`."""

    def tell_servers(self, topic: str, value: Any) -> None:
        """Tell the other servers something that is not for clients: here there are none.

        `value` is what JSON can carry; those that hear of `topic` are called with it.
        """

    def hear_servers(self, topic: str, hear: Callable[[Any], None] | None) -> None:
        """Have `hear` called with what other servers tell of `topic`; None ends it.

        It must not wait.
        """
        if hear is None:
            self._topics.pop(topic, None)
        else:
            self._topics[topic] = hear

    def on(self, event: str, handler: Any = None, namespace: str | None = None) -> Any:
        """Register `handler` for an `event` of the rooms of `namespace`.

        Without `handler`, returns a decorator. `"create-room"` and `"delete-room"` are handled by
        `handler(room)`, `"join-room"` and `"leave-room"` by `handler(room, sid)`; with `"*"` as the
        namespace, its name comes first.
        The room of each client's own is reported too. Handlers run soon after, one at a time and in
        order, for an `AsyncManager` they may be coroutine functions; what they raise is logged.
        Raises `ValueError` for another event.
        """

        def register(function: Any) -> Any:
            observes = bool(self._room_events)
            self._room_events.add(event, function, namespace or "/")
            if not observes:
                self._calls.observe_rooms(self._room_events.observe)
            return function

        return register if handler is None else register(handler)

    def get_participants(self, namespace: str, room: Any) -> Iterator[tuple[str, str]]:
        """Return a pair of sid and Engine.IO id for all in `room` of `namespace`.

        `room` may be a list of rooms, and None is everyone.
        """
        for socket in self._calls.select(namespace, recipients(room, None)):
            yield socket.sid, socket.session.sid

    def pre_connect(self, /, eio_sid: str, namespace: str) -> Any:
        """Return the sid in `namespace` of the Engine.IO id `eio_sid`, or None."""
        return self.sid_from_eio_sid(eio_sid, namespace)

    def connect(self, /, sid: str, namespace: str) -> Any:
        """Return `sid`, if that is a client of `namespace`, or None."""
        return sid if self.is_connected(sid, namespace) else None

    def pre_disconnect(self, sid: str, namespace: str) -> str | None:
        """Return the Engine.IO id of the client `sid` of `namespace`, or None.

        It is called before the disconnect handler, where a subclass has a method of its own.
        """
        return self.eio_sid_from_sid(sid, namespace)

    def basic_enter_room(
        self, sid: str, namespace: str, room: Hashable, eio_sid: str | None = None
    ) -> None:
        """Put the client `sid` of `namespace` into `room`; `enter_room` calls it.

        With `eio_sid`, which says that the client comes, nothing is done for the room None: it is
        in that already. Raises `ValueError` as `enter_room` does.
        """
        if room is not None or eio_sid is None:
            self._enter(sid, namespace, room)

    def basic_leave_room(self, sid: str, namespace: str, room: Hashable) -> None:
        """Take the client `sid` of `namespace` out of `room`; `leave_room` calls it."""
        socket = self._calls.find(sid, namespace)
        if socket is not None:
            self._calls.leave(socket, room)

    def basic_close_room(self, room: Hashable, namespace: str) -> None:
        """Take every client of `namespace` in this process out of `room`; `close_room` calls it.

        A `basic_leave_room` of a program's own is called for each of them. Raises `ValueError` for
        a room that is the sid of a client.
        """
        hears = self._local is not None and "basic_leave_room" in heard(self)
        members = list(self.get_participants(namespace, [room])) if hears else []
        self._calls.close_room(room, namespace)
        for sid, _ in members:
            self.basic_leave_room(sid, namespace, room)

    def basic_disconnect(self, sid: str, namespace: str, **kwargs: Any) -> None:
        """Disconnect the client `sid` of `namespace` from this process; its handlers run soon.

        `kwargs` are not used.
        """
        if self._local is not None:
            self._local.start_disconnect(sid, namespace)

    def _enter(self, sid: str, namespace: str, room: Hashable) -> None:
        socket = self._calls.find(sid, namespace)
        if socket is None:
            raise ValueError("sid is not connected to requested namespace")
        self._calls.join(socket, room)

    def _answer(self, sid: str, args: tuple[Any, ...]) -> None:
        """Call the callback that waits for an acknowledgement of a client, if one does."""
        if len(args) == 3:
            namespace, ack_id, data = args
            namespaces = [namespace]
        else:
            ack_id, data = args
            namespaces = list(self.get_namespaces())
        found = (self._calls.find(sid, namespace) for namespace in namespaces)
        for socket in found:
            if socket is not None and self._local.answer(socket, ack_id, list(data)):
                return

    def _get_logger(self) -> logging.Logger:
        """The manager's own logger, or the server's."""
        if self.logger is not None:
            return self.logger
        served: Served | None = self.server
        return logging.getLogger("socketio") if served is None else served.logger


class AsyncManager(BaseManager[AsyncServed]):
    """An `AsyncManager` knows the clients and rooms of one asyncio server process."""

    async def wait_ready(self) -> None:
        """Wait until clients may come: a manager of one process is ready."""

    async def close(self) -> None:
        """End what `initialize` began; a server that ends calls it."""

    async def pre_connect(self, eio_sid: str, namespace: str) -> str | None:
        """Return the sid in `namespace` of the Engine.IO id `eio_sid`, or None.

        It is called before the connect handler, where a subclass has a method of its own.
        """
        return self.sid_from_eio_sid(eio_sid, namespace)

    async def connect(self, sid: str, namespace: str) -> str | None:
        """Return `sid`, if that is a client of `namespace`, or None."""
        return sid if self.is_connected(sid, namespace) else None

    async def can_disconnect(self, sid: str, namespace: str) -> bool:
        """Return whether the client `sid` of `namespace` is connected to this process."""
        return self.is_connected(sid, namespace)

    async def disconnect(self, /, sid: str, namespace: str, **kwargs: Any) -> None:
        """Disconnect the client `sid` of this process from `namespace`.

        `kwargs` are not used here: they are for managers of several processes.
        """
        if self._local is not None:
            await resolve(self._local.disconnect(sid, namespace))

    async def enter_room(
        self, sid: str, namespace: str, room: Hashable, eio_sid: str | None = None
    ) -> None:
        """Put the client `sid` of `namespace` into `room`.

        Raises `ValueError` for a sid that is not connected, and for a room that is the sid of
        another client. `eio_sid` is not used.
        """
        self.basic_enter_room(sid, namespace, room, eio_sid=eio_sid)

    async def leave_room(self, sid: str, namespace: str, room: Hashable) -> None:
        """Take the client `sid` of `namespace` out of `room`, if it is there."""
        self.basic_leave_room(sid, namespace, room)

    async def close_room(self, room: Hashable, namespace: str) -> None:
        """Take every client of `namespace` out of `room`.

        Raises `ValueError` for a room that is the sid of a client.
        """
        self.basic_close_room(room, namespace)

    async def emit(
        self,
        /,
        event: str,
        data: Any,
        namespace: str,
        room: Any = None,
        skip_sid: Any = None,
        callback: Callable[..., Any] | None = None,
        to: Any = None,
        ignore_queue: bool = False,
        **kwargs: Any,
    ) -> None:
        """Send an event to the clients of this process that are in the given rooms.

        `event`, `data`, `namespace`, `skip_sid` and `callback` are those of `emit` of the server;
        `room`, or its other name `to`, is a room, a list of rooms, or None for everyone.
        `ignore_queue` and `kwargs` are not used here.
        """
        if self._local is None:
            return
        # Most events are for one client: 0.2 µs of each.
        rooms = [room] if to is None and type(room) is str else recipients(to, room)
        skip = () if skip_sid is None else sids(skip_sid)
        emit = Emit(event, event_args(data), namespace, rooms, skip, token=callback)
        await self._local.emit(emit)

    async def trigger_callback(self, sid: str, id: Any, data: Any, *more: Any) -> None:
        """Call the callback that waits for an acknowledgement of the client `sid`.

        `id` is the number of the acknowledgement, `data` the list of its values; an older form has
        the namespace before both, so that the list comes in `more`.
        """
        self._answer(sid, (id, data, *more))


class Manager(BaseManager[BlockingServed]):
    """A `Manager` knows the clients and rooms of one blocking server process."""

    wait_ready = blocking(AsyncManager.wait_ready)
    close = blocking(AsyncManager.close)
    can_disconnect = blocking(AsyncManager.can_disconnect)
    disconnect = blocking(AsyncManager.disconnect)
    enter_room = blocking(AsyncManager.enter_room)
    leave_room = blocking(AsyncManager.leave_room)
    close_room = blocking(AsyncManager.close_room)

    @blocking_as(AsyncManager.emit)
    def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: Any = None,
        skip_sid: Any = None,
        callback: Callable[..., Any] | None = None,
        to: Any = None,
        ignore_queue: bool = False,
        **kwargs: Any,
    ) -> None:
        if self._local is None:
            return
        # Most events are for one client: 0.2 µs of each.
        rooms = [room] if to is None and type(room) is str else recipients(to, room)
        skip = () if skip_sid is None else sids(skip_sid)
        emit = Emit(event, event_args(data), namespace, rooms, skip, token=callback)
        self._local.emit(emit)

    trigger_callback = blocking(AsyncManager.trigger_callback)

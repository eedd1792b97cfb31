"""The methods of a cluster's manager that wait: coroutines, which a blocking one runs to their end.

What they wait for goes through `waits` of the manager's colour.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from sio_core import cluster

from ..local import AsyncManager
from ..served import AsyncServed
from .anywhere import ANSWER_SECONDS, Answer, Anywhere
from .member import LEAVE_SECONDS


class AnywhereMethods(Anywhere[AsyncServed], AsyncManager):
    """The methods of a manager that reach clients of this process and of others."""

    async def emit(
        self,
        /,
        event: str,
        data: Any,
        namespace: str | None = None,
        room: Any = None,
        skip_sid: Any = None,
        callback: Callable[..., Any] | None = None,
        to: Any = None,
        ignore_queue: bool = False,
        **kwargs: Any,
    ) -> None:
        """Send an event to the clients of all processes that are in the given rooms.

        `event`, `data`, `namespace`, `skip_sid` and `callback` are those of `emit` of the server;
        `room`, or its other name `to`, is a room, a list of rooms, or None for everyone. With
        `ignore_queue` the clients of this process alone get it; `kwargs` are not used. Raises
        `ValueError` for what cannot be sent and a message above `max_publish_size`, `RuntimeError`
        for a callback in a process that only emits.
        """
        emit = self._make_emit(event, data, namespace or "/", room if to is None else to, skip_sid)
        message = None if ignore_queue else self._tell_others(emit, callback)
        if self._local is not None:
            emit.token = callback
            await self.waits(self._local.emit(emit, message))
        if self.write_only and not ignore_queue:
            await self._flush()

    async def can_disconnect(self, sid: str, namespace: str) -> bool:
        """Return whether the client `sid` is here; if not, have its process disconnect it."""
        if self.is_connected(sid, namespace):
            return True
        await self.waits(self.disconnect(sid, namespace))
        return False

    async def disconnect(self, /, sid: str, namespace: str | None = None, **kwargs: Any) -> None:
        """Disconnect the client `sid` of any process from `namespace` (None: `/`).

        With `ignore_queue=True` other processes are not asked.
        """
        namespace = namespace or "/"
        if not self._is_here(sid, namespace, kwargs):
            await self._have_done("disconnect", sid, namespace)
        elif self._local is not None:
            await self.waits(self._local.disconnect(sid, namespace))

    async def enter_room(
        self, sid: str, namespace: str, room: Hashable, eio_sid: str | None = None
    ) -> None:
        """Put the client `sid` of any process into `room`.

        Raises `ValueError` for a room that is the sid of another client of this process. Returns
        once what other processes send to the room comes here, if the broker can be reached;
        `eio_sid` is not used.
        """
        if self._is_here(sid, namespace):
            self.basic_enter_room(sid, namespace, room, eio_sid=eio_sid)
            await self._subscribed(namespace, room)
        else:
            await self._have_done("enter_room", sid, room, namespace)

    async def leave_room(self, sid: str, namespace: str, room: Hashable) -> None:
        """Take the client `sid` of any process out of `room`, if it is there."""
        if self._is_here(sid, namespace):
            self.basic_leave_room(sid, namespace, room)
        else:
            await self._have_done("leave_room", sid, room, namespace)

    async def close_room(self, room: Hashable, namespace: str | None = None) -> None:
        """Take every client of `namespace` (None: `/`), of all processes, out of `room`.

        Raises `ValueError` for a room that is the sid of a client of this process.
        """
        namespace = namespace or "/"
        self.basic_close_room(room, namespace)
        await self._have_done("close_room", room, namespace)

    async def is_connected_anywhere(
        self, sid: str, namespace: str = "/", timeout: float = 1.0
    ) -> bool:
        """Return whether the client `sid` of `namespace` is connected to any process.

        Waits `timeout` seconds at most, 1 by default, for the process that would know. Servers of
        python-socketio cannot be asked. Raises `RuntimeError` in a process that only emits.
        """
        if self.is_connected(sid, namespace):
            return True
        self._check_hears()
        answer = Answer(self._new_flag())
        runner = self._running()
        now = runner.now()
        self._take(runner.ask(runner.node.find, sid, namespace, answer, now + timeout, now))
        await self.waits(answer.flag.wait(timeout + ANSWER_SECONDS))
        return answer.found

    async def wait_ready(self) -> None:
        """Wait until this process hears the others, for two seconds at most."""
        await self._expect(self._running().is_ready)

    async def close(self) -> None:
        """Leave the cluster, and end what runs for it; the end of the server calls this."""
        self._is_closed = True
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.close(LEAVE_SECONDS)
        await self._end_rest()

    # Of a subclass ----------------------------------------------------------

    async def _publish(self, data: dict[str, Any]) -> Any:
        """Publish `data`, which JSON can carry, on the channel; raises if it cannot.

        What it returns is not looked at; this one returns True.
        """
        payload = self._published_form(data)
        broker = self._inner_broker()
        await self.waits(broker.publish([cluster.Publication(self.channel, payload)]))
        return True

    async def _thread(self) -> None:
        """Listen to the other processes until the end; a subclass may do something around it."""
        runner = self._runner
        if runner is not None:
            await runner.listen()

    async def _perform(self, message: Mapping[str, Any]) -> None:
        runner = self._runner
        if runner is None:
            if self._is_closed:  # a `_thread` of a subclass has heard one message more
                return
            runner = self._running()
        runner.heard_elsewhere()
        self._take(self._own_handlers.perform(runner, self.channel, message))

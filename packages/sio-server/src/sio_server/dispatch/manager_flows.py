"""What a manager hears of clients that come and go, in both colours.

`managers/heard.py` says which of its methods hear. None of the manager of one process does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sio_core.socketio import AckReceived, Socket

from ..drivers.calls import Calls
from .application import Hooks
from .runners import Flow


class ManagerFlows:
    """Calls the methods of a server's manager that hear of its clients."""

    calls: Calls

    def __init__(self, hooks: Hooks) -> None:
        self.hooks = hooks
        self.heard: Mapping[str, Callable[..., Any]] = {}
        """The methods by which a manager hears of clients, by name: none for one that knows this
        process alone."""
        self._heard_acks: dict[tuple[Socket, int], AckReceived] = {}

    def _tell(self, name: str, *args: Any, **more: Any) -> Flow[None]:
        """Call a method of the manager, where it has one that hears. What it raises is logged."""
        method = self.heard.get(name)
        if method is not None:
            try:
                yield partial(method, *args, **more)
            except Exception as error:
                self.hooks.log_raised(name, "", error, self.calls.now())

    def _tell_of_coming(self, socket: Socket) -> Flow[None]:
        sid, namespace, eio_sid = socket.sid, socket.namespace, socket.session.sid
        yield from self._tell("pre_connect", eio_sid, namespace)
        for room in (None, sid):
            yield from self._tell("basic_enter_room", sid, namespace, room, eio_sid=eio_sid)

    def _tell_of_connection(self, socket: Socket) -> Flow[None]:
        sid, namespace, eio_sid = socket.sid, socket.namespace, socket.session.sid
        yield from self._tell("connect", sid, namespace)
        if "basic_enter_room" not in self.heard:
            yield from self._tell("enter_room", sid, namespace, sid, eio_sid)

    def _tell_of_end(self, socket: Socket) -> Flow[None]:
        sid, namespace = socket.sid, socket.namespace
        leave = "basic_leave_room" if "basic_leave_room" in self.heard else "leave_room"
        for room in self.calls.rooms_of(socket):
            yield from self._tell(leave, sid, namespace, room)
        yield from self._tell("basic_leave_room", sid, namespace, None)
        yield from self._tell("basic_disconnect", sid, namespace)
        # `ignore_queue`: each server tells its own manager, so none passes it on to others.
        yield from self._tell("disconnect", sid, namespace, ignore_queue=True)

    def _tell_of_ack(self, event: AckReceived) -> Flow[None]:
        """Let the manager call the callback of an acknowledgement, by `take_heard_ack`."""
        key = event.socket, event.ack_id
        self._heard_acks[key] = event
        try:
            yield from self._tell("trigger_callback", event.socket.sid, event.ack_id, event.args)
        finally:
            self._heard_acks.pop(key, None)

    def take_heard_ack(self, socket: Socket, ack_id: int) -> AckReceived | None:
        """Return the acknowledgement that the manager is being told of, once."""
        return self._heard_acks.pop((socket, ack_id), None)

"""The methods `_handle_emit` and the like of a subclass: they get messages of other processes.

They take the form of python-socketio, whatever came. Where a manager has none of its own, nothing
of this is there.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from sio_core import cluster
from sio_core.cluster.json_messages import Callback, JSONMessages
from sio_core.cluster.routed_messages import ACK, MAGIC, read_head
from sio_core.codecs.choose_json import json_of
from sio_core.codecs.json_limits import refuse_deep
from sio_core.protocol_errors import DecodeError

from .contents import with_contents

if TYPE_CHECKING:
    from .runner import Runner

HANDLERS: Mapping[type, str] = {
    cluster.EmitReceived: "_handle_emit",
    cluster.RemoteAckReceived: "_handle_callback",
    cluster.DisconnectAsked: "_handle_disconnect",
    cluster.EnterAsked: "_handle_enter_room",
    cluster.LeaveAsked: "_handle_leave_room",
    cluster.CloseAsked: "_handle_close_room",
}


def has_own(manager: Any, base: type, *names: str) -> bool:
    """Return whether one of the methods `names` of `manager` is not that of `base`."""
    return any(
        getattr(getattr(manager, name), "__func__", None) is not getattr(base, name)
        for name in names
    )


def own_handlers(manager: Any, base: type) -> Mapping[type, Callable[..., Any]]:
    """Return the methods of `manager` that are not those of `base`, by the event they are for."""
    return {
        event: getattr(manager, name)
        for event, name in HANDLERS.items()
        if has_own(manager, base, name)
    }


class OwnHandlers:
    """Calls `handlers`, and `take` for what they are not for.

    `waits` makes a call something to await, `parser` reads the frames that clients get.
    """

    def __init__(
        self,
        handlers: Mapping[type, Callable[..., Any]],
        take: Callable[[Sequence[cluster.NodeEvent]], None],
        waits: Callable[[Any], Awaitable[Any]],
        parser: Any,
        config: cluster.NodeConfig,
        json: Any,
        log: Callable[[], logging.Logger],
    ) -> None:
        self._log = log
        self._handlers = handlers
        self._take = take
        self._waits = waits
        self._parser = parser
        self._config = config
        self._codec = json_of(json)
        self._messages = JSONMessages(self._codec, config.limits)
        self._acks: dict[int, cluster.RemoteAckReceived] = {}

    async def hear(self, runner: Runner, channel: str, payload: Any) -> None:
        """Have a message of the broker done."""
        given, host_id, number = self._look_at(payload)
        events = runner.receive(channel, payload)
        for event in events:
            handler = self._handlers.get(type(event))
            if handler is None:
                self._take((event,))
                continue
            try:
                message = self._message(event, host_id, number) if given is None else given
                if isinstance(event, cluster.RemoteAckReceived):
                    self._acks[message["id"]] = event
                await self._waits(handler(message))
            except Exception:
                self._log().exception("%s of the manager raised", HANDLERS[type(event)])
            finally:
                self._acks.clear()

    def perform(
        self, runner: Runner, channel: str, message: Mapping[str, Any]
    ) -> Sequence[cluster.NodeEvent]:
        """Return what a message asks for, whoever sent it. Raises `ValueError` for what is none."""
        # Reading puts bytes into their places, also in what the caller has.
        found = self._messages.read(deepcopy(message) if message.get("binary") else message)
        if found is None:
            return ()
        content: Any = found.content
        if type(content) in HANDLERS:
            return (content,)
        event = self._acks.get(content.number) if isinstance(content, Callback) else None
        if event is None:  # a `_thread` of the application's heard it
            return runner.receive(channel, message)
        return (cluster.RemoteAckReceived(event.token, content.args),)

    def _look_at(self, payload: Any) -> tuple[dict[str, Any] | None, str, int]:
        """Return a message in the form of python-socketio, or the host of another, and its number.

        What cannot be read is left to the node, which counts it.
        """
        if isinstance(payload, Mapping):
            given = dict(payload)
            try:
                refuse_deep(given, self._config.limits.json_depth)
            except DecodeError:
                return None, "", 0
            return deepcopy(given), "", 0
        data = payload.encode(errors="replace") if isinstance(payload, str) else bytes(payload)
        try:
            if len(data) > self._config.max_receive_size:
                return None, "", 0
            if not data.startswith(MAGIC):
                return self._messages.parse(data), "", 0
            head, _ = read_head(data, self._codec)
        except DecodeError:
            return None, "", 0
        return None, head[1], head[4] if head[0] == ACK and type(head[4]) is int else head[2]

    def _message(self, event: Any, host_id: str, number: int) -> dict[str, Any]:
        """Return the message that says what came in another form."""
        if isinstance(event, cluster.EmitReceived):
            emit = event.emit
            if event.message is not None:
                emit = with_contents(emit, event.message.frames, self._parser)
            ack = None if event.ack is None else event.ack.number
            return self._messages.emit(emit, host_id, number, ack)[0]
        # What else comes in that form is an acknowledgement.
        address = cluster.AckAddress(host_id, None, "/", number)
        return self._messages.callback(address, event.args, host_id, number)[0]

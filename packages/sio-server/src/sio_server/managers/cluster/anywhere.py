"""What a cluster's manager does for clients of any process, in both colours.

What waits is a coroutine here, which threads run, too (`drivers/entrance.py`).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Hashable, Mapping
from typing import Any, Generic

from ..local import ServerT
from .member import ClusterMember
from .own_handlers import OwnHandlers, own_handlers

READY_SECONDS = 2.0
"""Seconds that a client which comes, or a room which begins, waits for a subscription at most."""

ANSWER_SECONDS = 1.0
"""Seconds beyond its time limit for which an answer is waited for, where no timer runs in time."""


class Anywhere(ClusterMember[ServerT], Generic[ServerT]):
    """The methods of a manager that reach clients of this process and of others."""

    @staticmethod
    @abstractmethod
    def waits(call: Any, /) -> Awaitable[Any]:
        """Make a call of this colour something to await."""

    @abstractmethod
    def _new_flag(self) -> Any:
        """Make an event that can be set and waited for."""

    async def _emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        to: Any,
        skip_sid: Any,
        callback: Callable[..., Any] | None,
        ignore_queue: bool,
    ) -> None:
        emit = self._make_emit(event, data, namespace, to, skip_sid)
        message = None if ignore_queue else self._tell_others(emit, callback)
        if self._local is not None:
            emit.token = callback
            await self.waits(self._local.emit(emit, message))
        elif not ignore_queue:
            await self._flush()

    async def _may_disconnect(self, sid: str, namespace: str) -> bool:
        if self.is_connected(sid, namespace):
            return True
        await self._disconnect(sid, namespace, {})
        return False

    async def _disconnect(self, sid: str, namespace: str, options: Mapping[str, Any]) -> None:
        if not self._is_here(sid, namespace, options):
            await self._have_done("disconnect", sid, namespace)
        elif self._local is not None:
            await self.waits(self._local.disconnect(sid, namespace))

    async def _enter_room(self, sid: str, namespace: str, room: Hashable) -> None:
        if self._is_here(sid, namespace):
            self._enter(sid, namespace, room)
            await self._subscribed(namespace, room)
        else:
            await self._have_done("enter_room", sid, room, namespace)

    async def _leave_room(self, sid: str, namespace: str, room: Hashable) -> None:
        if self._is_here(sid, namespace):
            self._leave(sid, namespace, room)
        else:
            await self._have_done("leave_room", sid, room, namespace)

    async def _close_room(self, room: Hashable, namespace: str) -> None:
        self._calls.close_room(room, namespace)
        await self._have_done("close_room", room, namespace)

    async def _is_connected_anywhere(self, sid: str, namespace: str, timeout: float) -> bool:
        if self.is_connected(sid, namespace):
            return True
        answer = Answer(self._new_flag())
        runner = self._running()
        now = runner.now()
        self._take(runner.ask(runner.node.find, sid, namespace, answer, now + timeout, now))
        await self.waits(answer.flag.wait(timeout + ANSWER_SECONDS))
        return answer.found

    # Messages of other processes ------------------------------------------

    _own_handlers: OwnHandlers

    def _hearing(self, base: type) -> Callable[[Any, str, Any], Awaitable[None]] | None:
        """Return what hears each message, where a subclass of `base` has handlers of its own."""
        handlers = own_handlers(self, base)
        self._own_handlers = OwnHandlers(
            handlers,
            self._take,
            self.waits,
            self._calls.parser,
            self._config,
            self._json_codec(),
            self._get_logger,
        )
        return self._own_handlers.hear if handlers else None

    @abstractmethod
    def _perform(self, message: Mapping[str, Any]) -> Any:
        """Do what a message asks for."""

    def _do(self, message: Mapping[str, Any]) -> None:
        runner = self._running()
        self._take(self._own_handlers.perform(runner, self.channel, message))

    def _handle_emit(self, message: Mapping[str, Any]) -> Any:
        """Send an event to the clients of this process, as another one asks.

        A method of this name in a subclass is called with the message, in the form of
        python-socketio. So it is with the other `_handle_` methods.
        """
        return self._perform(message)

    def _handle_callback(self, message: Mapping[str, Any]) -> Any:
        """Call the callback that waits for an acknowledgement of another process."""
        return self._perform(message)

    def _handle_disconnect(self, message: Mapping[str, Any]) -> Any:
        """Disconnect a client, if it is one of this process."""
        return self._perform(message)

    def _handle_enter_room(self, message: Mapping[str, Any]) -> Any:
        """Put a client into a room, if it is one of this process."""
        return self._perform(message)

    def _handle_leave_room(self, message: Mapping[str, Any]) -> Any:
        """Take a client out of a room, if it is one of this process."""
        return self._perform(message)

    def _handle_close_room(self, message: Mapping[str, Any]) -> Any:
        """Take all clients of this process out of a room."""
        return self._perform(message)

    # Waiting --------------------------------------------------------------

    async def _have_done(self, method: str, *args: Any) -> None:
        """Have the process of a client, or every process, do something: a method of the node."""
        self._order(method, *args)
        await self._flush()

    async def _flush(self) -> None:
        """Publish now, in a process that only emits: it may end after this."""
        if self.write_only:
            await self.waits(self._running().flush())

    async def _ready(self) -> None:
        """Wait until what other processes send to everyone comes here."""
        await self._expect(self._running().is_ready)

    async def _subscribed(self, namespace: str, room: Hashable) -> None:
        """Wait until what other processes send to a room comes here, if the broker is there."""
        runner = self._running()
        node = runner.node
        if runner.is_connected and not node.is_subscribed(namespace, room):
            await self._expect(lambda: node.is_subscribed(namespace, room))

    async def _expect(self, is_so: Callable[[], bool]) -> None:
        runner, flag = self._running(), self._new_flag()
        runner.expect(is_so, flag)
        try:
            await self.waits(flag.wait(READY_SECONDS))
        finally:
            runner.expect_no_more(flag)


class Answer:
    """The answer to a question whether a client is connected; `flag` is set once it is there."""

    __slots__ = ("flag", "found")

    def __init__(self, flag: Any) -> None:
        self.flag = flag
        self.found = False

    def __call__(self, found: bool) -> None:
        """Take the answer."""
        self.found = found
        self.flag.set()

"""What the managers of a cluster share in both colours: how they are made, and what they wait for.

What waits is a coroutine here, which threads run, too (`drivers/entrance.py`).
"""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, Generic, Unpack

from sio_core import cluster

from ..local import ServerT
from .broker import Received
from .member import ClusterMember
from .options import ClusterOptions
from .own_handlers import OwnHandlers, has_own, own_handlers
from .runner import Runner

HOOKS = ("_publish", "_listen", "_thread")
"""The methods by which a subclass is a broker itself, or listens itself."""

READY_SECONDS = 2.0
"""Seconds that a client which comes, or a room which begins, waits for a subscription at most."""

ANSWER_SECONDS = 1.0
"""Seconds beyond its time limit for which an answer is waited for, where no timer runs in time."""


class Anywhere(ClusterMember[ServerT], Generic[ServerT]):
    """A manager of either colour; its methods that wait are in `AnywhereMethods`."""

    @staticmethod
    @abstractmethod
    def waits(call: Any, /) -> Awaitable[Any]:
        """Make a call of this colour something to await."""

    @abstractmethod
    def _new_flag(self) -> Any:
        """Make an event that can be set and waited for."""

    def __init__(
        self,
        channel: str = "socketio",
        write_only: bool = False,
        logger: logging.Logger | None = None,
        json: Any = None,
        **options: Unpack[ClusterOptions],
    ) -> None:
        super().__init__()
        self.logger = logger
        self._prepare(channel, write_only, json, options)

    @classmethod
    def _documented(cls) -> type:
        """Return the documented class of this colour: what a subclass has is its own."""
        return next(base for base in cls.__mro__ if "_hook_broker" in vars(base))

    _hook_broker: type
    """The broker that a subclass with a `_publish` or `_listen` of its own is.

    The documented class of each colour sets it.
    """

    @abstractmethod
    def _thread(self) -> Any:
        """Listen to the other processes until the end."""

    def _make_broker(self) -> Any:
        """Make the broker of a subclass that has one, with the methods of `Broker`, or coroutines.

        See `AsyncBroker` for these.
        """
        raise NotImplementedError(f"a {type(self).__name__} needs the methods _publish and _listen")

    def _choose_broker(self) -> Any:
        if has_own(self, self._documented(), *HOOKS):
            return self._hook_broker(self)
        return self._make_broker()

    def _make_runner(self, node: cluster.Node, broker: Any) -> Runner:
        return self._new_runner(
            *(node, broker, self._take, self._get_logger),
            *(self._thread, self._hearing(self._documented())),
        )

    @abstractmethod
    def _new_runner(self, *args: Any) -> Runner:
        """Make a runner of this colour."""

    async def _open_inner(self) -> Any:
        """Connect the broker of a subclass that listens to it itself.

        Returns the broker, or None where the manager was closed.
        """
        if self._is_closed:
            return None
        broker = self._inner_broker()
        await self.waits(broker.connect())
        await self.waits(broker.subscribe([self.channel]))
        return broker

    def _payloads(self, received: Sequence[Received]) -> Iterator[Any]:
        """Return what was published; note that a channel is subscribed to, whoever listens."""
        for _, payload in received:
            if payload is not None:
                yield payload
            elif self._runner is not None:
                self._runner.heard_elsewhere()

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
            await self._running().flush()

    async def _end_rest(self) -> None:
        """End what a subclass has beside its broker; `close` calls this last."""

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

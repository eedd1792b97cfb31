"""`AsyncPubSubManager`: the documented base of managers for asyncio servers that share a broker."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Hashable, Mapping
from typing import Any, Unpack

from sio_core import cluster

from ...drivers.entrance import awaited
from ..local import AsyncManager
from ..served import AsyncServed
from .anywhere import Anywhere
from .asyncio_runner import AsyncFlag, AsyncRunner
from .hook_brokers import AsyncHookBroker
from .member import LEAVE_SECONDS
from .options import ClusterOptions


class AsyncPubSubManager(Anywhere[AsyncServed], AsyncManager):
    """An `AsyncPubSubManager` joins asyncio servers, and processes that only emit, into one.

    Use a subclass for a broker, such as `AsyncRedisManager` of sio-redis. For a broker of your own
    write a subclass with two methods::

        class MyManager(AsyncPubSubManager):
            async def _publish(self, data):
                await broker.publish(self.channel, json.dumps(data))

            async def _listen(self):
                async for message in broker.listen(self.channel):
                    yield message

    * `channel`: the name that all processes share; `"socketio"` by default.
    * `write_only`: True for a process that emits and has no server; False is the default.
    * `logger`: where the manager logs; None (default): where its server does.
    * `json`: an object with `dumps` and `loads`, for the messages of `_publish` and `_listen`.
    * `options`: see `ClusterOptions`.

    Raises `ValueError` and `TypeError` for options that cannot be.
    """

    name = "asyncpubsub"
    waits = staticmethod(awaited)

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

    # A broker of one's own ------------------------------------------------

    async def _publish(self, data: dict[str, Any]) -> Any:
        """Publish `data`, which JSON can carry, on the channel. Raises anything if it cannot."""
        payload = self._published_form(data)
        await self._inner_broker().publish([cluster.Publication(self.channel, payload)])

    async def _listen(self) -> AsyncIterator[Any]:
        """Yield what is published on the channel: bytes, text or a dictionary each."""
        broker = self._inner_broker()
        await broker.connect()
        await broker.subscribe([self.channel])
        while True:
            for _, payload in await broker.receive():
                if payload is not None:
                    yield payload

    async def _thread(self) -> None:
        """Listen to the other processes until the end; a subclass may do something around it."""
        runner = self._runner
        if runner is not None:
            await runner.listen()

    async def _perform(self, message: Mapping[str, Any]) -> None:
        self._do(message)

    def _make_broker(self) -> Any:
        """Make the broker of a subclass that has one, with the methods of `AsyncBroker`."""
        raise NotImplementedError(f"a {type(self).__name__} needs the methods _publish and _listen")

    def _choose_broker(self) -> Any:
        kind, base = type(self), AsyncPubSubManager
        if kind._publish is base._publish and kind._listen is base._listen:
            return self._make_broker()
        return AsyncHookBroker(self)

    def _make_runner(self, node: cluster.Node, broker: Any) -> AsyncRunner:
        return AsyncRunner(
            node,
            broker,
            self._take,
            self._get_logger,
            self._thread,
            self._hearing(AsyncPubSubManager),
        )

    def _new_flag(self) -> AsyncFlag:
        return AsyncFlag()

    # What servers and programs call ------------------------------------------

    async def emit(
        self,
        event: str,
        data: Any,
        namespace: str = "/",
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
        `ValueError` for what cannot be sent, a message above `max_publish_size`, and for a callback
        in a process that only emits.
        """
        target = room if to is None else to
        await self._emit(event, data, namespace, target, skip_sid, callback, ignore_queue)

    async def can_disconnect(self, sid: str, namespace: str) -> bool:
        """Return whether the client `sid` is here; if not, have its process disconnect it."""
        return await self._may_disconnect(sid, namespace)

    async def disconnect(self, sid: str, namespace: str = "/", **kwargs: Any) -> None:
        """Disconnect the client `sid` of any process from `namespace`.

        With `ignore_queue=True` other processes are not asked.
        """
        await self._disconnect(sid, namespace, kwargs)

    async def enter_room(
        self, sid: str, namespace: str, room: Hashable, eio_sid: str | None = None
    ) -> None:
        """Put the client `sid` of any process into `room`.

        Raises `ValueError` for a room that is the sid of another client of this process. Returns
        once what other processes send to the room comes here, if the broker can be reached;
        `eio_sid` is not used.
        """
        await self._enter_room(sid, namespace, room)

    async def leave_room(self, sid: str, namespace: str, room: Hashable) -> None:
        """Take the client `sid` of any process out of `room`, if it is there."""
        await self._leave_room(sid, namespace, room)

    async def close_room(self, room: Hashable, namespace: str = "/") -> None:
        """Take every client of all processes out of `room`.

        Raises `ValueError` for a room that is the sid of a client of this process.
        """
        await self._close_room(room, namespace)

    async def is_connected_anywhere(
        self, sid: str, namespace: str = "/", timeout: float = 1.0
    ) -> bool:
        """Return whether the client `sid` of `namespace` is connected to any process.

        Waits `timeout` seconds at most, 1 by default, for the process that would know. Servers of
        python-socketio cannot be asked. Raises `ValueError` in a process that only emits.
        """
        return await self._is_connected_anywhere(sid, namespace, timeout)

    async def wait_ready(self) -> None:
        """Wait until this process hears the others, for two seconds at most."""
        await self._ready()

    async def close(self) -> None:
        """Leave the cluster, and end what runs for it; the end of the server calls this."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.close(LEAVE_SECONDS)

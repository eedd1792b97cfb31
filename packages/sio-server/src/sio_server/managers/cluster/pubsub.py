"""`PubSubManager`: the documented base of managers for blocking servers that share a broker."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any, Unpack

from sio_core import cluster

from ...concurrency.primitives import Concurrency
from ...concurrency.threading_mode import threading_mode
from ...drivers.entrance import run_to_end, run_waited, waited
from ..local import Manager
from ..served import BlockingServed
from .anywhere import Anywhere
from .hook_brokers import HookBroker
from .member import LEAVE_SECONDS
from .options import ClusterOptions
from .threads_runner import BlockingRunner


class PubSubManager(Anywhere[BlockingServed], Manager):
    """A `PubSubManager` joins blocking servers, and processes that only emit, into one.

    Use a subclass for a broker, such as `RedisManager` of sio-redis. For a broker of your own
    write a subclass with two methods::

        class MyManager(PubSubManager):
            def _publish(self, data):
                broker.publish(self.channel, json.dumps(data))

            def _listen(self):
                for message in broker.listen(self.channel):
                    yield message

    * `channel`: the name that all processes share; `"socketio"` by default.
    * `write_only`: True for a process that emits and has no server; False is the default.
    * `logger`: where the manager logs; None (default): where its server does.
    * `json`: an object with `dumps` and `loads`, for the messages of `_publish` and `_listen`.
    * `options`: see `ClusterOptions`.

    Raises `ValueError` and `TypeError` for options that cannot be.
    """

    name = "pubsub"
    waits = staticmethod(waited)

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

    def _publish(self, data: dict[str, Any]) -> Any:
        """Publish `data`, which JSON can carry, on the channel. Raises anything if it cannot."""
        payload = self._published_form(data)
        self._inner_broker().publish([cluster.Publication(self.channel, payload)])

    def _listen(self) -> Iterator[Any]:
        """Yield what is published on the channel: bytes, text or a dictionary each."""
        broker = self._inner_broker()
        broker.connect()
        broker.subscribe([self.channel])
        while True:
            for _, payload in broker.receive():
                if payload is not None:
                    yield payload

    def _thread(self) -> None:
        """Listen to the other processes until the end; a subclass may do something around it."""
        runner = self._runner
        if runner is not None:
            run_to_end(runner.listen())

    def _perform(self, message: Mapping[str, Any]) -> None:
        self._do(message)

    def _make_broker(self) -> Any:
        """Make the broker of a subclass that has one, with the methods of `Broker`."""
        raise NotImplementedError(f"a {type(self).__name__} needs the methods _publish and _listen")

    def _choose_broker(self) -> Any:
        kind, base = type(self), PubSubManager
        if kind._publish is base._publish and kind._listen is base._listen:
            return self._make_broker()
        return HookBroker(self)

    def _make_runner(self, node: cluster.Node, broker: Any) -> BlockingRunner:
        return BlockingRunner(
            *(
                node,
                broker,
                self._take,
                self._get_logger,
                self._thread,
                self._hearing(PubSubManager),
            ),
            concurrency=self._concurrency(),
        )

    def _concurrency(self) -> Concurrency:
        """Return the threads or greenlets of the server; a process without one has threads."""
        return threading_mode() if self._local is None else self.server.concurrency

    def _new_flag(self) -> Any:
        return self._concurrency().event()

    # What servers and programs call ------------------------------------------

    def emit(
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
        run_waited(self._emit(event, data, namespace, target, skip_sid, callback, ignore_queue))

    def can_disconnect(self, sid: str, namespace: str) -> bool:
        """Return whether the client `sid` is here; if not, have its process disconnect it."""
        return run_waited(self._may_disconnect(sid, namespace))

    def disconnect(self, sid: str, namespace: str = "/", **kwargs: Any) -> None:
        """Disconnect the client `sid` of any process from `namespace`.

        With `ignore_queue=True` other processes are not asked.
        """
        run_waited(self._disconnect(sid, namespace, kwargs))

    def enter_room(
        self, sid: str, namespace: str, room: Hashable, eio_sid: str | None = None
    ) -> None:
        """Put the client `sid` of any process into `room`.

        Raises `ValueError` for a room that is the sid of another client of this process. Returns
        once what other processes send to the room comes here, if the broker can be reached;
        `eio_sid` is not used.
        """
        run_waited(self._enter_room(sid, namespace, room))

    def leave_room(self, sid: str, namespace: str, room: Hashable) -> None:
        """Take the client `sid` of any process out of `room`, if it is there."""
        run_waited(self._leave_room(sid, namespace, room))

    def close_room(self, room: Hashable, namespace: str = "/") -> None:
        """Take every client of all processes out of `room`.

        Raises `ValueError` for a room that is the sid of a client of this process.
        """
        run_waited(self._close_room(room, namespace))

    def is_connected_anywhere(self, sid: str, namespace: str = "/", timeout: float = 1.0) -> bool:
        """Return whether the client `sid` of `namespace` is connected to any process.

        Waits `timeout` seconds at most, 1 by default, for the process that would know. Servers of
        python-socketio cannot be asked. Raises `ValueError` in a process that only emits.
        """
        return run_waited(self._is_connected_anywhere(sid, namespace, timeout))

    def wait_ready(self) -> None:
        """Wait until this process hears the others, for two seconds at most."""
        run_waited(self._ready())

    def close(self) -> None:
        """Leave the cluster, and end what runs for it; the end of the server calls this."""
        runner, self._runner = self._runner, None
        if runner is not None:
            runner.close(LEAVE_SECONDS)

"""`PubSubManager`: the documented base of managers for blocking servers that share a broker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sio_core.handlers.both_colours import blocking, run_to_end

from ...concurrency.primitives import Concurrency
from ...concurrency.threading_mode import threading_mode
from ...drivers.entrance import waited
from ..local import Manager
from ..served import BlockingServed
from .anywhere import Anywhere
from .anywhere_methods import AnywhereMethods
from .hook_brokers import HookBroker
from .threads_runner import BlockingRunner


class BlockingMethods:
    """The methods of `AnywhereMethods` for threads and greenlets."""

    emit = blocking(AnywhereMethods.emit)
    can_disconnect = blocking(AnywhereMethods.can_disconnect)
    disconnect = blocking(AnywhereMethods.disconnect)
    enter_room = blocking(AnywhereMethods.enter_room)
    leave_room = blocking(AnywhereMethods.leave_room)
    close_room = blocking(AnywhereMethods.close_room)
    is_connected_anywhere = blocking(AnywhereMethods.is_connected_anywhere)
    wait_ready = blocking(AnywhereMethods.wait_ready)
    close = blocking(AnywhereMethods.close)

    # Of a subclass ----------------------------------------------------------

    _publish = blocking(AnywhereMethods._publish)
    _thread = blocking(AnywhereMethods._thread)
    _perform = blocking(AnywhereMethods._perform)


class PubSubManager(BlockingMethods, Anywhere[BlockingServed], Manager):
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
    _hook_broker = HookBroker

    def _new_runner(self, *args: Any) -> BlockingRunner:
        return BlockingRunner(*args, concurrency=self._concurrency())

    def _concurrency(self) -> Concurrency:
        """Return the threads or greenlets of the server; a process without one has threads."""
        return threading_mode() if self._local is None else self.server.concurrency

    def _new_flag(self) -> Any:
        return self._concurrency().event()

    def _listen(self) -> Iterator[Any]:
        """Yield what is published on the channel: bytes, text or a dictionary each."""
        broker = run_to_end(self._open_inner())
        while broker is not None:
            yield from self._payloads(broker.receive())

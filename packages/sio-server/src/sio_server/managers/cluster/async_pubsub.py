"""`AsyncPubSubManager`: the documented base of managers for asyncio servers that share a broker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from ...drivers.entrance import awaited
from .anywhere_methods import AnywhereMethods
from .asyncio_runner import AsyncFlag, AsyncRunner
from .hook_brokers import AsyncHookBroker


class AsyncPubSubManager(AnywhereMethods):
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
    _hook_broker = AsyncHookBroker

    def _new_runner(self, *args: Any) -> AsyncRunner:
        return AsyncRunner(*args)

    def _new_flag(self) -> AsyncFlag:
        return AsyncFlag()

    async def _listen(self) -> AsyncIterator[Any]:
        """Yield what is published on the channel: bytes, text or a dictionary each."""
        broker = await self._open_inner()
        while broker is not None:
            for payload in self._payloads(await broker.receive()):
                yield payload

"""`ZmqManager` and `AsyncZmqManager`: the managers for ZeroMQ."""

from __future__ import annotations

import logging
from typing import Any, Generic, Unpack

from sio_server.managers.cluster.anywhere import Anywhere
from sio_server.managers.cluster.async_pubsub import AsyncPubSubManager
from sio_server.managers.cluster.in_threads import InThreads
from sio_server.managers.cluster.options import ClusterOptions, check_url
from sio_server.managers.cluster.pubsub import PubSubManager
from sio_server.managers.local import ServerT
from sio_server.managers.served import AsyncServed, BlockingServed

from .addresses import read_address
from .broker import ZmqBroker
from .messages import Messages

URL = "zmq+tcp://localhost:5555+5556"


class OverZmq(Anywhere[ServerT], Generic[ServerT]):
    """The arguments of both managers."""

    def __init__(
        self,
        url: str = URL,
        channel: str = "socketio",
        write_only: bool = False,
        logger: logging.Logger | None = None,
        json: Any = None,
        **options: Unpack[ClusterOptions],
    ) -> None:
        super().__init__(channel, write_only, logger, json, **options)
        check_url(url, URL)
        self.url = url
        self._addresses = read_address(url)

    def _make_broker(self) -> Any:
        messages = Messages(self.channel, self._config.max_receive_size)
        return ZmqBroker(self._addresses, messages)


class ZmqManager(OverZmq[BlockingServed], PubSubManager):
    """A `ZmqManager` joins blocking servers, and processes that only emit, over ZeroMQ.

    For example::

        sio = Server(client_manager=ZmqManager("zmq+tcp://localhost:5555+5556"))

    ZeroMQ has no broker: start one forwarder first, `python -m sio_zmq.forwarder` with the same
    address.

    * `url`: `zmq+tcp://host:5555+5556`, with the port that messages are pushed to and the one at
      which they are published, or `zmq+ipc:///folder/in+out`, with two Unix sockets of one folder.
    * `channel`: the name that all processes share; `"socketio"` by default.
    * `write_only`: True for a process that emits and has no server; False is the default.
    * `logger`: where the manager logs; None (default): where its server does.
    * `json`: an object with `dumps` and `loads`, for messages in the form of python-socketio.
    * `options`: see `ClusterOptions`. Set `routing=False` where servers of python-socketio share a
      forwarder other than that of sio_zmq.

    Under gevent and eventlet the standard library must be patched. Raises `ValueError` and
    `TypeError` for an address or options that cannot be.
    """

    name = "zmq"


class AsyncZmqManager(OverZmq[AsyncServed], AsyncPubSubManager):
    """An `AsyncZmqManager` joins asyncio servers, and processes that only emit, over ZeroMQ.

    For example::

        sio = AsyncServer(client_manager=AsyncZmqManager("zmq+tcp://localhost:5555+5556"))

    `url`, `channel`, `write_only`, `logger`, `json` and `options` are those of `ZmqManager`, and a
    forwarder is needed, too. The sockets of ZeroMQ are used in two threads of their own, so every
    event loop will do.

    Raises `ValueError` and `TypeError` for an address or options that cannot be.
    """

    name = "asynczmq"

    def _make_broker(self) -> Any:
        return InThreads(super()._make_broker())

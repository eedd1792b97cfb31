"""`AsyncNatsManager`: the manager for NATS."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from sio_server.managers.cluster.async_pubsub import AsyncPubSubManager
from sio_server.managers.cluster.options import ClusterOptions, check_url

from .addresses import read_addresses
from .broker import NatsBroker
from .options import read_options

URL = "nats://localhost:4222"


class AsyncNatsManager(AsyncPubSubManager):
    """An `AsyncNatsManager` joins asyncio servers, and processes that only emit, over NATS.

    For example::

        sio = AsyncServer(client_manager=AsyncNatsManager("nats://localhost:4222"))

    * `url`: `nats://`, `tls://`, `ws://` or `wss://`, with a user and a password if there are any;
      several servers of one NATS as a list, or by commas.
    * `channel`: the name that all processes share; `"socketio"` by default. The subjects begin with
      it; all but letters, digits, `_`, `-`, `#` and `/` is written otherwise there.
    * `write_only`: True for a process that emits and has no server; False is the default.
    * `logger`: where the manager logs; None (default): where its server does.
    * `json`: an object with `dumps` and `loads`, for messages that are not sent as frames.
    * `nats_options`: more arguments of `connect` of nats-py, such as `tls` or `user_credentials`.
    * `options`: see `ClusterOptions`. A message above the `max_payload` of the server, 1 MiB by
      default, is lost, which is logged.

    Raises `ValueError` and `TypeError` for an address or options that cannot be.
    """

    name = "asyncnats"

    def __init__(
        self,
        url: str | Sequence[str] = URL,
        channel: str = "socketio",
        write_only: bool = False,
        logger: logging.Logger | None = None,
        json: Any = None,
        nats_options: Mapping[str, Any] | None = None,
        **options: Unpack[ClusterOptions],
    ) -> None:
        super().__init__(channel, write_only, logger, json, **options)
        check_url(url, URL, several=True)
        self.nats_url = url
        self.nats_options = read_options(nats_options or {})
        self._servers = read_addresses(url)

    def _make_broker(self) -> Any:
        return NatsBroker(self._servers, self.nats_options, self._get_logger)

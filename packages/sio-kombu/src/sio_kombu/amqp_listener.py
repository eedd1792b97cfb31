"""The queue of one process on RabbitMQ, and what comes through it. One thread uses it."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

from sio_server.managers.cluster.amqp_names import AHEAD, BoundKeys
from sio_server.managers.cluster.broker import Received

from .connections import ANSWER_SECONDS, HEARTBEAT_SECONDS, Settings, end_connection

LONGEST_NOTE = 65_536
"""Bytes of a message that says what the queue is bound to: 128 keys have less."""

TICK_SECONDS = 1.0
"""Seconds between two looks at the heartbeat."""


class AmqpListener:
    """A connection with a queue; `keys` say what is heard.

    Others publish to the queue itself, by the exchange without a name, what is subscribed to: such
    a message comes behind what was published before.
    """

    def __init__(self, settings: Settings, keys: BoundKeys) -> None:
        """Connect. Raises what the library does: see `as_broker_errors`. So does `receive`."""
        self._keys = keys
        self._found: list[Received] = []
        self._not_taken = self._last_tag = 0
        self._next_tick = time.monotonic() + TICK_SECONDS
        self._connection = settings.connection(HEARTBEAT_SECONDS)
        try:
            self._connection.connect()
            self._connection.connection.sock.settimeout(ANSWER_SECONDS)
            self._channel = self._connection.channel()
            queue = settings.queue(settings.exchange())(self._channel)
            self.queue: str = queue.name
            queue.queue_declare()
            self._channel.basic_qos(0, AHEAD, False)
            self._channel.basic_consume(self.queue, callback=self._came)
        except Exception:
            self.end()
            raise

    def _came(self, message: Any) -> None:
        where = message.delivery_info
        self._last_tag = where["delivery_tag"]
        self._not_taken += 1
        body = message.body.encode() if isinstance(message.body, str) else message.body
        if not where["exchange"]:
            for key in read_keys(body):
                if (named := self._keys.named(key)) is not None:
                    self._found.append((named, None))
            return
        self._found += self._keys.received(where["exchange"], where["routing_key"], body)

    def receive(self) -> Sequence[Received]:
        """Wait for what was published. Raises when the connection is lost."""
        while not self._found:
            if time.monotonic() >= self._next_tick:
                self._next_tick = time.monotonic() + TICK_SECONDS
                self._connection.heartbeat_check()
                self._take()
            try:
                self._connection.drain_events(timeout=TICK_SECONDS)
            except TimeoutError:
                continue
            if self._not_taken >= AHEAD // 2:
                self._take()
        found, self._found = self._found, []
        return found

    def _take(self) -> None:
        """Tell the broker that all which came is taken, so that it sends more."""
        if self._not_taken:
            self._not_taken = 0
            self._channel.basic_ack(self._last_tag, multiple=True)

    def end(self) -> None:
        """Close the connection; whoever waits in `receive` has an error."""
        end_connection(self._connection)


def write_keys(keys: Sequence[str]) -> bytes:
    """Return what tells a queue by which keys it is bound."""
    return json.dumps(keys).encode()


def read_keys(body: bytes) -> Sequence[str]:
    """Return the keys that `body` tells; none where it is something else."""
    if len(body) > LONGEST_NOTE:
        return ()
    try:
        keys = json.loads(body)
    except (ValueError, RecursionError):
        return ()
    return [key for key in keys if isinstance(key, str)] if isinstance(keys, list) else ()

"""Publishing to RabbitMQ by kombu: many messages at once, confirmed by the broker."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from kombu.entity import Exchange
from kombu.messaging import Producer

from sio_core.cluster import Publication
from sio_server.managers.cluster.amqp_names import LONG_KEY, QUESTION, AmqpNames
from sio_server.managers.cluster.broker import BrokerError

from .amqp_listener import write_keys
from .connections import ANSWER_SECONDS, Settings, end_connection

TEXT = {"content_type": "text/plain", "content_encoding": "utf-8"}
FRAMES = {"content_type": "application/data", "content_encoding": "binary"}


class AmqpPublisher:
    """A connection of its own, which a full broker may stop without that nothing is heard.

    It also binds the queue of the listener, whose connection another thread reads from. Its methods
    raise what the library does: see `as_broker_errors`.
    """

    is_open = True
    """Whether it can be used, which it is tried for here: nothing reads while nothing is asked."""

    def __init__(self, settings: Settings, names: AmqpNames) -> None:
        """Connect, and have what a fleet needs in the broker."""
        self._names = names
        self._sent = 0
        self._unconfirmed: set[int] = set()
        self._is_refused = self._is_full = self._is_returned = False
        # What it does is answered within a limited time: it needs no heartbeat.
        self._connection = settings.connection(heartbeat=0)
        try:
            self._connection.connect()
            lower = self._connection.connection
            lower.sock.settimeout(ANSWER_SECONDS)
            lower.on_blocked = self._on_blocked
            lower.on_unblocked = self._on_unblocked
            self._channel = self._connection.channel()
            self._declare(settings)
        except Exception:
            self.end()
            raise

    def _declare(self, settings: Settings) -> None:
        names, channel = self._names, self._channel
        exchange = settings.exchange()
        exchange(channel).declare()
        Exchange(names.heard, "topic", channel, durable=False).declare()
        Exchange(names.routed, "direct", channel, durable=False).declare()
        channel.exchange_bind(names.heard, names.base)
        channel.confirm_select()
        channel.events["basic_ack"].add(self._on_ack)
        channel.events["basic_nack"].add(self._on_nack)
        channel.events["basic_return"].add(self._on_return)
        options = {**settings.producer_options, "auto_declare": False}
        self._producer = Producer(channel, exchange, **options)

    # What the broker says ----------------------------------------------------

    def _on_blocked(self, reason: str) -> None:
        self._is_full = True

    def _on_unblocked(self) -> None:
        self._is_full = False

    def _on_ack(self, tag: int, multiple: bool) -> None:
        if multiple:
            self._unconfirmed = {other for other in self._unconfirmed if other > tag}
        else:
            self._unconfirmed.discard(tag)

    def _on_nack(self, tag: int, multiple: bool) -> None:
        self._is_refused = True

    def _on_return(self, *returned: Any) -> None:
        self._is_returned = True

    # Publishing ---------------------------------------------------------------

    def publish(self, publications: Sequence[Publication]) -> None:
        """Publish in order. Raises where it is not certain that all is published."""
        self._wait_for_room()
        for publication in publications:
            exchange, key = self._names.target(publication.channel)
            text = publication.message is not None
            self._send(publication.payload, exchange, key, TEXT if text else FRAMES)
        self._wait_for_confirmation()

    def _send(self, body: bytes, exchange: str, key: str, kind: dict[str, str], **how: Any) -> None:
        self._expect()
        self._producer.publish(
            body,
            exchange=exchange,
            routing_key=key,
            delivery_mode=1,
            timeout=ANSWER_SECONDS,
            **kind,
            **how,
        )

    def _expect(self) -> None:
        """Expect one more confirmation: their tags count from 1."""
        self._sent += 1
        self._unconfirmed.add(self._sent)

    def _wait_for_room(self) -> None:
        """Wait until the broker takes messages: nothing is sent to one that said it is full."""
        until = time.monotonic() + ANSWER_SECONDS
        while self._is_full:
            if time.monotonic() >= until:
                raise BrokerError("the broker is full: it takes no messages")
            try:
                self._connection.drain_events(timeout=max(0.01, until - time.monotonic()))
            except TimeoutError:
                continue

    def _wait_for_confirmation(self) -> None:
        until = time.monotonic() + ANSWER_SECONDS
        while self._unconfirmed:
            if self._is_refused:
                raise BrokerError("the broker did not take a message")
            left = until - time.monotonic()
            if left <= 0:
                raise BrokerError("the broker does not confirm in time")
            self._connection.drain_events(timeout=left)

    def are_strangers(self) -> bool:
        """Return whether python-socketio listens to the channel."""
        self._wait_for_room()
        self._is_returned = False
        self._send(QUESTION, self._names.base, LONG_KEY, TEXT, mandatory=True)
        # Nobody was to have it if it comes back, which is before it is confirmed.
        self._wait_for_confirmation()
        return not self._is_returned

    # The queue of the listener ------------------------------------------------

    def bind(self, queue: str, channels: Sequence[str]) -> None:
        """Bind `queue` to `channels`, and tell it so."""
        for channel in channels:
            for exchange, key in self._names.bindings(channel):
                self._channel.queue_bind(queue, exchange, key, nowait=True)
        # What one channel asks for is done in order.
        keys = [self._names.target(channel)[1] for channel in channels]
        # kombu takes no exchange for that of its producer.
        self._expect()
        note = self._channel.prepare_message(write_keys(keys))
        self._channel.basic_publish(note, "", queue, timeout=ANSWER_SECONDS)
        self._wait_for_confirmation()

    def unbind(self, queue: str, key: str) -> None:
        """End one binding."""
        self._channel.queue_unbind(queue, self._names.routed, key)

    def end(self) -> None:
        """Close the connection; whoever waits for it has an error."""
        end_connection(self._connection)

"""NATS for asyncio: what a manager publishes and subscribes to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from nats.aio.client import Client
from nats.aio.subscription import Subscription
from nats.errors import Error, MaxPayloadError, SlowConsumerError

from sio_core.cluster import Publication, safe_name
from sio_server.managers.cluster.broker import BrokerError, Received

from .inbox import Inbox

CONNECT_SECONDS = 5
"""Seconds that a connection may take to be made, unless `nats_options` say another time."""

ANSWER_SECONDS = 5
"""Seconds that the server may take to say that it has what was sent."""

CLOSE_SECONDS = 1.0
"""Seconds that the end of a connection may take."""


def describe(error: BaseException | None) -> str:
    """Return what an error says, or at least what it is called."""
    return str(error) or type(error).__name__


class NatsBroker:
    """One NATS, by one connection of nats-py, which nats-py itself never makes again.

    `log` returns where to say what is lost.
    """

    routes = True

    def __init__(
        self,
        servers: Sequence[str],
        options: Mapping[str, Any],
        log: Callable[[], logging.Logger],
    ) -> None:
        self._servers = list(servers)
        self._options: dict[str, Any] = {"connect_timeout": CONNECT_SECONDS, **options}
        self._log = log
        self._client: Client | None = None
        self._connecting = asyncio.Lock()
        self._inbox = Inbox()
        self._inbox.end("not connected")
        self._subscriptions: dict[str, Subscription] = {}
        self._error = ""
        self._tasks: set[asyncio.Task[None]] = set()

    # The connection ---------------------------------------------------------

    async def connect(self) -> None:
        """Connect for `receive`. Raises `BrokerError`."""
        if self._subscriptions:
            await self.close()
        await self._connected()

    async def _connected(self) -> Client:
        """Return the connected client, for listening and publishing; connects one if need be."""
        async with self._connecting:
            if self._client is not None and self._client.is_connected:
                return self._client
            client, inbox = Client(), Inbox()
            client.msg_class = inbox.number  # type: ignore[assignment]  # it is called
            self._error = ""

            async def closed() -> None:
                inbox.end(self._error or "the connection is lost")

            connecting = asyncio.ensure_future(
                client.connect(
                    self._servers,
                    # Each server is tried twice, at once.
                    allow_reconnect=False,
                    max_reconnect_attempts=1,
                    reconnect_time_wait=0,
                    error_cb=self._on_error,
                    closed_cb=closed,
                    **self._options,
                )
            )
            seconds = 2 * len(self._servers) * self._options["connect_timeout"]
            if not await self._within(seconds, connecting):
                connecting.cancel()
                raise BrokerError("no server answers")
            error = connecting.exception()
            if error is not None:
                await self._end(client)
                raise BrokerError(self._error or describe(error)) from error
            self._client, self._inbox, self._subscriptions = client, inbox, {}
            return client

    async def _on_error(self, error: Exception) -> None:
        if isinstance(error, SlowConsumerError):
            self._log().error("this process is too slow for NATS: messages to it are lost")
        else:
            self._error = describe(error)

    async def close(self) -> None:
        """Close the connection; a `receive` that waits raises `BrokerError`."""
        client, self._client = self._client, None
        self._subscriptions = {}
        self._inbox.end("closed")
        if client is not None:
            await self._end(client)

    async def _end(self, client: Client) -> None:
        # nats-py waits for a server that stands still: the task ends once that goes on.
        await self._within(CLOSE_SECONDS, asyncio.ensure_future(client.close()))

    async def _within(self, seconds: float, task: asyncio.Task[None]) -> bool:
        """Wait for a task of nats-py, which may ignore cancellation. Returns whether it is done."""
        self._tasks.add(task)
        task.add_done_callback(self._over)
        await asyncio.wait((task,), timeout=seconds)
        return task.done()

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._error = self._error or describe(task.exception())

    def _listening(self) -> Client:
        if self._client is None or not self._client.is_connected:
            raise BrokerError(self._error or "not connected")
        return self._client

    # What is heard, and what is said ------------------------------------------

    async def subscribe(self, channels: Sequence[str]) -> None:
        """Ask for what is published on `channels`. Raises `BrokerError`."""
        client, inbox, subscriptions = self._listening(), self._inbox, self._subscriptions
        try:
            for channel in channels:
                if channel not in subscriptions:
                    subscriptions[channel] = await client.subscribe(
                        safe_name(channel), cb=partial(self._hear, inbox, channel)
                    )
            await self._answered(client, inbox)  # by now the server has all of them
        except (Error, OSError) as error:
            raise BrokerError(describe(error)) from error
        for channel in channels:
            await inbox.put((channel, None))

    @staticmethod
    async def _hear(inbox: Inbox, channel: str, message: Any) -> None:
        await inbox.put((channel, message.data), message.number)

    async def unsubscribe(self, channels: Sequence[str]) -> None:
        """Ask for no more of `channels`. Raises `BrokerError`."""
        self._listening()
        try:
            for channel in channels:
                subscription = self._subscriptions.pop(channel, None)
                if subscription is not None:
                    await subscription.unsubscribe()
        except (Error, OSError) as error:
            raise BrokerError(describe(error)) from error

    async def receive(self) -> Sequence[Received]:
        """Wait for what was published. Raises `BrokerError` when the connection is lost."""
        return await self._inbox.take()

    async def _answered(self, client: Client, inbox: Inbox) -> None:
        """Wait until the server has all of it. Raises `BrokerError` if the connection ends."""
        flushing = asyncio.ensure_future(client.flush(ANSWER_SECONDS))
        # `flush` of nats-py would wait for its whole time limit if the connection was closed.
        done, _ = await asyncio.wait((flushing, inbox.ended), return_when=asyncio.FIRST_COMPLETED)
        if flushing in done:
            flushing.result()
        else:
            flushing.cancel()
            raise BrokerError(inbox.ended.result())

    async def publish(self, publications: Sequence[Publication]) -> None:
        """Publish in order. Raises `BrokerError` where it is not certain that all is published."""
        client = await self._connected()
        inbox = self._inbox
        try:
            for publication in publications:
                try:
                    await client.publish(safe_name(publication.channel), publication.payload)
                except MaxPayloadError:
                    self._log().error(
                        "a message of %d bytes for other processes is lost: max_payload of the "
                        "NATS server is %d; see max_publish_size",
                        len(publication.payload),
                        client.max_payload,
                    )
            await self._answered(client, inbox)
        except (Error, OSError) as error:
            raise BrokerError(describe(error)) from error

    async def count_subscribers(self, channels: Sequence[str]) -> None:
        """Return None: a server of NATS does not say it."""

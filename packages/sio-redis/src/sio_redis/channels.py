"""The commands and names of channels: Redis' own, and those of one shard of a cluster.

All channels of a cluster are in one hash slot, by the tag `{channel}` in front (Redis Cluster
specification, "Hash tags"). So one server carries them, in order, and to the subscribers alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sio_core.cluster import Publication
from sio_server.managers.cluster.broker import BrokerError, Received

MESSAGES = (b"message", b"smessage")
SUBSCRIBED = (b"subscribe", b"ssubscribe")


@dataclass(frozen=True, slots=True)
class Channels:
    """What a Redis is told, in RESP 2; `tagged` is the channel of all for a cluster, else None."""

    subscribe: str = "SUBSCRIBE"
    unsubscribe: str = "UNSUBSCRIBE"
    publish: str = "PUBLISH"
    count: str = "PUBSUB NUMSUB"
    tagged: str | None = None

    def name_of(self, channel: str) -> str:
        """Return the name of a channel at the Redis."""
        return channel if self.tagged is None else f"{{{self.tagged}}}{channel[len(self.tagged) :]}"

    def names_of(self, channels: Sequence[str]) -> list[str]:
        """Return the names of channels at the Redis."""
        return [self.name_of(channel) for channel in channels]

    def pack(self, publications: Sequence[Publication]) -> bytes:
        """Return the commands that publish, as they go over the wire (RESP, "Arrays").

        redis-py makes them, too, in several times the time.
        """
        command = b"*3\r\n$%d\r\n%b\r\n$" % (len(self.publish), self.publish.encode())
        parts = []
        for publication in publications:
            name, payload = self.name_of(publication.channel).encode(), publication.payload
            parts.append(b"%b%d\r\n%b\r\n$%d\r\n" % (command, len(name), name, len(payload)))
            parts += (payload, b"\r\n")
        return b"".join(parts)

    def read(self, reply: Any) -> Sequence[Received]:
        """Return what a reply says for a manager: a message, a subscription, or nothing.

        Raises `BrokerError` where a cluster has ended all subscriptions: its slot went elsewhere.
        """
        kind, name, payload = reply
        if kind in MESSAGES:
            return ((self._channel_of(name), payload),)
        if kind in SUBSCRIBED:
            return ((self._channel_of(name), None),)
        if kind == b"sunsubscribe" and self._channel_of(name) == self.tagged:
            raise BrokerError("another server of the cluster has the channel now")
        return ()

    def _channel_of(self, name: bytes) -> str:
        channel = name.decode()
        if self.tagged is None:
            return channel
        return f"{self.tagged}{channel[len(self.tagged) + 2 :]}"


def channels_of(channel: str, *, cluster: bool) -> Channels:
    """Return the commands and names for the channel of all, `channel`."""
    if not cluster:
        return Channels()
    return Channels("SSUBSCRIBE", "SUNSUBSCRIBE", "SPUBLISH", "PUBSUB SHARDNUMSUB", channel)

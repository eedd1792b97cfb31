"""How a fleet uses a broker of AMQP 0-9-1, such as RabbitMQ: the names of its exchanges.

Three exchanges, none of which outlives the broker:

* `CHANNEL`, a fanout: that of python-socketio, to which its processes bind their queues.
* `CHANNEL.heard`, a topic bound to it, to which processes of this kind bind theirs: for keys of
  up to three words, and python-socketio writes none or one. What is published to `CHANNEL` with
  `LONG_KEY` comes to processes of python-socketio alone, and the broker returns it if there is
  none. That is how strangers are found.
* `CHANNEL.routed`, direct: the key is the channel that a message concerns.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from sio_core.cluster import safe_name

from .broker import Received

LONG_KEY = ".".join(["x"] * 9)
"""A key that no process of this kind hears."""

KEY = "*"
"""The key of what everybody hears."""

HEARD = ("", "*", "*.*", "*.*.*")
"""The keys that processes of this kind hear."""

QUESTION = b'{"method":"callback","host_id":"nobody","sid":"","namespace":"/","id":0,"args":[]}'
"""What is published to find strangers: an answer for a process that does not exist."""

AHEAD = 128
"""Messages that the broker sends before it hears that the first was taken."""

EXPIRES = {"x-expires": 300_000}
"""The argument of a queue that nobody has read from for 300 s: it goes."""


class AmqpNames:
    """The exchanges of the channel `base`, and how other channels are reached through them."""

    __slots__ = ("base", "heard", "routed")

    def __init__(self, base: str) -> None:
        self.base = base
        self.heard = f"{base}.heard"
        self.routed = f"{base}.routed"

    def exchanges(self) -> tuple[tuple[str, str], ...]:
        """Return the name and the type of each exchange."""
        return ((self.base, "fanout"), (self.heard, "topic"), (self.routed, "direct"))

    def target(self, channel: str) -> tuple[str, str]:
        """Return the exchange and the key of what is published on `channel`."""
        if channel == self.base:
            return self.base, KEY
        return self.routed, safe_name(channel)

    def bindings(self, channel: str) -> tuple[tuple[str, str], ...]:
        """Return the exchanges and keys by which a queue hears `channel`."""
        if channel == self.base:
            return tuple((self.heard, key) for key in HEARD)
        return ((self.routed, safe_name(channel)),)


class BoundKeys:
    """The keys by which the queue of one process is bound, and what they stand for.

    One thread may ask what came, while another one binds and unbinds.
    """

    def __init__(self, names: AmqpNames) -> None:
        self._names = names
        self._channels: dict[str, str] = {}
        self._unwanted: deque[str] = deque()

    def bind(self, channels: Iterable[str]) -> None:
        """Note that the queue hears `channels` from now on."""
        for channel in channels:
            if channel != self._names.base:
                self._channels[self._names.target(channel)[1]] = channel

    def unbind(self, channels: Iterable[str]) -> None:
        """Note that nobody wants `channels` any more; `unwanted` has the bindings to end."""
        for channel in channels:
            key = self._names.target(channel)[1]
            if self._channels.pop(key, None) is not None:
                self._unwanted.append(key)

    def unwanted(self) -> Iterator[str]:
        """Take the keys of bindings that are to be ended, one at a time."""
        while self._unwanted:
            key = self._unwanted.popleft()
            if key not in self._channels:  # else it is wanted again
                yield key

    def received(self, exchange: str, key: str, payload: bytes) -> Sequence[Received]:
        """Return what came from an exchange; nothing if nobody wants it any more."""
        if exchange == self._names.routed:
            channel = self._channels.get(key)
            return () if channel is None else ((channel, payload),)
        return ((self._names.base, payload),)

    def named(self, key: str) -> str | None:
        """Return the channel that `key` stands for; None if nobody wants it any more."""
        return self._names.base if key == KEY else self._channels.get(key)


def check_channel(channel: str) -> None:
    """Raise `ValueError` for a channel that cannot be the name of an exchange."""
    if len(channel.encode(errors="surrogatepass")) > 200:
        raise ValueError("the channel is too long for the name of an exchange: 200 bytes at most")
    if channel.startswith("amq."):
        raise ValueError("the channel must not begin with 'amq.': such names are the broker's own")

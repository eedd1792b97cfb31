"""The channels of one agent by the numbers of their pipes, and those that can be used again."""

from __future__ import annotations

from itertools import count
from typing import Final

from ..orders import ClosePipe, OpenPipe
from ..routes.proxies import Route
from .channel import Channel, Outbox
from .channel_state import ChannelInput, ChannelState
from .channel_work import HTTPRequest, WebSocketOpening

MAX_IDLE: Final = 4
IDLE_SECONDS: Final = 1.5
"""How long a channel may have been idle and be used again.

Servers close idle connections after 2 (gunicorn) to 5 seconds (uvicorn, Node.js). A POST that
meets the end of its connection cannot be sent again, for it might arrive twice.
"""


class ChannelPool:
    """A `ChannelPool` opens and closes the channels of an agent; its orders go to `outbox`."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._channels: dict[int, Channel] = {}
        self.get = self._channels.get
        """Returns the channel of a pipe; None for one that was closed or lost."""
        self.idle: list[Channel] = []
        """The idle channels, the newest one last."""
        self._next = count(1)

    def __getitem__(self, number: int) -> Channel:
        return self._channels[number]

    def open(self, route: Route, work: HTTPRequest | WebSocketOpening) -> None:
        """Open a channel for a piece of work."""
        work.channel = number = next(self._next)
        self._channels[number] = Channel(number, route, work, self._outbox)
        self._outbox.add(OpenPipe(number, route.host, route.port, route.server_name))

    def take_idle(self, now: float) -> Channel | None:
        """An idle channel, which the caller uses; None if there is none, or it is idle too long."""
        # The newest: the server closes those first that have been idle longest.
        channel = self.idle.pop() if self.idle else None
        if channel is not None and now - channel.idle_since > IDLE_SECONDS:
            self.close(channel)
            return None
        return channel

    def release(self, channel: Channel, now: float) -> None:
        """A request has its answer: keep its channel for the next one, or close it."""
        channel.move(ChannelInput.ANSWERED)
        channel.idle_since, channel.reused = now, True
        if channel.http is None or not channel.http.reusable or channel.id not in self._channels:
            self.close(channel)
            return
        self.idle.append(channel)
        if len(self.idle) > MAX_IDLE:
            self.close(self.idle.pop(0))

    def lose(self, number: int) -> Channel | None:
        """Forget the channel of a pipe that has ended. Returns it, or None for an unknown one."""
        channel = self._channels.pop(number, None)
        if channel is not None and channel.state is ChannelState.IDLE:
            self.idle.remove(channel)
        return channel

    def close(self, channel: Channel) -> None:
        """Close a channel and its pipe, unless the pipe has ended."""
        if self._channels.pop(channel.id, None) is not None:
            self._outbox.add(ClosePipe(channel.id))
        if channel.state is not ChannelState.CLOSED:
            channel.move(ChannelInput.CLOSE)

    def close_idle(self, *, but: Route | None = None) -> None:
        """Close the idle channels, but those that take the route `but`."""
        for channel in [other for other in self.idle if other.route != but]:
            self.idle.remove(channel)
            self.close(channel)

    def close_unasked(self, channel: Channel) -> None:
        """Close an idle channel on which bytes came unasked."""
        self.idle.remove(channel)
        self.close(channel)

    def close_all(self) -> None:
        """Close every channel."""
        self.idle.clear()
        for channel in list(self._channels.values()):
            self.close(channel)

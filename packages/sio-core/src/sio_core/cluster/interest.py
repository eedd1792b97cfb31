"""Which rooms have members here, and to which channels the node is subscribed because of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable
from typing import TYPE_CHECKING

from ..protocol_errors import LocalProtocolError
from ..timers import Timed, Timers
from .channels import Channels, tag_of

if TYPE_CHECKING:
    from .events import NodeEvent


class Interest(Timed):
    """The rooms with local members, and the channels that carry them.

    The rooms of this node's own clients, `tag` first, are not kept: their channel is subscribed
    from the start to the end, and what comes for one is for this node. Its deadline is that of the
    first channel which nobody needs any more.
    """

    __slots__ = (
        "_asked",
        "_channels",
        "_confirmed",
        "_counts",
        "_first",
        "_has_clients",
        "_leaving",
        "_linger",
        "_members",
        "_overdue",
        "_rooms",
        "_subscribe",
        "_tag",
        "_timers",
        "_unsubscribe",
    )

    def __init__(
        self,
        channels: Channels,
        tag: str,
        linger: float,
        timers: Timers[NodeEvent],
        has_clients: Callable[[str], bool] | None,
    ) -> None:
        super().__init__()
        self._channels = channels
        self._tag = tag
        self._linger = linger
        self._timers = timers
        self._rooms: dict[str, set[Hashable]] = {}
        # How many rooms a namespace has, where that is needed to know whether it has clients.
        self._counts: dict[str, int] | None = {} if has_clients is None else None
        self._has_clients = self._has_rooms if has_clients is None else has_clients
        self._first = tuple(dict.fromkeys((channels.base, channels.all, channels.of_node(tag))))
        self._members: dict[str, int] = {}  # rooms of a channel
        self._leaving: dict[str, float] = {}  # until when, the earliest first
        self._subscribe: dict[str, None] = {}
        self._unsubscribe: dict[str, None] = {}
        self._confirmed: set[str] = set()
        self._asked: set[str] = set()  # taken, and not confirmed
        self._overdue: set[str] = set()  # of these, what was so already at the last `ask_again`

    # Rooms ------------------------------------------------------------------

    def created(self, namespace: str, room: Hashable) -> None:
        """Note that a room has its first local member; a second time does nothing."""
        own = self._is_own(room)
        rooms = self._rooms.get(namespace)
        if not own:
            if rooms is None:
                rooms = self._rooms[namespace] = set()
            if room in rooms:
                return
            rooms.add(room)
        if self._counts is not None:
            self._counts[namespace] = self._counts.get(namespace, 0) + 1
        if own:
            return
        channel = self._channel(namespace, room)
        if channel is None:
            return
        count = self._members[channel] = self._members.get(channel, 0) + 1
        if count == 1 and self._leaving.pop(channel, None) is None:
            if channel in self._unsubscribe:
                del self._unsubscribe[channel]
            else:
                self._subscribe[channel] = None

    def deleted(self, namespace: str, room: Hashable, now: float) -> None:
        """Note that the last local member left a room; of one that is not known nothing happens."""
        own = self._is_own(room)
        rooms = self._rooms.get(namespace)
        if not own:
            if rooms is None or room not in rooms:
                return
            rooms.remove(room)
            if not rooms:
                del self._rooms[namespace]
        if self._counts is not None and namespace in self._counts:
            self._counts[namespace] -= 1
            if not self._counts[namespace]:
                del self._counts[namespace]
        if own:
            return
        channel = self._channel(namespace, room)
        if channel is None:
            return
        count = self._members[channel] = self._members[channel] - 1
        if not count:
            del self._members[channel]
            self._leaving[channel] = now + self._linger
            if self.due is None:
                self._timers.set(self, now + self._linger)

    def concerns(self, namespace: str, to: Collection[Hashable] | None) -> bool:
        """Tell whether a local client may be in one of the rooms `to`, None being everyone."""
        if to is None:
            return self._has_clients(namespace)
        rooms = self._rooms.get(namespace)
        for room in to:
            if (rooms is not None and room in rooms) or self._is_own(room):
                return True
            if room is None and self._has_clients(namespace):
                return True
        return False

    def _has_rooms(self, namespace: str) -> bool:
        return self._counts is not None and namespace in self._counts

    def _is_own(self, room: Hashable) -> bool:
        return isinstance(room, str) and room[:8] == self._tag and tag_of(room) is not None

    def _channel(self, namespace: str, room: Hashable) -> str | None:
        """The channel of a room that is subscribed for it, if one is."""
        if not self._channels.routes:
            return None
        try:
            return self._channels.route_of(namespace, room)
        except LocalProtocolError:  # other nodes cannot name it either
            return None

    # Subscriptions ----------------------------------------------------------

    @property
    def ready(self) -> bool:
        """True when the channels that every node has are subscribed."""
        return self._confirmed.issuperset(self._first)

    def connected(self) -> None:
        """Begin anew: nothing is subscribed yet."""
        self.disconnected()
        self._subscribe = dict.fromkeys((*self._first, *self._members, *self._leaving))

    def disconnected(self) -> None:
        """Note that all subscriptions are gone."""
        self._confirmed.clear()
        self._asked.clear()
        self._overdue.clear()
        self._unsubscribe.clear()
        self._subscribe.clear()

    def take(self) -> tuple[list[str], list[str]]:
        """Take the channels to subscribe to, and those to leave."""
        taken = [*self._subscribe], [*self._unsubscribe]
        self._confirmed.difference_update(self._unsubscribe)
        self._asked.difference_update(self._unsubscribe)
        self._asked.update(self._subscribe)
        self._subscribe.clear()
        self._unsubscribe.clear()
        return taken

    def not_subscribed(self, channels: Iterable[str]) -> None:
        """Have channels taken again, for which the broker was not asked after all."""
        for channel in channels:
            if channel in self._asked:
                self._asked.discard(channel)
                if self._is_wanted(channel):
                    self._subscribe[channel] = None

    def _is_wanted(self, channel: str) -> bool:
        return channel in self._first or channel in self._members or channel in self._leaving

    def subscribed(self, channels: Iterable[str]) -> None:
        """Note that the broker sends what is published to `channels` from now on."""
        for channel in channels:
            self._asked.discard(channel)
            if self._is_wanted(channel):
                self._confirmed.add(channel)

    def ask_again(self) -> None:
        """Have those channels subscribed again that were not confirmed since the last call."""
        late = self._asked & self._overdue
        overdue = {
            channel for channel in late if channel in self._members or channel in self._first
        }
        self._subscribe.update(dict.fromkeys(overdue))
        self._overdue = self._asked - overdue

    def is_subscribed(self, namespace: str, room: Hashable) -> bool:
        """Tell whether what is sent to `room` comes here."""
        try:
            return self._channels.of_rooms(namespace, (room,)) in self._confirmed
        except LocalProtocolError:
            return self.ready

    def deadline_passed(self, now: float) -> list[NodeEvent]:
        """Leave the channels that nobody has needed for long enough."""
        for channel, until in [*self._leaving.items()]:
            if until > now:
                self._timers.set(self, until)
                break
            del self._leaving[channel]
            if channel in self._subscribe:
                del self._subscribe[channel]
            else:
                self._unsubscribe[channel] = None
        return []

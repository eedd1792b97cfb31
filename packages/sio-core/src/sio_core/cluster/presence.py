"""Which other nodes there are: each says so from time to time, at its start and at its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..timers import Timed, Timers
from .config import NodeConfig

if TYPE_CHECKING:
    from .events import NodeEvent

LEAVING, HERE, ASKING = 0, 1, 2
"""What a node says: that it ends; that it is there; that it is new, and who else is there."""
MISSED = 3
"""Intervals without a word after which a node is gone."""


class Peer(Timed):
    """Another node; its deadline is that of its next word."""

    __slots__ = ("_presence", "heard_at", "host_id", "tag")

    def __init__(self, tag: str, host_id: str, presence: Presence) -> None:
        super().__init__()
        self.tag = tag
        self.host_id = host_id
        self.heard_at = 0.0
        self._presence = presence

    def __repr__(self) -> str:
        return f"<Peer {self.tag}>"

    def deadline_passed(self, now: float) -> list[NodeEvent]:
        """Forget the node, which has said nothing for too long."""
        return self._presence.forget(self, now)


class Presence(Timed):
    """The other nodes by tag; the deadline is that of the next word of this one.

    `say` publishes what this node says, to all or to the node with a tag; `gone` is told of the tag
    of one that is gone.
    """

    __slots__ = ("_gone", "_interval", "_max_nodes", "_say", "_since", "_timers", "nodes")

    def __init__(
        self,
        config: NodeConfig,
        timers: Timers[NodeEvent],
        say: Callable[[int, str | None, float], None],
        gone: Callable[[str, float], list[NodeEvent]],
    ) -> None:
        super().__init__()
        self.nodes: dict[str, Peer] = {}
        self._interval = config.presence_interval
        self._max_nodes = config.max_nodes
        self._timers = timers
        self._say = say
        self._gone = gone
        self._since: float | None = None

    def begin(self, now: float) -> None:
        """Say that this node is there, and ask who else is."""
        self._since = now
        self._say(ASKING, None, now)
        self._timers.set(self, now + self._interval)

    def pause(self) -> None:
        """Say nothing until the next `begin`."""
        self._since = None
        self._timers.cancel(self)

    def end(self, now: float) -> None:
        """Say that this node ends."""
        if self._since is not None:
            self._say(LEAVING, None, now)
        self.pause()

    def settled(self, now: float) -> bool:
        """Tell whether every other node has had the time to say that it is there."""
        return self._since is not None and now >= self._since + self._interval

    def tag_of(self, host_id: str) -> str | None:
        """Return the tag of a node by the id of its process; None for one that is not known."""
        return next((tag for tag, peer in self.nodes.items() if peer.host_id == host_id), None)

    def heard(self, host_id: str, tag: str, word: int, now: float) -> list[NodeEvent]:
        """Note what another node says."""
        peer = self.nodes.get(tag)
        if word == LEAVING:
            return [] if peer is None else self.forget(peer, now)
        events: list[NodeEvent] = []
        if peer is None:
            if len(self.nodes) >= self._max_nodes:
                events = self.forget(min(self.nodes.values(), key=lambda each: each.heard_at), now)
            peer = self.nodes[tag] = Peer(tag, host_id, self)
        peer.host_id = host_id
        peer.heard_at = now
        self._timers.set(peer, now + MISSED * self._interval)
        if word == ASKING and self._since is not None:
            self._say(HERE, tag, now)
        return events

    def forget(self, peer: Peer, now: float) -> list[NodeEvent]:
        """Take a node out. Returns what that caused."""
        self._timers.cancel(peer)
        del self.nodes[peer.tag]
        return self._gone(peer.tag, now)

    def deadline_passed(self, now: float) -> list[NodeEvent]:
        """Say that this node is there."""
        self._say(HERE, None, now)
        self._timers.set(self, now + self._interval)
        return []

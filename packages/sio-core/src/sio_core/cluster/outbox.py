"""What waits to be published: in order, and bounded in number, bytes and time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..timers import Timed, Timers
from .config import NodeConfig

if TYPE_CHECKING:
    from .events import NodeEvent
    from .notices import Notices

MOST_AT_ONCE = 500
"""Publications that are on their way at a time: fewer than are remembered as seen elsewhere."""

MOST_WORDS = 16
"""Words of nodes about themselves that wait; they are said again from time to time."""

MOST_FAILURES = 3
"""Connections on which a publication may fail."""


@dataclass(slots=True)
class Publication:
    """One message for the broker.

    `payload` is what goes there. For a message in the form of python-socketio `message` is the same
    as a dict, for brokers that take one, else it is None.
    """

    channel: str
    payload: bytes = field(repr=False)
    message: dict[str, Any] | None = field(default=None, repr=False)
    queued_at: float = field(default=0.0, repr=False, compare=False)
    is_word: bool = field(default=False, repr=False, compare=False)
    failed_on: int | None = field(default=None, repr=False, compare=False)
    failures: int = field(default=0, repr=False, compare=False)


class Outbox(Timed):
    """Publications that the broker does not have yet. Its deadline is that of the oldest.

    While it is `held`, only words of the node about itself are taken.
    """

    __slots__ = (
        "_config",
        "_connection",
        "_notices",
        "_timers",
        "_waiting",
        "_words",
        "held",
        "size",
    )

    def __init__(self, config: NodeConfig, timers: Timers[NodeEvent], notices: Notices) -> None:
        super().__init__()
        self._config = config
        self._timers = timers
        self._notices = notices
        self._waiting: deque[Publication] = deque()
        self._words: deque[Publication] = deque(maxlen=MOST_WORDS)
        self._connection = 0
        self.held = False
        self.size = 0

    def __len__(self) -> int:
        """How many publications wait, without words of the node about itself."""
        return len(self._waiting)

    @property
    def has_some(self) -> bool:
        """Whether there is something to take."""
        return bool(self._words or (self._waiting and not self.held))

    def connected(self) -> None:
        """Note that there is a new connection, on which all is worth another attempt."""
        self._connection += 1

    def put(self, publication: Publication, now: float) -> None:
        """Queue a publication; past the limits the oldest is dropped."""
        publication.queued_at = now
        self._waiting.append(publication)
        self.size += len(publication.payload)
        self._drop_oldest(now)
        self._await_oldest()

    def put_word(self, publication: Publication, now: float) -> None:
        """Queue what the node says about itself: before all else, if that is held."""
        if self.held:
            publication.is_word = True
            self._words.append(publication)
        else:
            self.put(publication, now)

    def take(self, max_bytes: int) -> list[Publication]:
        """Take what is next: one, and more as long as all have no more than `max_bytes`."""
        waiting = self._waiting
        taken: list[Publication] = []
        if self._words:
            taken.extend(self._words)
            self._words.clear()
        if self.held:
            return taken
        size = 0
        while waiting and len(taken) < MOST_AT_ONCE:
            size += len(waiting[0].payload)
            if size > max_bytes and taken:
                break
            taken.append(waiting.popleft())
            self.size -= len(taken[-1].payload)
        return taken

    def put_back(self, publications: Iterable[Publication], now: float) -> None:
        """Queue what was not published before all else, in its order.

        What the broker did not take on three connections may be why they ended: it is dropped.
        """
        back: list[Publication] = []
        for publication in publications:
            if publication.failed_on != self._connection:
                publication.failed_on = self._connection
                publication.failures += 1
            if publication.failures >= MOST_FAILURES:
                self._notices.dropped("the broker did not take it on three connections", now)
            elif publication.is_word:
                self._words.append(publication)
            else:
                back.append(publication)
                self.size += len(publication.payload)
        self._waiting.extendleft(reversed(back))
        self._drop_oldest(now)
        self._await_oldest()

    def deadline_passed(self, now: float) -> list[NodeEvent]:
        """Drop what has waited too long."""
        while self._waiting and self._waiting[0].queued_at + self._config.max_queued_seconds <= now:
            self._drop("it waited longer than max_queued_seconds", now)
        self._await_oldest()
        return []

    def _await_oldest(self) -> None:
        # The deadline of a publication that is gone may stand: nothing is dropped then.
        if self.due is None and self._waiting:
            due = self._waiting[0].queued_at + self._config.max_queued_seconds
            self._timers.set(self, due)

    def _drop_oldest(self, now: float) -> None:
        config = self._config
        while len(self._waiting) > config.max_queued_messages:
            self._drop("more waited than max_queued_messages", now)
        while self.size > config.max_queued_bytes and len(self._waiting) > 1:
            self._drop("more waited than max_queued_bytes", now)

    def _drop(self, why: str, now: float) -> None:
        self.size -= len(self._waiting.popleft().payload)
        self._notices.dropped(why, now)

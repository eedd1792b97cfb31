"""Who observes a server, and what calls them: one function for each kind of thing that happens.

Where nobody observes that kind, there is None in its place, and the core does no more than see it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Final, Protocol, TypeAlias

from .events import Joined, Left, RoomEvent
from .socket import Socket
from .tallies import Known, Tallies

Call: TypeAlias = Callable[..., None]
Failed: TypeAlias = Callable[[str, Exception], None]

TRAFFIC: Final = ("received", "sent")
"""What the engine tells."""
NAMES: Final = (
    "session_opened",
    "session_upgraded",
    "session_closed",
    "connected",
    "refused",
    "disconnected",
    "acknowledged",
)
"""What the server tells, but rooms and events."""


class Engine(Protocol):
    """An `engineio.Server`, as `Observers` see it."""

    received: Call | None
    sent: Call | None


class Sent(Protocol):
    """An `Emit`, as far as it is counted."""

    namespace: str
    event: Any


class Rooms(Protocol):
    """The table of rooms, as `Observers` see it."""

    @property
    def observers(self) -> list[Callable[[RoomEvent], None]]: ...


class Observers:
    """The `Observers` of one server: for each method of theirs what calls it, or None.

    Events are so frequent that a sum of them is counted without a call: in `known_received` and
    `known_sent`, which are None where nobody hears of events. What is not in there goes to
    `tell_received` and `tell_sent`.

    `base` is the class that they derive from. `failed`, which may be set, is called with the name
    of a method that raised, and the exception; by default that goes on to whoever called the core.
    """

    def __init__(self, base: type[Any], engine: Engine, rooms: Rooms) -> None:
        self.failed: Failed | None = None
        self.session_opened: Call | None = None
        self.session_upgraded: Call | None = None
        self.session_closed: Call | None = None
        self.connected: Call | None = None
        self.refused: Call | None = None
        self.disconnected: Call | None = None
        self.acknowledged: Call | None = None
        self.known_received: Known | None = None
        self.known_sent: Known | None = None
        self.tell_received: Call = nobody
        self.tell_sent: Call = nobody
        self._base = base
        self._engine = engine
        self._rooms = rooms
        self._all: tuple[Any, ...] = ()
        self._joined: Call | None = None
        self._left: Call | None = None

    def __iter__(self) -> Iterator[Any]:
        """Go through the observers, in the order in which they came."""
        return iter(self._all)

    def add(self, observer: Any) -> None:
        """Tell `observer` of everything from now on. A second time does nothing.

        Raises `TypeError` for what does not derive from the class of observers.
        """
        if not isinstance(observer, self._base):
            name = self._base.__name__
            raise TypeError(f"an observer is an instance of a subclass of {name}, not {observer!r}")
        if all(observer is not other for other in self._all):
            self._set((*self._all, observer))

    def remove(self, observer: Any) -> None:
        """Tell `observer` nothing any more; one that is not told is ignored."""
        self._set(tuple(other for other in self._all if other is not observer))

    def methods(self, name: str) -> tuple[Call, ...]:
        """Return the methods `name` of those observers that have one of their own."""
        own = (other for other in self._all if overrides(other, name, self._base))
        return tuple(getattr(other, name) for other in own)

    def _set(self, observers: tuple[Any, ...]) -> None:
        self._all = observers
        for name in NAMES:
            setattr(self, name, self._telling(name))
        self._set_tallies()
        for name in TRAFFIC:
            setattr(self._engine, name, self._telling(name))
        self._joined = self._telling("room_joined")
        self._left = self._telling("room_left")
        told = self._rooms.observers
        if self._tell_of_room in told:
            told.remove(self._tell_of_room)
        if self._joined is not None or self._left is not None:
            told.append(self._tell_of_room)

    def _set_tallies(self) -> None:
        """Have one observer's tallies counted by the core itself, those of several by calls."""
        received = [other.received_tallies for other in self._all if other.received_tallies]
        calls = *map(counting_received, received), *self.methods("event_received")
        self.tell_received = telling("event_received", calls, self.fail)
        self.known_received = known(received, calls)
        sent = [other.sent_tallies for other in self._all if other.sent_tallies]
        calls = *map(counting_sent, sent), *self.methods("event_sent")
        self.tell_sent = telling("event_sent", calls, self.fail)
        self.known_sent = known(sent, calls)

    def count_sent(self, emit: Sent, sockets: Collection[Socket], size: int) -> None:
        """Tell that `emit`, of `size` bytes, goes to `sockets`, where `known_sent` is not None."""
        assert self.known_sent is not None, "nobody hears of it"
        try:
            tally = self.known_sent[emit.namespace][emit.event]
        except KeyError:
            self.tell_sent(emit, sockets, size)
        else:
            count = len(sockets)
            tally.events += count
            tally.size += count * size

    def _tell_of_room(self, event: RoomEvent) -> None:
        if isinstance(event, Joined | Left):
            tell = self._joined if isinstance(event, Joined) else self._left
            if tell is not None:
                tell(event.namespace, event.room, event.sid)

    def _telling(self, name: str) -> Call | None:
        methods = self.methods(name)
        return telling(name, methods, self.fail) if methods else None

    def fail(self, name: str, error: Exception) -> None:
        """Note that the method `name` of an observer raised `error`."""
        if self.failed is None:
            raise error
        self.failed(name, error)


def known(counted: Sequence[Tallies], calls: Sequence[Call]) -> Known | None:
    """Return the tallies that the core may count in by itself, or None where nobody hears."""
    if counted and len(calls) == 1:
        return counted[0].known
    return {} if calls else None


def nobody(*args: Any) -> None:
    """Tell nobody."""


def counting_received(tallies: Tallies) -> Call:
    """Return what counts in `tallies`, as an observer's `event_received`."""

    def event_received(socket: Socket, name: Any, args: list[Any], size: int) -> None:
        tallies.count(socket.namespace, name, 1, size)

    return event_received


def counting_sent(tallies: Tallies) -> Call:
    """Return what counts in `tallies`, as an observer's `event_sent`."""

    def event_sent(emit: Sent, sockets: Collection[Socket], size: int) -> None:
        tallies.count(emit.namespace, emit.event, len(sockets), size)

    return event_sent


def overrides(observer: Any, name: str, base: type[Any]) -> bool:
    """Return whether `observer` has a method `name` of its own, and not that of `base`."""
    return getattr(type(observer), name) is not getattr(base, name)


def telling(name: str, methods: Sequence[Call], failed: Failed) -> Call:
    """Return a function that calls `methods`; what one raises, `failed(name, error)` is told."""

    def tell(*args: Any) -> None:
        for method in methods:
            try:
                method(*args)
            except Exception as error:
                failed(name, error)

    return tell

"""Who observes a server, and what calls them: one function for each kind of thing that happens.

Where nobody observes that kind, there is None in its place, and the core does no more than see it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Final, Protocol, TypeAlias

from .events import Joined, Left, RoomEvent
from .socket import Socket
from .tallies import Tallies, Tally

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
        self.event_received: Call | None = None
        self.event_sent: Call | None = None
        self.acknowledged: Call | None = None
        self.hears_received = False
        self.hears_sent = False
        self.received_tallies: Tallies | None = None
        self.sent_tallies: Tallies | None = None
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
        """Have the first tallies counted by the core itself, and others by calls."""
        received = [other.received_tallies for other in self._all if other.received_tallies]
        sent = [other.sent_tallies for other in self._all if other.sent_tallies]
        self.received_tallies = received[0] if received else None
        self.sent_tallies = sent[0] if sent else None
        more = *map(counting_received, received[1:]), *self.methods("event_received")
        self.event_received = telling("event_received", more, self.fail) if more else None
        more = *map(counting_sent, sent[1:]), *self.methods("event_sent")
        self.event_sent = telling("event_sent", more, self.fail) if more else None
        self.hears_received = self.received_tallies is not None or bool(self.event_received)
        self.hears_sent = self.sent_tallies is not None or bool(self.event_sent)

    def find_tally(self, tallies: Tallies, namespace: str, name: Any) -> Tally:
        """Return the tally for an event that is not known to `tallies`, or one for nobody."""
        try:
            return tallies.find(namespace, name)
        except Exception as error:
            self.fail("find", error)
            return Tally()

    def tell_sent(self, emit: Sent, sockets: Collection[Socket], size: int) -> None:
        """Tell that `emit`, of `size` bytes, goes to `sockets`; needed only where `hears_sent`."""
        tallies = self.sent_tallies
        if tallies is not None:
            try:
                tally = tallies.known[emit.namespace][emit.event]
            except KeyError:
                tally = self.find_tally(tallies, emit.namespace, emit.event)
            count = len(sockets)
            tally.events += count
            tally.size += count * size
        if self.event_sent is not None:
            self.event_sent(emit, sockets, size)

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

"""An Engine.IO server that writes down how its driver treats it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .. import engineio
from ..timers import Timed
from ..values import Frame
from .clock import FakeClock, Ids


class Alarm(Timed):
    """An `Alarm` is a deadline that only notes when it was acted on, in `rung`."""

    def __init__(self) -> None:
        super().__init__()
        self.rung: list[float] = []

    def deadline_passed(self, now: float) -> list[engineio.Event]:
        """Note the time."""
        self.rung.append(now)
        return []


class WatchedServer(engineio.Server):
    """A `WatchedServer` is the core of a driver under test; `faults` is what that did wrong.

    `dispatched` is what the driver handed on, `timeouts` the times that it
    gave to `handle_timeout`. `on_event` may be set to be told of each event that is handed on,
    `on_input` to have something happen inside an input that raises events.
    """

    def __init__(self, config: engineio.Config | None = None) -> None:
        super().__init__(config, new_sid=Ids("session"))
        self.clock = FakeClock()
        self.dispatched: list[engineio.Event] = []
        self.timeouts: list[float] = []
        self.faults: list[str] = []
        self.on_event: Callable[[engineio.Event], None] | None = None
        self.on_input: Callable[[engineio.Event], None] | None = None
        self._raised: list[engineio.Event] = []
        self._seen: dict[int, engineio.Event] = {}
        self._inside = False
        self._now = self.clock.now

    # What the driver calls -------------------------------------------------

    def process(self, events: Iterable[engineio.Event], now: float) -> list[engineio.Event]:
        """Note what an input raised; `on_input` is part of that input."""
        self._enter(now)
        raised = super().process(events, now)
        for event in raised:
            if self.on_input is not None:
                self.on_input(event)
        return self._leave(raised)

    def handle_timeout(self, now: float) -> list[engineio.Event]:
        """Note the call and what it raised."""
        self._enter(now)
        self.timeouts.append(now)
        return self._leave(super().handle_timeout(now))

    def dispatch(self, event: engineio.Event) -> None:
        """Note that the driver handed on an event."""
        if id(event) in self._seen:
            self.faults.append(f"an event was handed on twice: {event}")
        self._seen[id(event)] = event
        self.dispatched.append(event)
        if self.on_event is not None:
            self.on_event(event)

    # What a check asks -------------------------------------------------------

    @property
    def forgotten(self) -> list[engineio.Event]:
        """What inputs raised and the driver has not handed on."""
        return [event for event in self._raised if id(event) not in self._seen]

    def messages(self) -> list[Frame]:
        """Return the messages that were handed on, in order."""
        return [event.data for event in self.dispatched if isinstance(event, engineio.Message)]

    def ends(self, session: engineio.Session) -> list[str]:
        """Return the reasons for which a session's end was handed on."""
        return [
            event.reason
            for event in self.dispatched
            if isinstance(event, engineio.Closed) and event.session is session
        ]

    def _enter(self, now: float) -> None:
        if self._inside:
            self.faults.append("the core was entered by two at a time")
        self._inside = True
        if not self._now <= now <= self.clock.now:
            self.faults.append(f"an input of {self.clock.now} s was given the time {now}")
        self._now = now

    def _leave(self, raised: list[engineio.Event]) -> list[engineio.Event]:
        self._raised += raised
        self._inside = False
        return raised

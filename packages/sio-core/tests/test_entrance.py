"""`entrance.py`: output is taken, the timer set and events handled, whatever entered."""

from collections.abc import Callable
from typing import Any

from sio_core import Entrance, Request, engineio, socketio

POLLING = "EIO=4&transport=polling"


class Timer:
    """A timer of the driver; it is called by `Driver.pass_time`."""

    def __init__(self, when: float, function: Callable[[], object]) -> None:
        self.when, self.function, self.cancelled = when, function, False

    def cancel(self) -> None:
        self.cancelled = True


class Sink:
    """The driver of a link or an exchange."""

    def __init__(self, log: list[Any]) -> None:
        self.log = log

    def wake(self) -> None:
        self.log.append("wake")


class Driver:
    """A server on an entrance, by a clock that stands still; `log` has what happened in order."""

    def __init__(self) -> None:
        self.now = 0.0
        self.log: list[Any] = []
        self.timers: list[Timer] = []
        self.engine = engineio.Server(new_sid=lambda: "sid")
        self.sio = socketio.Server(self.engine, new_id=lambda: "id")
        self.entrance = Entrance(self.sio, self.handle, clock=lambda: self.now, call_at=self.at)

    def at(self, when: float, function: Callable[[], object]) -> Timer:
        self.timers.append(Timer(when, function))
        return self.timers[-1]

    @property
    def armed(self) -> list[float]:
        return [timer.when for timer in self.timers if not timer.cancelled]

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        for timer in [timer for timer in self.timers if not timer.cancelled]:
            if timer.when <= self.now:
                timer.cancelled = True
                timer.function()

    def handle(self, event: socketio.Event) -> list[socketio.Event] | None:
        self.log.append(type(event).__name__)
        if isinstance(event, socketio.ConnectRequested):
            if event.auth is None:
                return self.sio.disconnect(event.socket, self.now)
            self.sio.accept(event.socket)
        return None

    def request(self, body: bytes | None = None, *, driver: bool = True) -> engineio.Exchange:
        sid = "&sid=sid" if self.engine.sessions else ""
        method = "GET" if body is None else "POST"
        exchange = self.engine.exchange(Request(method, POLLING + sid))
        exchange.driver = Sink(self.log) if driver else None
        self.entrance.enter(exchange.start)
        if body is not None:
            self.entrance.enter(exchange.receive_body, body, capacity=5)
        return exchange


def test_output_goes_first_then_events_and_what_they_cause() -> None:
    driver = Driver()
    driver.request()
    assert driver.log == ["ConnectionOpened"]
    driver.request()
    driver.log.clear()
    driver.request(b'40{"name":"Ann"}')
    assert driver.log == ["ConnectRequested", "wake"]


def test_events_that_a_handler_returns_are_handled_too() -> None:
    driver = Driver()
    driver.request()
    driver.request()
    driver.log.clear()
    driver.request(b"40")
    assert driver.log == ["ConnectRequested", "wake", "Disconnected"]


def test_a_sink_without_a_driver_is_left_alone() -> None:
    driver = Driver()
    driver.request()
    driver.request(driver=False)
    driver.log.clear()
    driver.entrance.enter(driver.engine.close_all)
    assert driver.log == ["ConnectionClosed"]


def test_the_timer_stands_at_the_next_deadline_alone() -> None:
    driver = Driver()
    driver.request()
    assert driver.armed == [10.0]  # connect_timeout
    made = len(driver.timers)
    driver.entrance.settle()
    assert len(driver.timers) == made
    driver.request(b'40{"name":"Ann"}')
    assert driver.armed == [25.0]  # ping_interval
    driver.request()  # takes the answer
    driver.request()
    driver.log.clear()
    driver.pass_time(25)
    assert driver.log == ["wake"]
    assert driver.armed == [45.0]  # ping_timeout
    driver.pass_time(20)
    assert driver.log[-2:] == ["Disconnected", "ConnectionClosed"]
    assert driver.armed == []


def test_a_driver_that_stops_has_no_timer() -> None:
    driver = Driver()
    driver.entrance.stop()
    driver.request()
    driver.entrance.stop()
    assert driver.armed == []
    driver.entrance.settle()
    assert driver.armed == [10.0]


def test_a_driver_may_have_timers_of_its_own() -> None:
    driver = Driver()
    driver.now = 5.0
    called: list[bool] = []
    driver.entrance.call_later(2.0, lambda: called.append(True))
    driver.entrance.call_later(2.0, lambda: called.append(False)).cancel()
    driver.pass_time(1.9)
    assert called == []
    driver.pass_time(0.1)
    assert called == [True]

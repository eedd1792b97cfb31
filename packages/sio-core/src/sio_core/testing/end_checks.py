"""Checks of a driver's deadlines, of clients that leave, and of its own end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import engineio
from .rig import Rig
from .scene import MANY, Scene, demand, make_request
from .watched import Alarm

DRAIN = 5.0
"""Seconds that a driver is given to end."""
GRACE = 10.0
"""Seconds more that it may take: threads see that time goes on when they get to it."""
STEP = 0.05


# Time ----------------------------------------------------------------------------


def deadlines_are_kept(rig: Rig) -> None:
    """Each deadline is acted on when it is due, with nothing else going on."""
    scene = Scene(rig)
    handle, session = scene.websocket()
    config = scene.server.config
    scene.move(config.ping_interval)
    scene.written(handle, ["2"])
    rig.send(handle, "3")
    rig.send(handle, "4behind it")
    scene.handed_on(["behind it"])  # so the pong was seen, too
    scene.move(config.ping_interval)
    scene.written(handle, ["2", "2"])
    scene.move(config.ping_timeout)
    scene.ended(session)
    scene.wait(lambda: rig.close_code(handle) is not None, "a session's WebSocket was not closed")
    demand(
        scene.server.ends(session) == ["ping timeout"],
        "a deadline was kept, but not that of the heartbeat",
    )
    scene.finish()


def a_deadline_that_comes_nearer_is_kept(rig: Rig) -> None:
    """Whatever moves a deadline to an earlier time, the driver wakes up in time for it."""
    scene = Scene(rig, ping_interval=1000.0)
    handle, _ = scene.websocket()
    server, timers = scene.server, scene.server.timers

    def near(what: str, cause: Callable[[Alarm], object]) -> None:
        alarm = Alarm()
        cause(alarm)
        scene.wait(lambda: alarm.due is not None, f"{what} did not reach the core")
        scene.move(1.0)
        scene.wait(lambda: bool(alarm.rung), f"a deadline that {what} brought near was missed")

    def soon(alarm: Alarm) -> None:
        timers.set(alarm, server.clock.now + 1.0)

    near("the application", lambda alarm: rig.call(soon, alarm))

    def by_message(alarm: Alarm) -> None:
        server.on_input = lambda event: soon(alarm)
        rig.send(handle, "4arm")

    near("a message", by_message)

    def by_body(alarm: Alarm) -> None:
        polling = scene.polling()
        server.on_input = lambda event: soon(alarm)
        scene.post(polling, b"4arm")

    near("a body", by_body)

    def by_handler(alarm: Alarm) -> None:
        server.on_input = None
        server.on_event = lambda event: rig.call(soon, alarm)
        rig.send(handle, "4arm")

    near("an event", by_handler)
    server.on_event = None

    def by_time(alarm: Alarm) -> None:
        first = _Chain(lambda: soon(alarm))
        rig.call(soon, first)
        scene.move(1.0)

    near("another deadline", by_time)
    scene.finish()


class _Chain(Alarm):
    """A deadline that does something."""

    def __init__(self, then: Callable[[], None]) -> None:
        super().__init__()
        self._then = then

    def deadline_passed(self, now: float) -> list[engineio.Event]:
        self._then()
        return super().deadline_passed(now)


def a_body_that_does_not_come_is_given_up(rig: Rig) -> None:
    """A request whose body does not end is answered, and let go of, when its time is over."""
    scene = Scene(rig)
    session = scene.polling()
    handle = scene.post(session, None)
    scene.wait(lambda: session.post is not None, "a request did not reach the core")
    scene.move(scene.server.config.body_timeout)
    scene.ended(session)
    scene.let_go(handle)
    scene.finish()


# Clients that leave, and web servers that stop ---------------------------------------


def a_client_that_leaves_is_noticed_at_every_turn(rig: Rig) -> None:
    """Whenever a client is gone its session ends, once, and nothing of it is left."""
    _leave_at_every_turn(rig, rig.hang_up)


def a_cancelled_request_leaves_nothing_behind(rig: Rig) -> None:
    """Wherever the web server stops a request, the core is told as if the client were gone."""
    _leave_at_every_turn(rig, rig.cancel)


def _leave_at_every_turn(rig: Rig, leave: Callable[[Any], None]) -> None:
    scene = Scene(rig)

    def waiting_poll() -> tuple[Any, engineio.Session]:
        session = scene.polling()
        return scene.poll(session), session

    def half_a_body() -> tuple[Any, engineio.Session]:
        session = scene.polling()
        handle = scene.post(session, None)
        scene.wait(lambda: session.post is not None, "a request did not reach the core")
        return handle, session

    def slow_socket() -> tuple[Any, engineio.Session]:
        handle, session = scene.websocket()
        rig.clog(handle, True)
        scene.say(session, *map(str, range(MANY)))
        return handle, session

    def closing_socket() -> tuple[Any, engineio.Session]:
        handle, session = slow_socket()
        events = rig.call(scene.server.close, session, scene.server.clock.now)
        for event in events:
            scene.server.dispatch(event)
        return handle, session

    for begin in (waiting_poll, half_a_body, scene.websocket, slow_socket, closing_socket):
        handle, session = begin()
        leave(handle)
        scene.ended(session)
        scene.let_go(handle)
        demand(len(scene.server.ends(session)) == 1, "the end of a session was handed on twice")
    probed = scene.polling()
    candidate = rig.open(make_request("websocket", probed))
    scene.wait(lambda: probed.probe is not None, "a candidate did not reach the core")
    leave(candidate)
    scene.wait(lambda: probed.probe is None, "a candidate that is gone was kept")
    demand(not scene.server.ends(probed), "a session ended with its candidate")
    scene.finish()


def closing_is_bounded(rig: Rig) -> None:
    """A driver ends in the time it is given, whatever its clients do; then its timer rests."""
    scene = Scene(rig)
    server = scene.server
    polling, silent, posting = scene.polling(), scene.polling(), scene.polling()
    poll, post = scene.poll(polling), scene.post(posting, None)
    scene.wait(lambda: posting.post is not None, "a request did not reach the core")
    idle, idler = scene.websocket()
    slow, slower = scene.websocket()
    rig.clog(slow, True)
    scene.say(slower, *map(str, range(MANY)))
    begun = server.clock.now
    rig.shut_down(DRAIN)
    scene.wait(lambda: rig.response(poll) is not None, "a waiting poll was not told of the end")
    scene.wait(lambda: rig.close_code(idle) is not None, "an open WebSocket was not closed")
    while not rig.is_down() and server.clock.now - begun < DRAIN + GRACE:
        scene.move(STEP)
    scene.wait(rig.is_down, f"a driver that had {DRAIN} seconds to end goes on")
    for session in (polling, silent, posting, idler, slower):
        scene.ended(session)
        demand(len(server.ends(session)) == 1, "the end of a session was handed on twice")
    for handle in (poll, post, idle, slow):
        scene.let_go(handle)
    demand(not server.sessions, "sessions outlive the driver")
    timeouts = len(server.timeouts)
    scene.move(10_000.0)
    demand(len(server.timeouts) == timeouts, "the timer goes on behind the end")
    scene.check_faults()

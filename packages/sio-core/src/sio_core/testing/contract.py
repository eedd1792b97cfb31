"""What every driver of a server owes the core, as checks that anybody's driver can be run against.

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_the_contract(check):
        check(MyRig())

`MyRig` is a `Rig`: it makes one driver and plays the web server for it. A check raises
`ContractBroken`, which says what the driver forgot, did twice or left behind. The driver runs a
`WatchedServer`, an Engine.IO server by a clock that stands still; ids and chance come from there,
too, so that a check that fails does so again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import engineio
from ..values import Frame
from .rig import Rig
from .scene import SEPARATOR, Scene, demand, make_request
from .watched import Alarm

MANY = 50
"""How many messages make a burst."""
DRAIN = 5.0
"""Seconds that a driver is given to end."""
GRACE = 10.0
"""Seconds more that it may take: threads see that time goes on when they get to it."""
STEP = 0.05


Check = Callable[[Rig], None]


# What comes in ---------------------------------------------------------------


def messages_are_handed_on_once_and_in_order(rig: Rig) -> None:
    """What WebSockets and bodies bring reaches the application, whole and in order."""
    scene = Scene(rig)
    handle, _ = scene.websocket()
    wanted: list[Frame] = []
    for number in range(MANY):
        rig.send(handle, f"4{number}")
        rig.send(handle, bytes([number]))
        wanted += [str(number), bytes([number])]
    scene.handed_on(wanted)
    session = scene.polling()
    texts = [f"in a body {number}" for number in range(MANY)]
    body = SEPARATOR.join(f"4{text}" for text in texts)
    answer = scene.answer(scene.post(session, body.encode()))
    demand(answer == "ok", f"a body was answered {answer!r}")
    scene.handed_on([*wanted, *texts])
    scene.finish()


def events_follow_the_output_of_their_input(rig: Rig) -> None:
    """What an input made ready is under way before its events are handed on."""
    scene = Scene(rig)
    early: list[engineio.Event] = []

    def look(event: engineio.Event) -> None:
        if scene.server.ready:
            early.append(event)

    scene.server.on_event = look
    handle, session = scene.websocket()
    scene.server.on_input = lambda event: session.send(engineio.message("at once"))
    rig.send(handle, "4now")
    scene.written(handle, ["4at once"])
    scene.server.on_input = None
    scene.handed_on(["now"])
    demand(not early, f"events were handed on before the output was taken: {early[:1]}")
    scene.finish()


def an_unknown_session_is_refused(rig: Rig) -> None:
    """A response that the core has at once goes to the client, whatever it asked for."""
    scene = Scene(rig)
    session = scene.polling()
    scene.rig.call(scene.server.close, session, scene.server.clock.now)
    scene.answer(rig.request(make_request("polling", session)))  # takes the end of the session
    for method in ("GET", "POST"):
        handle = rig.request(make_request("polling", session, method), b"4late")
        scene.answer(handle)
        response = rig.response(handle)
        demand(
            response is not None and response.status == 400,
            f"a {method} request of no session was answered {response}",
        )
    handle = rig.open(make_request("websocket", session))
    scene.answer(handle)
    scene.finish()


# What goes out -----------------------------------------------------------------


def output_is_taken(rig: Rig) -> None:
    """Output is written, be it caused by the application, an event or the time."""
    scene = Scene(rig)
    handle, session = scene.websocket()
    scene.say(session, *map(str, range(MANY)))
    wanted: list[Frame] = [f"4{number}" for number in range(MANY)]
    scene.written(handle, wanted)

    def reply(event: engineio.Event) -> None:
        assert isinstance(event, engineio.Message)
        scene.say(event.session, f"re: {event.data!r}", b"\0")

    scene.server.on_event = reply
    rig.send(handle, "4hello")
    wanted += ["4re: 'hello'", b"\0"]
    scene.written(handle, wanted)
    scene.server.on_event = None
    scene.move(scene.server.config.ping_interval)
    scene.written(handle, [*wanted, "2"])
    scene.finish()


def a_poll_is_answered_with_what_waits(rig: Rig) -> None:
    """A poll that waits is answered by the first message, a later one at once."""
    scene = Scene(rig)
    session = scene.polling()
    poll = scene.poll(session)
    scene.say(session, "one")
    demand(scene.answer(poll) == "4one", "a poll that waited was answered with something else")
    scene.say(session, "two", "three")
    answer = scene.answer(rig.request(make_request("polling", session)))
    demand(answer == "4two\x1e4three", "what waited for a poll is not what it was answered with")
    scene.move(scene.server.config.ping_interval)
    answer = scene.answer(rig.request(make_request("polling", session)))
    demand(answer == "2", "a ping did not wait for the next poll")
    scene.finish()


def a_slow_client_gets_everything_later(rig: Rig) -> None:
    """While writing waits, messages stay in the core; then they go out, once and in order."""
    scene = Scene(rig)
    handle, session = scene.websocket()
    other, neighbour = scene.websocket()
    rig.clog(handle, True)
    texts = [str(number) for number in range(MANY)]
    for text in texts:
        scene.say(session, text)
        scene.say(neighbour, text)
    scene.written(other, [f"4{text}" for text in texts])
    rig.send(handle, "4still there")
    scene.handed_on(["still there"])
    rig.clog(handle, False)
    scene.written(handle, [f"4{text}" for text in texts])
    scene.finish()


def a_write_that_fails_harms_nobody_else(rig: Rig) -> None:
    """A connection that breaks while it is written to ends; the others get their output."""
    scene = Scene(rig)
    clients = [scene.websocket() for _ in range(3)]
    broken, session = clients[1]
    rig.spoil(broken)

    def to_all() -> None:
        for _, each in clients:
            each.send(engineio.message("to all"))

    rig.call(to_all)
    for handle, _ in (clients[0], clients[2]):
        scene.written(handle, ["4to all"])
    rig.hang_up(broken)
    scene.ended(session)
    scene.finish()


def an_upgrade_loses_nothing(rig: Rig) -> None:
    """A session goes from polling to WebSocket while messages are sent to it."""
    scene = Scene(rig)
    session = scene.polling()
    poll = scene.poll(session)
    handle = rig.open(make_request("websocket", session))
    rig.send(handle, "2probe")
    scene.wait(lambda: list(rig.frames(handle)) == ["3probe"], "a probe was not answered")
    got = [packet for packet in scene.answer(poll).split(SEPARATOR) if packet != "6"]
    scene.say(session, "between")
    rig.send(handle, "5")
    scene.say(session, "behind")

    def arrived() -> list[Frame]:
        return [*got, *rig.frames(handle)[1:]]

    scene.wait(lambda: len(arrived()) >= 2, "messages were lost by an upgrade")
    demand(arrived() == ["4between", "4behind"], f"an upgrade left {arrived()} of two messages")
    scene.finish()


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


CHECKS: tuple[Check, ...] = (
    messages_are_handed_on_once_and_in_order,
    events_follow_the_output_of_their_input,
    an_unknown_session_is_refused,
    output_is_taken,
    a_poll_is_answered_with_what_waits,
    a_slow_client_gets_everything_later,
    a_write_that_fails_harms_nobody_else,
    an_upgrade_loses_nothing,
    deadlines_are_kept,
    a_deadline_that_comes_nearer_is_kept,
    a_body_that_does_not_come_is_given_up,
    a_client_that_leaves_is_noticed_at_every_turn,
    a_cancelled_request_leaves_nothing_behind,
    closing_is_bounded,
)
"""Every check, each for a new rig."""

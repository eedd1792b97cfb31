"""Checks of what comes in through a driver, and of what goes out."""

from __future__ import annotations

from .. import engineio
from ..values import Frame
from .rig import Rig
from .scene import MANY, SEPARATOR, Scene, demand, make_request

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

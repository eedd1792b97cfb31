"""A driver at work, with what the checks of `contract` do again and again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .. import engineio
from ..values import Frame, Request
from .rig import Rig
from .watched import WatchedServer

HOST = "testserver"
SEPARATOR = "\x1e"
MANY = 50
"""How many messages make a burst."""


class ContractBroken(AssertionError):
    """A driver did not do what the core needs of it."""


def demand(condition: bool, broken: str) -> None:
    """Raise `ContractBroken`, which says what is `broken`, unless a condition is true."""
    if not condition:
        raise ContractBroken(broken)


class Scene:
    """A `Scene` is one driver at work, with what checks do again and again."""

    def __init__(self, rig: Rig, **config: Any) -> None:
        self.rig = rig
        self.server = WatchedServer(engineio.Config(**config))
        rig.start(self.server)

    def wait(self, condition: Callable[[], bool], broken: str) -> None:
        demand(self.rig.until(condition), broken)

    def move(self, seconds: float) -> None:
        self.server.clock.advance(seconds)
        self.rig.moved()

    def idle(self) -> None:
        """Wait until every event was handed on."""
        self.wait(lambda: not self.server.forgotten, "events were not handed on")

    # Clients ----------------------------------------------------------------

    def websocket(self) -> tuple[Any, engineio.Session]:
        """Make a new client on WebSocket, which has its open packet."""
        before = set(self.server.sessions)
        handle = self.rig.open(make_request("websocket"))
        self.wait(lambda: len(self.rig.frames(handle)) == 1, "the open packet was not written")
        self.idle()
        (sid,) = set(self.server.sessions) - before
        return handle, self.server.sessions[sid]

    def polling(self) -> engineio.Session:
        """Make a new client on polling."""
        handle = self.rig.request(make_request("polling"))
        packets = self.answer(handle).split(SEPARATOR)
        self.idle()
        sid: str = json.loads(packets[0][1:])["sid"]
        return self.server.sessions[sid]

    def poll(self, session: engineio.Session) -> Any:
        """Begin a poll that waits."""
        handle = self.rig.request(make_request("polling", session))
        self.wait(lambda: session.poll is not None, "a poll did not reach the core")
        return handle

    def post(self, session: engineio.Session, body: bytes | None) -> Any:
        return self.rig.request(make_request("polling", session, "POST"), body)

    def answer(self, handle: Any) -> str:
        """Wait for the response to a request. Returns its body."""
        self.wait(lambda: self.rig.response(handle) is not None, "a request was not answered")
        response = self.rig.response(handle)
        assert response is not None
        return response.body.decode()

    def say(self, session: engineio.Session, *texts: Frame) -> None:
        """Send messages, as the application does."""
        for text in texts:
            self.rig.call(session.send, engineio.message(text))

    def written(self, handle: Any, frames: list[Frame]) -> None:
        """Wait for these frames behind the open packet: each once, in order."""
        self.wait(
            lambda: len(self.rig.frames(handle)) > len(frames),
            f"of {len(frames)} messages that the core gave, some were not written",
        )
        demand(
            list(self.rig.frames(handle)[1:]) == frames,
            "messages were not written once and in order",
        )

    def handed_on(self, messages: list[Frame]) -> None:
        """Wait for these messages to be handed on: each once, in order."""
        self.wait(
            lambda: len(self.server.messages()) >= len(messages),
            f"of {len(messages)} messages that came, some were not handed on",
        )
        demand(self.server.messages() == messages, "messages were not handed on once and in order")

    def ended(self, session: engineio.Session) -> None:
        """Wait for the end of a session, which is handed on once."""
        self.wait(lambda: bool(self.server.ends(session)), "the end of a session was not handed on")
        self.wait(lambda: session.sid not in self.server.sessions, "a session outlives its end")

    def let_go(self, handle: Any) -> None:
        """Wait until the driver has let go of a request or a WebSocket."""
        self.wait(lambda: self.rig.is_over(handle), "a request or a WebSocket outlives its end")

    def finish(self) -> None:
        """Check that the driver still serves a new client, and owes nothing."""
        handle, session = self.websocket()
        self.rig.send(handle, "4last")
        self.wait(lambda: self.server.messages()[-1:] == ["last"], "a later client is not served")
        self.say(session, "last")
        self.wait(lambda: self.rig.frames(handle)[-1] == "4last", "a later client gets nothing")
        self.idle()
        self.wait(lambda: not self.server.ready, "output that is ready was left behind")
        self.check_faults()

    def check_faults(self) -> None:
        demand(not self.server.faults, "; ".join(self.server.faults[:3]))


def make_request(
    transport: str, session: engineio.Session | None = None, method: str = "GET"
) -> Request:
    sid = "" if session is None else f"&sid={session.sid}"
    query = f"EIO=4&transport={transport}{sid}"
    return Request(method, query, host=HOST, websocket=transport == "websocket")

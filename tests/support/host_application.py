"""What a host of the tests knows of Socket.IO: sessions, namespaces and a few events."""

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.wire import Wire

PACKET = re.compile(r"(\d)(?:(/[^,]*),)?(\d+)?(.*)", re.DOTALL)


@dataclass(eq=False)
class Session:
    """What the host knows of one session."""

    sid: str
    wire: Wire | None = None  # that of its WebSocket
    candidate: Wire | None = None  # one that may become it
    waiting: list[str | bytes] = field(default_factory=list)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    upgrading: bool = False
    namespaces: list[str] = field(default_factory=list)
    pongs: int = 0
    over: bool = False


class Application:
    """Answers connect requests and events; `send` takes what goes to a session.

    `events` are those that clients emitted, acknowledgements are in `answers`;
    `refused` has what is said of namespaces that are refused, and those in
    `ignored` are not answered.
    """

    def __init__(self, send: Callable[[Session, str], None]) -> None:
        self.send = send
        self.refused: dict[str, Any] = {}
        self.ignored: set[str] = set()
        self.events: list[list[Any]] = []
        self.answers: list[Any] = []
        self.auth: list[Any] = []

    def message(self, session: Session, text: str) -> None:
        """Act on a packet of Socket.IO."""
        found = PACKET.fullmatch(text)
        assert found, text
        kind, namespace, number, data = found.groups()
        place = f"{namespace}," if namespace else ""
        namespace = namespace or "/"
        value: Any = json.loads(data) if data else None
        if kind == "0":
            self.auth.append(value)
            if namespace in self.ignored:
                return
            if namespace in self.refused:
                self.send(session, f"44{place}{json.dumps(self.refused[namespace])}")
            else:
                session.namespaces.append(namespace)
                self.send(session, f'40{place}{{"sid":"{session.sid[7:]}{namespace}"}}')
        elif kind == "1":
            session.namespaces.remove(namespace)
        elif kind == "2":
            self.events.append(value)
            self._event(session, place, number, value)
        elif kind == "3":
            self.answers.append((int(number), value))

    def _event(self, session: Session, place: str, number: str | None, value: list[Any]) -> None:
        match value:
            case ["echo", *args]:
                self.send(session, f"42{place}{json.dumps(['echoed', *args])}")
            case ["burst", int(count)]:
                for tick in range(count):
                    self.send(session, f"42{place}{json.dumps(['tick', tick])}")
            case ["leave"]:  # and everything else is answered if it asks for it, but not `mute`
                self.send(session, f"41{place}".rstrip(","))
            case [name, *args] if number is not None and name != "mute":
                self.send(session, f"43{place}{number}{json.dumps(args)}")

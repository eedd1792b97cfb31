"""One client of an application of Engine.IO."""

from __future__ import annotations

from typing import Any

from sio_core import Prepared, Reason
from sio_core.engineio import Session


class Client:
    """A `Client` is there from its connect handler to the end of its disconnect handler.

    `session` is None as long as the connect handler runs, or the WebSocket is not open: what is
    sent meanwhile waits in `held`, which takes `most` messages and drops the others. `left` says
    that the application disconnected it meanwhile.
    """

    __slots__ = ("environ", "held", "left", "most", "session", "sid", "transport", "user_session")

    def __init__(self, sid: str, environ: dict[str, Any], transport: str, most: int) -> None:
        self.sid = sid
        self.environ = environ
        self.transport = transport
        self.most = most
        self.session: Session | None = None
        self.held: list[Prepared] = []
        self.left: Reason | None = None
        self.user_session: dict[str, Any] | None = None

    def send(self, message: Prepared) -> Session | None:
        """Send a message, or hold it. Call it where the core may be changed."""
        if self.session is not None:
            self.session.send(message)
        elif len(self.held) < self.most:
            self.held.append(message)
        return self.session

    def begin(self, session: Session) -> None:
        """Go over to `session`, which is open. Call it where the core may be changed."""
        self.session = session
        for message in self.held:
            session.send(message)
        self.held.clear()

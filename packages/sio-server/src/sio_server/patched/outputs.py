"""Shows a program what a server sends, where it has replaced `_send_packet` or `_send_eio_packet`.

The core hands each message to `Outputs` instead of its client's session. The program is called
later, outside the core; the methods of this package, which the program's call, send the message.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from sio_core import Prepared, Reason
from sio_core.engineio import Session, SessionState
from sio_core.engineio.relayed_session import RelayedSession
from sio_core.reasons import TRANSPORT_ERROR

from ..dispatch.flows import Flows
from ..dispatch.runners import Flow
from ..drivers.entrance import SharedEntrance
from .packets import Packets, engine_packets, is_broadcast

TOO_MANY = Reason(TRANSPORT_ERROR, "too many messages wait for _send_packet")


class Outputs:
    """The messages that wait for the program, a queue for each client: it is shown them in order.

    `names` are which of the two methods the program has, `log` is told of what they raise.
    """

    def __init__(
        self,
        dispatcher: Flows[Any],
        server: Any,
        entrance: SharedEntrance[Any],
        packets: Packets,
        log: Callable[[str, BaseException], None],
    ) -> None:
        self.names: frozenset[str] = frozenset()
        self.driver = self
        """What carries what is ready: `take_ready` of the core names this object."""
        self.call = entrance.call
        self.exclusively = entrance.exclusively
        self.dispatcher = dispatcher
        self._entrance = entrance
        self._server = server
        self._engine = entrance.engine
        self._packets = packets
        self._log = log
        self._queues: dict[Session, deque[Prepared]] = {}
        self._waiting: deque[Session] = deque()
        """Clients with messages that nobody shows yet."""

    def relay(self, session: Session, message: Prepared) -> None:
        """Keep a message for the program, which is not called here: the core is at work."""
        queue = self._queues.get(session)
        if queue is None:
            self._queues[session] = deque((message,))
            self._waiting.append(session)
            ready: Any = self._engine.ready
            ready.append(self)
        elif len(queue) < self._engine.config.max_queue_messages:
            queue.append(message)
        else:
            session.fail(TOO_MANY)

    def _begin(self) -> Session | None:
        """Return a client whose messages nobody shows yet: the caller shows them from now on."""
        return self._waiting.popleft() if self._waiting else None

    def _next(self, session: Session) -> Prepared | None:
        """Return the next message of a client; None if there is none, and its showing ends."""
        queue = self._queues.get(session)
        if queue:
            return queue.popleft()
        self._forget(session)
        return None

    def _forget(self, session: Session) -> None:
        self._queues.pop(session, None)

    def show(self, session: Session) -> Flow[None]:
        """Show the program the messages of a client, until there are no more."""
        try:
            while (message := self.exclusively(self._next, session)) is not None:
                for call in self._calls_for(session, message):
                    try:
                        yield call
                    except Exception as error:
                        self._log("_send_packet", error)
        except BaseException:
            self.exclusively(self._forget, session)
            raise

    def _calls_for(self, session: Session, message: Prepared) -> list[Callable[[], Any]]:
        """Return the calls that show a message. Sends one that the program does not ask to see."""
        packet = self._packets.read(message)
        server, sid = self._server, session.sid
        if packet is not None and is_broadcast(packet):
            if "_send_eio_packet" in self.names:
                show = server._send_eio_packet
                return [partial(show, sid, each) for each in engine_packets(message)]
        elif packet is not None and "_send_packet" in self.names:
            return [partial(server._send_packet, sid, self._packets.made_for(packet))]
        self.send(session, message)
        return []

    def send(self, session: Session, message: Prepared) -> None:
        """Send a message that the program need not see, or has seen."""
        if session.state is SessionState.OPEN:
            pass_on = session.pass_on if isinstance(session, RelayedSession) else session.send
            self.call(pass_on, message)

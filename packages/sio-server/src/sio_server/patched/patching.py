"""What is done where a program has put methods of its own in the place of a server's.

`apply` has the parts of the server call them. The other methods are what the server's own methods
of these names do, which programs call: from their own, and from outside, for clients that have no
connection at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, ClassVar

from sio_core import Prepared, Reason, engineio, socketio
from sio_core.engineio import Closed, Message, Opened, Session
from sio_core.engineio.relayed_session import DetachedSession
from sio_core.reasons import disconnect_reason
from sio_core.socketio import ConnectionClosed, Event, EventReceived, Socket

from ..dispatch.flows import Flows
from ..dispatch.runners import Flow
from ..drivers.driver import SharedDriver
from .inputs import Input, ShownCore
from .names import CALLING, INPUTS, OUTPUTS
from .outputs import Outputs
from .packets import Packets, message_of


class Patching:
    """The methods of `server` that a program has replaced, or calls by itself."""

    def __init__(
        self,
        server: Any,
        core: socketio.Server,
        driver: SharedDriver[Event],
        dispatcher: Flows[Any],
        packets: Packets,
    ) -> None:
        self.server = server
        self.dispatcher = dispatcher
        self.driver = driver
        self._core = core
        self._engine = core.engine
        self._outputs = self.new_outputs(dispatcher, server, driver, packets, self._log)
        self._lines: dict[Session, Callable[[Any, Flow[None]], None]] = {}
        self._called_for: dict[str, Session] = {}
        """The sessions for which the program is called: the engine may have forgotten them."""
        self._ended: dict[str, Session] = {}
        """The sessions that have ended, while the program is told so."""
        self._failures: dict[Session, list[BaseException]] = {}
        """What handlers of clients without a connection raised."""
        dispatcher.keep_failure = self._keep_failure
        dispatcher.take(Input, self._show)

    # Of each colour -------------------------------------------------------

    new_order: ClassVar[type[Any]]
    """Makes what a client without a connection has its handlers run by: see `Load.order`."""

    new_outputs: ClassVar[type[Outputs]]
    """Makes what shows the program the messages that are sent."""

    async def _run_handlers(self, load: Any) -> None:
        """Run the handlers that wait in the order of `load`; in threads they have run already."""
        return

    async def _all_shown(self) -> None:
        """Return when what was sent has been shown: a thread shows what it sends by itself."""
        return

    # Methods that the program has -----------------------------------------

    def apply(self, names: frozenset[str]) -> None:
        """Call the methods `names` of the program from now on, and no others."""
        self.dispatcher.hooked = not names.isdisjoint(CALLING)
        shown: Any = self._core if names.isdisjoint(INPUTS) else ShownCore(self._core)
        self.driver.core = shown
        self.dispatcher.take(
            ConnectionClosed,
            self.dispatcher.closed if shown is self._core else self._show_closed,
        )
        self._outputs.names = names & OUTPUTS
        relay = self._outputs.relay if self._outputs.names else None
        if relay is not None or self._engine.relay is not None:
            self.driver.exclusively(self._engine.relay_by, relay)

    def _show(self, event: Input) -> None:
        """Have the program called with what a client sent, after what it sent before."""
        session = event.session
        line = self._lines.get(session)
        if line is None:
            line = self._lines[session] = self.dispatcher.line()
        if isinstance(event.event, Closed):
            del self._lines[session]
        line(session.driver, self._shown(event.event))

    def _show_closed(self, event: ConnectionClosed) -> None:
        """Tell the program of a session that the core itself has ended."""
        self.dispatcher.closed(event)
        session = event.session
        if session.sid not in self._ended:
            self._show(Input(Closed(session, event.reason)))

    def _shown(self, event: Opened | Message | Closed) -> Flow[None]:
        session = event.session
        if isinstance(event, Message):
            yield from self._called("_handle_eio_message", session, event.data)
        elif isinstance(event, Opened):
            yield from self._called("_handle_eio_connect", session, session.driver.environ)
        else:
            self._ended[session.sid] = session
            reason = disconnect_reason(event.reason)
            try:
                yield from self._called("_handle_eio_disconnect", session, reason)
            finally:
                del self._ended[session.sid]
                session.driver.close()

    def _called(self, name: str, session: Session, *args: Any) -> Flow[None]:
        self._called_for[session.sid] = session
        try:
            yield partial(getattr(self.server, name), session.sid, *args)
        except Exception as error:
            self._log(name, error)
        finally:
            del self._called_for[session.sid]

    def _find(self, eio_sid: str) -> Session | None:
        return self._called_for.get(eio_sid) or self._engine.sessions.get(eio_sid)

    def _log(self, name: str, error: BaseException) -> None:
        self.dispatcher.hooks.log_raised(name, "", error, self.driver.now())

    # Methods that the program calls ---------------------------------------

    async def connect(self, eio_sid: str, environ: dict[str, Any]) -> None:
        """Take a client: one of the driver's, or one that has no connection."""
        session = self._find(eio_sid)
        if session is None:
            session = self.driver.open_detached(eio_sid)
            self.server.environ.opened(eio_sid)
        session.driver.environ = environ
        if session.owner is None:
            await self._hand_on(session, [Opened(session)])

    async def message(self, eio_sid: str, data: Any) -> None:
        """Take a message of a client; that of a stranger is ignored."""
        session = self._find(eio_sid)
        if session is not None:
            await self._hand_on(session, [Message(session, data)])

    async def disconnect(self, eio_sid: str, reason: str) -> None:
        """End a client's connection; a stranger is ignored."""
        session = self._ended.get(eio_sid)
        if session is not None:
            await self._hand_on(session, [Closed(session, Reason(reason))])
            return
        session = self._engine.sessions.get(eio_sid)
        if session is not None:
            ended = self.driver.call(session.end, self.driver.now(), Reason(reason))
            await self._hand_on(session, ended)

    def send_packet(self, eio_sid: str, packet: Any) -> None:
        """Send a packet object of Socket.IO to a client; a stranger is ignored."""
        session = self._engine.sessions.get(eio_sid)
        if session is not None:
            self._outputs.send(session, message_of(packet))

    def send_engine_packet(self, eio_sid: str, packet: Any) -> None:
        """Send a packet object of Engine.IO to a client; a stranger is ignored."""
        session = self._engine.sessions.get(eio_sid)
        if session is not None:
            self._outputs.send(session, Prepared((packet.encode(),)))

    async def _hand_on(self, session: Session, raised: list[engineio.Event]) -> None:
        """Hand to the core what came of a client, and deal with what that means."""
        decoded = self._core.decode(raised)
        events = self.driver.call(self._process, decoded)
        if not isinstance(session, DetachedSession):
            self.driver.dispatch(events)
            return
        load = session.driver
        for event in events:
            overlaps = self.server.async_handlers and isinstance(event, EventReceived)
            load.order = None if overlaps else self.new_order()
            self.dispatcher.handle(event)
            await self._run_handlers(load)
        await self._all_shown()
        failures = self._failures.pop(session, None)
        if failures:
            raise failures[0]

    def _process(self, decoded: Iterable[Any]) -> list[Event]:
        return self._core.process(decoded, self.driver.now())

    def _keep_failure(self, socket: Socket, error: BaseException) -> bool:
        """Keep what a handler raised for the call that waits for it. Returns False if none does."""
        if not isinstance(socket.session, DetachedSession):
            return False
        self._failures.setdefault(socket.session, []).append(error)
        return True

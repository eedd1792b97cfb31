"""One connection attempt: the core's connection and the user agent that carries it.

Still without I/O. A driver reports what its pipes do, and passes what that returns to `process`
for what it means; what its pipes are to do waits in `take_orders`.
"""

from __future__ import annotations

from collections.abc import Sequence

from sio_core import engineio, socketio
from sio_core.engineio import (
    AbortWebSocket,
    CancelHTTP,
    CloseWebSocket,
    OpenWebSocket,
    SendHTTP,
    WriteWebSocket,
)
from sio_core.engineio import ClientState as EngineState
from sio_core.reasons import TRANSPORT_ERROR, Reason
from sio_core.socketio import AttemptFailed, ClientEvent, ClientState, DecodedMessage

from ..settings import Settings
from ..user_agent.agent import Agent
from ..user_agent.orders import Order
from ..user_agent.results import Answered, Failed, Result, SocketFrame, SocketLost, SocketOpened


class Attempt:
    """An `Attempt` carries one attempt of `core` from its beginning to its last byte.

    `engine` is the connection of the core that the attempt made.
    After every input call `process` with what it returned, in order, and carry out `take_orders`.
    A connection that its client let go of is fed on until `over`.
    """

    __slots__ = ("_agent", "_core", "engine", "over", "settings")

    def __init__(
        self, core: socketio.Client, engine: engineio.Client, agent: Agent, settings: Settings
    ) -> None:
        self.engine = engine
        self.settings = settings
        """Those of its pipes."""
        self.over = False
        """True once the connection has ended, and its last orders were taken."""
        self._core = core
        self._agent = agent

    # Input ------------------------------------------------------------------

    def pipe_opened(self, pipe: int, now: float) -> list[engineio.ClientEvent]:
        """A pipe stands."""
        self._agent.now = now
        return self._feed(self._agent.pipe_opened(pipe), now)

    def pipe_secured(self, pipe: int, now: float) -> list[engineio.ClientEvent]:
        """TLS stands inside a pipe."""
        self._agent.now = now
        return self._feed(self._agent.pipe_secured(pipe), now)

    def pipe_received(self, pipe: int, data: bytes, now: float) -> list[engineio.ClientEvent]:
        """A pipe brought bytes."""
        self._agent.now = now
        return self._feed(self._agent.pipe_received(pipe, data), now)

    def pipe_lost(
        self, pipe: int, error: Exception | None, now: float
    ) -> list[engineio.ClientEvent]:
        """A pipe ended (None), broke, or could not be opened."""
        self._agent.now = now
        return self._feed(self._agent.pipe_lost(pipe, error), now)

    def pipe_stale(self, pipe: int, now: float) -> list[engineio.ClientEvent]:
        """A pipe that was to be used again had been ended by its peer."""
        self._agent.now = now
        return self._feed(self._agent.pipe_stale(pipe), now)

    def process(
        self, raised: Sequence[engineio.ClientEvent | DecodedMessage], now: float
    ) -> list[ClientEvent]:
        """What the return value of an input means for the application."""
        core = self._core
        events = core.process(self.engine, raised, now)
        if core.state is not ClientState.CONNECTED:
            for event in events:
                if type(event) is AttemptFailed:
                    # Where a redirect has led to, if there was one.
                    event.failure.server = self._agent.endpoint.address
        return events

    def overwhelm(self, now: float) -> list[ClientEvent]:
        """End the connection, since handlers take too long for what the server sends."""
        lost = self.engine.abort(Reason(TRANSPORT_ERROR, "too many bytes wait for slow handlers"))
        return self._core.process(self.engine, lost, now)

    def next_deadline(self) -> float | None:
        """When `handle_timeout` must be called, in the driver's clock, or None."""
        return self.engine.next_deadline()

    def handle_timeout(self, now: float) -> list[ClientEvent]:
        """Act on every deadline up to `now`; an early or extra call does nothing."""
        return self.process(self.engine.handle_timeout(now), now)

    def take_orders(self, now: float) -> Sequence[Order]:
        """What the pipes are to do, in order; once the connection is over, they are to close."""
        agent, engine = self._agent, self.engine
        agent.now = now
        actions = engine.take_actions()
        closed = engine.state is EngineState.CLOSED
        if not closed and not agent.outbox.orders:
            # As a rule there is no action, or one message, which is written without the outbox.
            if not actions:
                return ()
            if len(actions) == 1 and type(action := actions[0]) is WriteWebSocket:
                return agent.write_alone(action.id, action.message)
        for action in actions:
            self._ask(action)
        if closed and not self.over:
            self.over = True
            agent.close()
        return agent.take_orders()

    # Between the engine and the agent -----------------------------------------

    def _feed(self, results: Sequence[Result], now: float) -> list[engineio.ClientEvent]:
        raised: list[engineio.ClientEvent] = []
        for result in results:
            raised += self._report(result, now)
        return raised

    def _report(self, result: Result, now: float) -> list[engineio.ClientEvent]:
        engine = self.engine
        match result:
            case SocketFrame(id, frame):
                return engine.websocket_frame(id, frame, now)
            case Answered(id, status, body):
                events = engine.http_response(id, status, body, now)
                if engine.transport == "websocket":  # an upgrade may have waited for this answer
                    self._agent.close_idle()
                return events
            case Failed(id, error):
                return engine.http_failed(id, error, now)
            case SocketOpened(id):
                return engine.websocket_opened(id, now)
            case SocketLost(id, error, status, body, code):
                return engine.websocket_lost(id, error, now, status=status, body=body, code=code)

    def _ask(self, action: engineio.Action) -> None:
        agent = self._agent
        match action:
            case WriteWebSocket(id, message):
                agent.write(id, message)
            case SendHTTP(id, method, query, content_type, body):
                headers = [] if content_type is None else [("Content-Type", content_type)]
                agent.request(id, method, query, headers, body)
            case CancelHTTP(id):
                agent.cancel(id)
            case OpenWebSocket(id, query):
                agent.open_websocket(id, query)
            case CloseWebSocket(id):
                agent.close_websocket(id)
            case AbortWebSocket(id):
                agent.abort_websocket(id)

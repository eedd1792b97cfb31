"""The blocking driver: all the connections of one client, without a word of protocol.

The core and its attempts are touched under one lock, and entered by `enter`, with the time, and
by `send`. Whoever does so carries out the orders that come of it before the lock is released:
sockets never wait, so what a thread emits is written by that thread, and only what the peer
does not take at once is left to the driver's thread.

What arrives is read by the driver's thread alone, which decodes it between two turns with the lock.
"""

from __future__ import annotations

import contextlib
import logging
import selectors
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from sio_core import engineio, socketio
from sio_core.reasons import TRANSPORT_ERROR, Reason
from sio_core.socketio import ClientEvent, ClientState

from ...attempts import time_limits
from ...handlers.inbound_limit import InboundLimit
from ...handlers.thread_dispatcher import ThreadDispatcher
from ...user_agent.orders import OpenPipe
from ..line import FULL_BYTES, Line
from ..shared_driver import NEVER, P, R, Report, SharedDriver
from .io_thread import IOThread
from .pipe import SocketPipe


class Driver(SharedDriver[SocketPipe]):
    """A `Driver` carries the connections of `core` with sockets and one thread.

    The core is touched under one lock, with which `report` is called; `dispatcher` runs its jobs.
    """

    def __init__(
        self,
        core: socketio.Client,
        report: Report,
        run: Callable[[Any], None],
        log: logging.Logger,
        *,
        max_threads: int,
        max_waiting: int,
        max_waiting_bytes: int,
    ) -> None:
        super().__init__(core, report)
        self.now = time.monotonic
        self.lock = threading.RLock()
        self.thread = IOThread(self)
        self.dispatcher = ThreadDispatcher(run, self.lock, log, max_threads)
        self.inbound = InboundLimit(
            self.dispatcher, self.thread.ring, max_waiting, max_waiting_bytes
        )
        self._log = log
        self._output_taken = threading.Condition(self.lock)
        self._waiting = 0
        """How many threads wait in `wait_output_taken`."""
        self._armed = -NEVER
        """When the thread wakes by itself."""
        self._raised: list[tuple[Line[SocketPipe], Sequence[engineio.ClientEvent]]] = []
        """What pipes brought that is not decoded yet, in order."""
        self._to_attend: set[SocketPipe] = set()
        self._leaving: float | None = None
        """When the application asked for the end; None before."""

    # The entrances to the core --------------------------------------------------

    def enter(self, line: Line[SocketPipe] | None, method: Callable[..., Any], *args: Any) -> None:
        """Call an input of `line`'s attempt with the time, and act on its orders and events.

        An attempt is entered by the thread alone, which goes on with what the input returns once it
        has let go of the lock. None as the line stands for an input of the core itself: call
        `thread.ring` after it, without the lock, for whoever is woken needs it.
        """
        with self.lock:
            now = self.now()
            result = method(*args, now)
            if line is None:
                self._settle(result, now)
            elif result:
                self._raised.append((line, result))
            else:
                line.carry_out(now)

    def send(self, method: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call an output of the core, and write what comes of it."""
        with self.lock:
            result = method(*args, **kwargs)
            line = self.line
            if line is not None:
                line.carry_out(self.now())
                if line.engine.queued_bytes > FULL_BYTES:
                    self.outbound_full = True
            self._hurry()
        return result

    def _settle(self, events: list[ClientEvent], now: float) -> None:
        self._carry_out_all(now)
        if events:
            self._report(events)

    # For the client -------------------------------------------------------------

    def stand_by(self) -> None:
        """Have the thread ready. Call it, and what calls it, with the lock held.

        Then call `thread.launch` without the lock; after `fail_attempt` `thread.ring` too.
        """
        self._leaving = None
        self.dispatcher.keep = True
        self.thread.stand_by()

    def leave(self) -> None:
        """Note that the application disconnects. Call it with the lock held."""
        if self._leaving is None:
            self._leaving = self.now()

    def wait_output_taken(self) -> None:
        """Wait until most of what was sent is taken by the network, or the connection is lost."""
        if self.thread.is_current:
            return
        line = self.line
        if line is None or not line.outbound_full:
            self.outbound_full = False
            return
        self.dispatcher.step_aside()
        with self._output_taken:
            self._waiting += 1
            try:
                self._output_taken.wait_for(lambda: not line.outbound_full or line.attempt.over)
            finally:
                self._waiting -= 1

    # For the lines and pipes --------------------------------------------------------

    def new_pipe(self, line: Line[SocketPipe], order: OpenPipe) -> SocketPipe:
        """A pipe for a line."""
        return SocketPipe(order, line, self)

    def note_output_taken(self) -> None:
        """Wake the calls of `emit` that wait, to look again. Call it with the lock held."""
        if self._waiting:
            self._output_taken.notify_all()

    def attend(self, pipe: SocketPipe) -> None:
        """Have the thread look after a pipe. Call it with the lock held."""
        self._to_attend.add(pipe)
        self._hurry()

    def latest_close(self, now: float) -> float:
        """When a pipe that is to be closed at `now` has to be."""
        leaving = now if self._leaving is None else self._leaving
        return min(now + time_limits.PIPE, leaving + time_limits.LAST_PIPE)

    # The thread ---------------------------------------------------------------------

    def _hurry(self) -> None:
        """Wake the thread if it would sleep through what is due. Call it with the lock held."""
        # Pipes that have a new deadline are to be looked after.
        nearer = self.core.moves.count != self._moves
        if (nearer or self._to_attend) and not self.thread.awake:
            self.thread.rung = True
            self.thread.ring()

    def _quiet_until(self) -> float:
        """Until when the connection lives without being read."""
        engine = self.core.engine
        return NEVER if engine is None else engine.quiet_until

    def prepare(self) -> float | None:
        """Do what was left for the thread. Returns how long it may sleep; None: it is to end."""
        pause = self._prepare()
        if self.dispatcher.remarks:
            self.dispatcher.log_remarks()
        return pause

    def _prepare(self) -> float | None:
        with self.lock:
            posts = self.thread.posts
            while posts:
                posts.popleft()()
            while self._to_attend:
                self._to_attend.pop().attended(self.now())
            if self._raised:
                return 0.0
            if self.dispatcher.crowded or self.inbound.over_limit:
                self._decide_whether_to_read()
            idle = self.core.state is ClientState.IDLE and not (self.lines or posts)
            # While there are jobs, this thread looks whether a handler keeps them waiting.
            self.dispatcher.emptied = self.thread.ring if idle else None
            if idle and not self.dispatcher.waiting:
                self._finish()
                return None
            due = self._look_at_deadlines()
            for line in self.lines:
                for pipe in line.pipes:
                    at = pipe.deadline
                    if at is not None and at < due:
                        due = at
            relief = self.dispatcher.next_deadline()
            if relief is not None and relief < due:
                due = relief
            self._armed = min(due, self._quiet_until()) if self.inbound.full else due
            return max(0.0, self._armed - self.now())

    def act(self, ready: Sequence[tuple[selectors.SelectorKey, int]]) -> None:
        """Act on the sockets that are ready, and on what became due while the thread slept."""
        with self.lock:
            for key, mask in ready:
                key.data(mask)
            if not self._raised:
                self._handle_timeouts(self.now())
                return
            raised, self._raised = self._raised, []
        decode = self.core.decode
        decoded = [(line, decode(line.engine, results)) for line, results in raised]
        with self.lock:
            now = self.now()
            for line, messages in decoded:
                events = line.attempt.process(messages, now)
                line.carry_out(now)
                if events:
                    self._report(events)
            self._handle_timeouts(now)

    def _handle_timeouts(self, now: float) -> None:
        if now >= self._armed:
            if self._look_at_deadlines() <= now:
                self._settle(self._timed_out(now), now)
            for line in self.lines:
                for pipe in list(line.pipes):
                    if pipe.deadline is not None and pipe.deadline <= now:
                        pipe.attended(now)
            self.dispatcher.relieve(now)
        if self._waiting:
            self._output_taken.notify_all()

    def fail(self, error: Exception) -> None:
        """End everything: better than a client that seems to live."""
        self._log.error("the client's driver failed", exc_info=error)
        with self.lock:
            # The application did not disconnect: the reason that handlers get must say so.
            reason = Reason(TRANSPORT_ERROR, "the client's driver failed")
            events = self.core.disconnect(self.now(), reason)
            if events:
                self._report(events)
            for pipe in self.pipes:
                with contextlib.suppress(Exception):  # the job may be what failed
                    pipe.abort()
            self._finish()

    def _decide_whether_to_read(self) -> None:
        """See whether to read, and whether the connection can go on at all."""
        now, full, line = self.now(), self.inbound.full, self.line
        connected = self.core.state is ClientState.CONNECTED and self._leaving is None
        if connected and line is not None and self.inbound.overflows:
            self._settle(line.attempt.overwhelm(now), now)
            connected = False
        # A connection that is opening or closing is read in any case.
        self.inbound.decide(reading=not connected or now >= self._quiet_until())
        if full != self.inbound.full:
            for pipe in self.pipes:
                pipe.watch()

    def _finish(self) -> None:
        self._forget_lines()
        self._raised.clear()
        self._armed = -NEVER
        self._output_taken.notify_all()
        self.dispatcher.emptied = None
        self.dispatcher.dismiss()
        self.thread.finish()

"""The blocking driver: one thread for all the I/O of one client, without a word of protocol.

The core and its connections are touched under one lock. Whoever does so carries out the
orders that come of it, before the lock is released: sockets never wait, so what a thread
emits is written by that thread, and only what the peer does not take at once is left to
the driver's thread. That one begins with a connection and ends with the last.
"""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, ParamSpec, TypeVar

from sio_core import socketio
from sio_core.reasons import TRANSPORT_ERROR, Reason
from sio_core.socketio import ClientEvent, ClientState

from ...attempts.attempt import Connection
from ...handlers.thread_dispatcher import Dispatcher
from ...settings.settings import Settings
from ...user_agent.orders import ClosePipe, OpenPipe, SecurePipe, WritePipe
from ..address_order import Addresses
from .inbound_limit import Intake
from .pipe import LINGER, SocketPipe

BACKLOG = 1_000_000
"""Bytes that wait for a slow peer before `drained` waits too."""
LONGEST_PAUSE = 3600.0
"""Seconds after which the thread looks again, with nothing due."""
FAREWELL = 1.65
"""Seconds from the end that the application asked for until the last pipe is closed."""

P = ParamSpec("P")
R = TypeVar("R")


class Line:
    """One connection of the core, with the pipes that carry it."""

    def __init__(self, driver: Driver, connection: Connection, settings: Settings) -> None:
        self.connection = connection
        self.pipes: dict[int, SocketPipe] = {}
        self._driver = driver
        self._settings = settings
        self._addresses = Addresses()

    @property
    def unsent(self) -> int:
        """How many bytes wait for the peer, in pipes or for a request to carry them."""
        queued = self.connection.engine.queued_bytes
        return queued + sum(pipe.unsent for pipe in list(self.pipes.values()))

    @property
    def done(self) -> bool:
        """True once nothing is left of the connection."""
        return not self.pipes and self.connection.over

    def carry_out(self) -> None:
        """Do what the connection orders. Call it with the lock held."""
        for order in self.connection.take_orders(self._driver.now()):
            if type(order) is WritePipe:
                pipe = self.pipes.get(order.pipe)
                if pipe is not None:
                    pipe.write(order.data, order.reused)
                    if pipe.unsent > BACKLOG:
                        self._driver.behind = True
            elif type(order) is OpenPipe:
                pipe = SocketPipe(
                    order, self, self._driver, lambda: self._settings.tls, self._addresses
                )
                self.pipes[pipe.id] = pipe
                self._driver.attend(pipe)
            elif type(order) is SecurePipe and order.pipe in self.pipes:
                self.pipes[order.pipe].secure(order.server_name)
            elif type(order) is ClosePipe and order.pipe in self.pipes:
                self.pipes[order.pipe].close()
        if self.connection.engine.queued_bytes > BACKLOG:
            self._driver.behind = True

    # What the pipes report, from the driver's thread --------------------------

    def opened(self, pipe: SocketPipe) -> None:
        self._driver.input(self, self.connection.pipe_opened, pipe.id)

    def secured(self, pipe: SocketPipe) -> None:
        self._driver.input(self, self.connection.pipe_secured, pipe.id)

    def received(self, pipe: SocketPipe, data: bytes) -> None:
        self._driver.input(self, self.connection.pipe_received, pipe.id, data)

    def lost(self, pipe: SocketPipe, error: Exception | None) -> None:
        self._driver.input(self, self.connection.pipe_lost, pipe.id, error)

    def stale(self, pipe: SocketPipe) -> None:
        self._driver.input(self, self.connection.pipe_stale, pipe.id)

    def shut(self, pipe: SocketPipe) -> None:
        self.pipes.pop(pipe.id, None)


class Driver:
    """Runs the core that `core` returns; `dispatcher` calls `run` with each job.

    `report` takes each event, in order and with the lock held: it must not wait.
    `idle` is set while nothing is under way and the thread has ended.
    """

    def __init__(
        self,
        core: Callable[[], socketio.Client],
        report: Callable[[ClientEvent], None],
        run: Callable[[Any], None],
        log: logging.Logger,
        *,
        max_threads: int,
        max_waiting: int,
        max_waiting_bytes: int,
    ) -> None:
        self.lock = threading.RLock()
        self.idle = threading.Event()
        self.idle.set()
        self.dispatcher = Dispatcher(run, self.lock, log, max_threads)
        self.intake = Intake(self.dispatcher, self.ring, max_waiting, max_waiting_bytes)
        self.behind = False
        """True if a peer may be far behind with taking what was sent."""
        self.selector: selectors.BaseSelector
        self.now = time.monotonic
        self._core = core
        self._report = report
        self._log = log
        self._room = threading.Condition(self.lock)
        self._lines: list[Line] = []
        self._line: Line | None = None
        self._runner: threading.Thread | None = None
        self._unstarted: threading.Thread | None = None
        self._launching = threading.Lock()
        self._thread = 0
        self._armed = float("-inf")
        self._bell: socket.socket | None = None
        self._receiver: socket.socket
        self._rung = False
        self._to_attend: set[SocketPipe] = set()
        self._posts: deque[Callable[[], None]] = deque()
        self._leaving: float | None = None
        self._crowd = 0

    # The choke points -----------------------------------------------------------

    def input(self, line: Line, method: Callable[..., list[ClientEvent]], *args: Any) -> None:
        """The network's side: report to a connection, act on what comes of it."""
        with self.lock:
            self._settle(line, method(*args, now=self.now()))

    def call(self, method: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The application's side: call a method of the core and act on its output."""
        with self.lock:
            result = method(*args, **kwargs)
            line = self._line
            if line is not None:
                line.carry_out()
            self._hurry()
        return result

    def act(self, method: Callable[..., list[ClientEvent]], *args: Any) -> None:
        """`call` of a method that takes the time and returns events. Then call `ring`.

        Without the lock: whoever is woken needs it.
        """
        with self.lock:
            self._settle(self._line, method(*args, now=self.now()))

    def _settle(self, line: Line | None, events: list[ClientEvent]) -> None:
        if line is not None:
            line.carry_out()
        for event in events:
            self._report(event)

    # For the client -------------------------------------------------------------

    def begin(self, connection: Connection, settings: Settings) -> None:
        """Carry a new connection. Call it with the lock held, then `launch` without it."""
        self.stand_by()
        line = self._line = Line(self, connection, settings)
        connection.driver = line
        self._lines.append(line)
        line.carry_out()
        self._hurry()

    def stand_by(self) -> None:
        """Have the driver's thread ready. Call it with the lock held, then `launch` without it."""
        self._leaving = None
        self.dispatcher.keep = True
        if not self.idle.is_set():
            return
        receiver, self._bell = socket.socketpair()
        self.idle.clear()
        self._rung = False
        self._posts.clear()  # they were for the thread before
        receiver.setblocking(False)
        self._bell.setblocking(False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(receiver, selectors.EVENT_READ, partial(self._heard, receiver))
        self._receiver = receiver
        self._runner = self._unstarted = threading.Thread(
            target=self._main, name="sio-client-io", daemon=True
        )

    def launch(self) -> None:
        """Start the thread if it does not run yet. It begins with taking the lock."""
        with self._launching:
            thread = self._unstarted
            if thread is None or thread.ident is not None:
                return
            try:
                thread.start()
            except RuntimeError as error:  # there are too many
                self._fail(error)
                self._runner = self._unstarted = None
                self.selector.close()
                self._receiver.close()
                raise

    @property
    def running(self) -> bool:
        """True unless the thread has to be launched."""
        return self._unstarted is None

    def wait(self, seconds: float) -> None:
        """Wait until nothing is under way and the thread has ended, but not for longer."""
        deadline = self.now() + seconds
        runner = self._runner
        if self.idle.wait(max(0.0, seconds)) and runner is not None:
            runner.join(max(0.0, deadline - self.now()))

    def leave(self) -> None:
        """The application wants it to end. Call it with the lock held."""
        if self._leaving is None:
            self._leaving = self.now()

    def drained(self) -> None:
        """Wait while the peer is far behind with taking what was sent, and the connection lives."""
        if not self.behind or threading.get_ident() == self._thread:
            return
        line = self._line
        if line is None or line.unsent <= BACKLOG:
            self.behind = False
            return
        self.dispatcher.step_aside()
        with self._room:
            self._crowd += 1
            try:
                self._room.wait_for(lambda: line.unsent <= BACKLOG or line.connection.over)
            finally:
                self._crowd -= 1

    def ring(self) -> None:
        """Wake the driver's thread; safe anywhere, even in a signal handler."""
        bell = self._bell
        if bell is not None:
            # A full buffer wakes as well; a closed one has nobody to wake.
            with contextlib.suppress(OSError):
                bell.send(b"\0")

    def post(self, call: Callable[[], None]) -> None:
        """Have the driver's thread make a call, with the lock held; safe in a signal handler."""
        self._posts.append(call)
        self.ring()

    # For the pipes ----------------------------------------------------------------

    @property
    def holding(self) -> bool:
        """True while nothing is read, as the handlers are far behind with what was."""
        return self.intake.held

    def attend(self, pipe: SocketPipe) -> None:
        """Have the thread look after a pipe. Call it with the lock held."""
        self._to_attend.add(pipe)
        self._hurry()

    def latest(self, now: float) -> float:
        """When a pipe that is to be closed at `now` has to be."""
        return (
            now + LINGER if self._leaving is None else min(now + LINGER, self._leaving + FAREWELL)
        )

    # The thread ---------------------------------------------------------------------

    def _hurry(self) -> None:
        """Wake the thread if it would sleep through what is due. Call it with the lock held."""
        if self._rung or self._unstarted or threading.get_ident() == self._thread:
            return
        core, line = self._core().next_deadline(), self._line
        own = None if line is None else line.connection.next_deadline()
        # Pipes that have a new deadline are to be looked after.
        if (
            self._to_attend
            or (own is not None and own < self._armed)
            or (core is not None and core < self._armed)
        ):
            self._rung = True
            self.ring()

    def _due(self) -> float:
        """The earliest of all deadlines."""
        due = float("inf")
        for line in self._lines:
            found = line.connection.next_deadline()
            if found is not None and found < due:
                due = found
            for pipe in line.pipes.values():
                if pipe.deadline is not None and pipe.deadline < due:
                    due = pipe.deadline
        for found in (self._core().next_deadline(), self.dispatcher.next_deadline()):
            if found is not None and found < due:
                due = found
        return min(due, self._quiet_until()) if self.holding else due

    def _quiet_until(self) -> float:
        """Until when the connection lives without being read."""
        engine = self._core().engine
        return float("inf") if engine is None else engine.quiet_until

    def _main(self) -> None:
        self._thread = threading.get_ident()
        self._unstarted = None
        selector, receiver = self.selector, self._receiver
        try:
            while (pause := self._prepare()) is not None:
                while self.dispatcher.remarks:
                    level, text, args = self.dispatcher.remarks.popleft()
                    self._log.log(level, text, *args)
                # No selector takes a time without end, and some none of weeks.
                ready = selector.select(min(pause, LONGEST_PAUSE))
                with self.lock:
                    for key, mask in ready:
                        key.data(mask)
                    self._expire()
        except Exception as error:
            self._fail(error)
        selector.close()
        receiver.close()

    def _fail(self, error: Exception) -> None:
        """End everything: better than a client that seems to live."""
        self._log.error("the client's driver failed", exc_info=error)
        with self.lock:
            # Nobody asked for it: handlers are not to take it for a disconnect().
            reason = Reason(TRANSPORT_ERROR, "the client's driver failed")
            for event in self._core().disconnect(self.now(), reason):
                self._report(event)
            for pipe in [pipe for line in self._lines for pipe in line.pipes.values()]:
                with contextlib.suppress(Exception):  # as it may be the one that failed
                    pipe.cut()
            self._finish()

    def _prepare(self) -> float | None:
        """Do what was left for the thread. Returns how long it may sleep; None: it is to end."""
        with self.lock:
            while self._posts:
                self._posts.popleft()()
            if self.intake.busy:
                self._hold()
            while self._to_attend:
                self._to_attend.pop().attended(self.now())
            if self._lines and any(line.done for line in self._lines):
                self._lines = [line for line in self._lines if not line.done]
            idle = self._core().state is ClientState.IDLE and not (self._lines or self._posts)
            # As long as there are jobs, somebody has to see that none is held up.
            self.dispatcher.emptied = self.ring if idle else None
            if idle and not self.dispatcher.waiting:
                self._finish()
                return None
            self._armed = self._due()
            return max(0.0, self._armed - self.now())

    def _hold(self) -> None:
        """See whether to read, and whether the connection can go on at all."""
        now, held = self.now(), self.intake.held
        connected = self._core().state is ClientState.CONNECTED and self._leaving is None
        if connected and self._line is not None and self.intake.overflows:
            self._settle(self._line, self._line.connection.overwhelm(now))
            connected = False
        # To begin and to end it is read in any case.
        self.intake.decide(reading=not connected or now >= self._quiet_until())
        if held != self.intake.held:
            for line in self._lines:
                for pipe in line.pipes.values():
                    pipe.look()

    def _finish(self) -> None:
        self._lines.clear()
        self._line = None
        bell, self._bell = self._bell, None
        if bell is not None:
            bell.close()
        self._armed = float("-inf")
        self._rung = False
        self._thread = 0
        self._room.notify_all()
        self.dispatcher.emptied = None
        self.dispatcher.dismiss()
        self.idle.set()

    def _heard(self, receiver: socket.socket, mask: int) -> None:
        self._rung = False
        with contextlib.suppress(BlockingIOError):
            receiver.recv(4096)

    def _expire(self) -> None:
        now = self.now()
        if now >= self._armed:
            core = self._core()
            due = core.next_deadline()
            if due is not None and due <= now:
                self._settle(self._line, core.handle_timeout(now))
            for line in list(self._lines):
                due = line.connection.next_deadline()
                if due is not None and due <= now:
                    self._settle(line, line.connection.handle_timeout(now))
                for pipe in list(line.pipes.values()):
                    if pipe.deadline is not None and pipe.deadline <= now:
                        pipe.attended(now)
            self.dispatcher.relieve(now)
        if self._crowd:
            self._room.notify_all()

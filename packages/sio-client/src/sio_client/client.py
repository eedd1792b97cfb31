"""`Client`: the documented Socket.IO client for threads, gevent and eventlet."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from sio_core.handlers.both_colours import blocking, blocking_as, run_to_end
from sio_core.socketio import (
    AttemptDue,
    AttemptFailed,
    AttemptSucceeded,
    ClientEvent,
    ClientSocket,
    ClientState,
    ConnectRefused,
    Ended,
    event_args,
)

from .attempts import time_limits
from .attempts.connect_run import ConnectRun
from .drivers.threads.driver import Driver
from .handlers.after_call import MESSAGES
from .handlers.thread_calls import ThreadAck, ThreadCalls
from .log import log_event, transport_of
from .process_end.at_exit import AT_EXIT
from .process_end.ctrl_c import CTRL_C
from .shared.base_client import BaseClient
from .shared.client_methods import ClientMethods


class Client(BaseClient):
    """A `Client` connects a program of threads to a Socket.IO server; any thread may call it.

    For example::

        sio = Client(reconnection_delay_max=30)

        @sio.on("news")
        def news(data): ...

        sio.connect("https://example.org", auth={"token": "..."})
        sio.emit("hello", {"from": "python"})
        sio.wait()

    * `reconnection`: True (default) connects again when the connection is lost.
    * `reconnection_attempts`: how many attempts in a row may fail, 0 (default): any number.
    * `reconnection_delay`: seconds before the first attempt, 1 by default; they double with each.
    * `reconnection_delay_max`: the longest delay, 5 seconds by default.
    * `randomization_factor`: the part, 0.5 by default, by which each delay is moved at random.
    * `logger`: False (default) for errors only, True for information too, or a logger.
    * `serializer`, `json`: as for a server, which must use the same serializer.
    * `handle_sigint`: True (default) says goodbye to the server at Ctrl-C, if the main thread
      connected.
    * `kwargs`: the options of `ClientOptions`.

    Raises `ValueError` or `TypeError` for a value that cannot be; warns of a name that is no
    option.

    Handlers run in order, in a thread of the client. A handler that waits inside the client, or
    that runs for more than a second while others are due, does not hold up those others.
    """

    _namespace_class = "a ClientNamespace"
    _coroutines_go_to = "AsyncClient"

    def _set_up(self) -> None:
        self._thread_calls = ThreadCalls(self._handler_source(), self._acknowledge)
        self._driver: Driver = Driver(
            self._core,
            self._reported,
            self._thread_calls.run,
            self._transport_logger,
            max_threads=self.options.max_handler_threads,
            max_waiting=self.options.max_waiting_events,
            max_waiting_bytes=self.options.max_waiting_bytes,
        )
        self._dispatcher = self._thread_calls.queue = self._driver.dispatcher

    # Connecting ---------------------------------------------------------------

    connect = blocking(ClientMethods.connect)
    disconnect = blocking(ClientMethods.disconnect)
    shutdown = blocking(ClientMethods.shutdown)
    wait = blocking(ClientMethods.wait)

    def _begin(self, retry: bool, wait: bool, *asked: Any) -> ConnectRun:
        if self._core.state is not ClientState.IDLE:
            self._driver.refuse_fork()
        with self._driver.lock:
            run = self._begin_run(threading.Event, retry, wait, *asked)
            if self.handle_sigint:
                CTRL_C.add(self)
            AT_EXIT.add(self)
        return run

    def _attempt(self, run: ConnectRun, first: bool = False) -> None:
        # In a first attempt, `KeyboardInterrupt` and the like are raised by `connect`, whose caller
        # they are for. In a later one there is no caller: the attempt has failed.
        caught = Exception if first else BaseException
        driver = self._driver
        asked = partial(run.ask_and_begin, driver, first, caught)
        run.begin_or_ask(driver, first, lambda: run_to_end(asked()), caught)
        driver.thread.launch()
        driver.thread.ring()
        if first:
            self._dispatcher.step_aside()  # the outcome is waited for

    def _enter_line(self, line: Any, method: Callable[[float], Any]) -> None:
        # The thread alone enters a connection.
        self._driver.thread.post(partial(self._driver.enter, line, method))

    def _give_up(self) -> None:
        with contextlib.suppress(Exception):
            self._driver.thread.launch()  # an exception may have kept it from being started
            self.disconnect()

    def _quiet(self) -> None:
        self._driver.thread.wait_idle(time_limits.DISCONNECT)
        self._let_go()

    def _disconnect(self) -> None:
        self._driver.refuse_fork()
        driver = self._driver
        deadline = driver.now() + time_limits.DISCONNECT
        told = threading.Event()
        with driver.lock:
            self._leave(told)
        driver.thread.ring()
        self._dispatcher.step_aside()
        if told.wait(max(0.0, deadline - driver.now())):
            driver.thread.wait_idle(deadline - driver.now())
        self._let_go()

    def _leave(self, told: threading.Event) -> None:
        """Begin to disconnect; `told` is set after the handlers. Call it with the lock held."""
        driver = self._driver
        driver.leave()
        driver.enter(None, self._core.disconnect)
        if driver.thread.idle.is_set() or self._dispatcher.idle:
            told.set()
        else:
            self._dispatcher.put(told.set)

    def interrupt(self) -> threading.Event | None:
        """Disconnect soon: for signal handlers.

        Returns an event that is set once that is done, or None where it cannot be waited for.
        """
        if os.getpid() != self._driver.process:
            return None  # the connection is the parent's
        driver, thread = self._driver, self._driver.thread
        thread.post(partial(self._leave, threading.Event()))
        busy = getattr(driver.lock, "_is_owned", bool)() or not thread.launched
        return None if busy or thread.idle.is_set() else thread.idle

    def _let_go(self) -> None:
        """Once the client has ended, it says no goodbye at Ctrl-C or at the process's end."""
        with self._driver.lock:
            if self._core.state is ClientState.IDLE:
                CTRL_C.discard(self)
            if self._driver.thread.idle.is_set():
                AT_EXIT.discard(self)

    def _wait_for_end(self) -> None:
        self._driver.refuse_fork()
        run = self._connect_run
        if run is not None:
            self._dispatcher.step_aside()
            run.over.wait()
            self._let_go()

    # Sending --------------------------------------------------------------------

    @blocking_as(ClientMethods.emit)
    def emit(
        self, event: str, data: Any = None, namespace: Any = None, callback: Any = None
    ) -> None:
        driver, core, name = self._driver, self._core, namespace or "/"
        driver.refuse_fork()
        # It is encoded without the lock, for that may call functions of the application.
        if callback is None:
            message = core.prepare_event(event, event_args(data), namespace=name)
            driver.send(core.send_event, message, namespace=name)
        else:
            with driver.lock:
                ack_id = core.next_ack_id(name)
            message = core.prepare_event(event, event_args(data), namespace=name, ack_id=ack_id)
            driver.send(core.send_event_with_ack, message, ack_id, callback, namespace=name)
            if isinstance(callback, ThreadAck):
                callback.ack_id = ack_id
                return  # `call` waits for the answer, with a time limit of its own.
        if driver.outbound_full:
            driver.wait_output_taken()

    send = blocking(ClientMethods.send)

    @blocking_as(ClientMethods.call)
    def call(self, event: str, data: Any = None, namespace: Any = None, timeout: Any = 60) -> Any:
        self._driver.refuse_fork()  # without the lock, which a forked child may find held
        answer = ThreadAck()
        core = self._core
        try:
            self.emit(event, data=data, namespace=namespace, callback=answer)
            return self._dispatcher.ask(partial(self._wait_for_answer, answer, timeout))
        except BaseException:
            with self._driver.lock:
                core.forget_ack(namespace or "/", answer.ack_id)
            raise

    def _wait_for_answer(self, answer: ThreadAck, timeout: float | None) -> Any:
        if self._driver.inbound.full:
            self._driver.thread.ring()  # reading may have to go on, for the answer
        return answer.result(timeout)

    # Time -------------------------------------------------------------------------

    def sleep(self, seconds: float = 0) -> None:
        """Wait for `seconds`, 0 by default."""
        self._dispatcher.step_aside()
        time.sleep(seconds)

    def start_background_task(
        self, target: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> threading.Thread:
        """Run a function in a thread. Returns the thread, for `join()`.

        `target` is called with `args` and `kwargs`.
        """
        thread = threading.Thread(target=target, args=args, kwargs=kwargs, daemon=True)
        thread.start()
        return thread

    # What the core reports, with the lock held ----------------------------------------

    def _reported(self, events: list[ClientEvent]) -> None:
        for event in events:
            if type(event) in MESSAGES:
                self._thread_calls.take(event)
            else:
                self._noted(event)

    def _noted(self, event: ClientEvent) -> None:
        calls = self._thread_calls
        match event:
            case AttemptDue():
                self._try_again()
            case AttemptSucceeded() | AttemptFailed() | Ended():
                self._log_soon(event)
                turned = partial(calls.finish, event, self._current_run.note)
                if calls.needed_for(event):
                    self._dispatcher.put(turned)
                else:
                    turned()
            case _:
                self._log_soon(event)
                calls.take(event)

    def _log_soon(self, event: ClientEvent) -> None:
        """Have an event logged where a handler of the loggers may take its time."""
        wanted = isinstance(event, ConnectRefused)
        for logger in self._loggers:  # which may be objects of any kind
            enabled = getattr(logger, "isEnabledFor", None)
            wanted = wanted or enabled is None or enabled(logging.INFO)
        if wanted:
            transport = transport_of(self._core.engine)
            self._dispatcher.put(partial(log_event, event, transport, *self._loggers))

    def _try_again(self) -> None:
        run = self._next_run()
        attempt = partial(self._attempt, run)
        if not run.target.asks:
            self._driver.thread.post(attempt)
            return
        try:
            threading.Thread(target=attempt, name="sio-client-attempt", daemon=True).start()
        except RuntimeError as error:  # there are too many threads
            self._driver.thread.post(partial(self._driver.fail_attempt, error))

    # The handlers, in their thread --------------------------------------------------

    def _acknowledge(self, socket: ClientSocket, ack_id: int, args: Sequence[Any]) -> None:
        core = self._core
        answer = core.prepare_ack(socket, ack_id, args)
        self._driver.send(core.send_ack, socket, answer)

    def _trigger_event(self, event: str, namespace: str, *args: Any) -> Any:
        return self._handling(event, namespace, args)()

    _plain_trigger = _trigger_event

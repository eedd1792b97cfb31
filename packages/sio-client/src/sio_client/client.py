"""`Client`: the documented Socket.IO client for threads, gevent and eventlet."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from sio_core.handlers import flows
from sio_core.socketio import (
    AttemptDue,
    AttemptFailed,
    AttemptSucceeded,
    ClientEvent,
    ClientSocket,
    ClientState,
    ConnectRefused,
    Ended,
    ServerAckAborted,
    ServerAckReceived,
    ServerAckTimedOut,
    ServerEventReceived,
    event_args,
)

from .attempts import time_limits
from .attempts.connect_run import ConnectRun
from .base_client import EVENT_HOOKS, BaseClient
from .drivers.threads.driver import Driver
from .handlers.awaited_acks import ThreadAck
from .handlers.thread_calls import ThreadCalls
from .log import any_informed, log_event
from .process_end.at_exit import AT_EXIT
from .process_end.ctrl_c import CTRL_C


class Client(BaseClient):
    """A Socket.IO client whose methods wait; any thread may call them.

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
        self._dispatcher = self._driver.dispatcher

    def is_asyncio_based(self) -> bool:
        """Return False: the methods are no coroutines."""
        return False

    # Connecting ---------------------------------------------------------------

    def connect(
        self,
        url: Any,
        headers: Mapping[str, str] | Callable[[], Any] = {},  # noqa: B006 - it is documented so
        auth: Any = None,
        transports: Iterable[str] | str | None = None,
        namespaces: Iterable[str] | str | None = None,
        socketio_path: str = "socket.io",
        wait: bool = True,
        wait_timeout: float = 1,
        retry: bool = False,
    ) -> None:
        """Connect to a server. Returns once every namespace is connected.

        For example::

            sio.connect("https://example.org", auth={"token": "..."}, namespaces=["/chat"])

        * `url`: of the server, with `http`, `https`, `ws` or `wss`.
        * `headers`: of all requests, a mapping; none by default.
        * `auth`: what connect handlers of the server are given, usually a dictionary; None:
          nothing.
        * `transports`: `"polling"`, `"websocket"` or a list; by default both, the first to begin
          with.
        * `namespaces`: those to connect to; None (default): all that have handlers, or `/`.
        * `socketio_path`: the path of the endpoint, `"socket.io"` by default.
        * `wait`: False returns when the server has answered; namespaces follow when they do.
        * `wait_timeout`: seconds that namespaces have once the server has answered, 1 by default.
        * `retry`: True makes further attempts when the first one fails.

        `url`, `headers` and `auth` may be functions without arguments, which are called at each
        attempt. Raises `ConnectionError` of `sio_client.exceptions` when the client cannot be
        connected or is already, `ValueError` for arguments that cannot be right. Call `disconnect`
        in the end.
        """
        if self._core.state is not ClientState.IDLE:
            self._refuse_fork()
        with self._driver.lock:
            run = self._begin_run(
                *(threading.Event, retry, wait, url, headers, auth),
                *(transports, namespaces, socketio_path, wait_timeout),
            )
            if self.handle_sigint:
                CTRL_C.add(self)
            AT_EXIT.add(self)
        flows.run(self._connecting(run))

    def _attempt(self, run: ConnectRun, first: bool = False) -> None:
        # In a first attempt, `KeyboardInterrupt` and the like are raised by `connect`, whose caller
        # they are for. In a later one there is no caller: the attempt has failed.
        flows.run(run.attempt(self._driver, first, Exception if first else BaseException))
        self._driver.thread.launch()
        self._driver.thread.ring()
        if first:
            self._dispatcher.step_aside()  # the outcome is waited for

    def _give_up(self) -> None:
        with contextlib.suppress(Exception):
            self._driver.thread.launch()  # an exception may have kept it from being started
            self.disconnect()

    def _quiet(self) -> None:
        self._driver.thread.wait_idle(time_limits.DISCONNECT)
        self._let_go()

    def disconnect(self) -> None:
        """Disconnect from the server, or stop trying to connect.

        What was emitted is sent first. Returns after the disconnect handlers, within two seconds in
        any case; a client that is not connected is left as it is.
        """
        self._refuse_fork()
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

    def shutdown(self) -> None:
        """Disconnect, as `disconnect` does, which ends the attempts to connect again too."""
        self.disconnect()

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
        if os.getpid() != self._process:
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

    def wait(self) -> None:
        """Wait until there is no connection any more, and no attempt to make one.

        That is after `disconnect`, when the server has disconnected the client, or when the
        attempts to connect again have come to their end.
        """
        self._refuse_fork()
        run = self._connect_run
        if run is not None:
            self._dispatcher.step_aside()
            run.over.wait()
            self._let_go()

    # Sending --------------------------------------------------------------------

    def emit(
        self,
        event: str,
        data: Any = None,
        namespace: str | None = None,
        callback: Callable[..., Any] | None = None,
    ) -> None:
        """Send an event to the server.

        For example::

            sio.emit("move", (3, 4))  # two arguments
            sio.emit("save", {"text": "hello"}, callback=print)

        * `event`: the name; those of the API, such as `connect`, are reserved.
        * `data`: the one argument, a tuple of several, or None (default) for none. Bytes may be
          anywhere in it.
        * `namespace`: one that is connected; None (default) is `/`.
        * `callback`: a function that is called with the arguments of the server's acknowledgement;
          not at all if the connection is lost before.

        Raises `BadNamespaceError` when the namespace is not connected, `ValueError` for a reserved
        name and for data that cannot be encoded. Waits while the server is slow to take what it was
        sent.
        """
        self._refuse_fork()
        driver, core, name = self._driver, self._core, namespace or "/"
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

    def send(
        self,
        data: Any,
        namespace: str | None = None,
        callback: Callable[..., Any] | None = None,
    ) -> None:
        """Send an event with the name `message`: `emit` with `data`, `namespace` and `callback`."""
        self.emit("message", data=data, namespace=namespace, callback=callback)

    def call(
        self,
        event: str,
        data: Any = None,
        namespace: str | None = None,
        timeout: float | None = 60,
    ) -> Any:
        """Send an event and wait for the server's acknowledgement.

        For example::

            total = sio.call("add", (1, 2), timeout=5)

        `event`, `data` and `namespace` are those of `emit`; `timeout` is in seconds, 60 by default,
        None for no limit. Returns None, the one value, or a tuple of several. Raises `TimeoutError`
        of `sio_client.exceptions` when the time is over, `CallAbortedError`, which is one, at once
        when the connection is lost, and what `emit` raises.
        """
        self._refuse_fork()  # without the lock, which a forked child may find held
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
            if type(event) is ServerEventReceived:
                if not self._needs_no_thread(event):
                    self._dispatcher.put(event, event.size)
            else:
                self._noted(event)

    def _noted(self, event: ClientEvent) -> None:
        put = self._dispatcher.put
        match event:
            case ServerAckReceived(_, ThreadAck() as answer, args):
                answer(*args)
            case ServerAckAborted(_, ThreadAck() as answer):
                answer.abort()
            case ServerAckTimedOut(_, ThreadAck() as answer):
                answer.abort()
            case ServerAckReceived():
                put(event)
            case AttemptDue(number):
                if number:
                    self._try_again()
            case AttemptSucceeded() | AttemptFailed() | Ended():
                assert self._connect_run is not None, "all this began with connect()"
                self._log_soon(event)
                turned = partial(self._turned, event, self._connect_run)
                if self._needs_no_thread(event):
                    turned()
                else:
                    put(turned)
            case _:
                self._log_soon(event)
                if not self._needs_no_thread(event):
                    put(event)

    def _needs_no_thread(self, event: ClientEvent) -> bool:
        """True if no event waits for a handler, and there is no handler for `event`.

        The thread for the handlers is started only when there is something to handle.
        """
        if not self._dispatcher.idle:
            return False
        if type(event) is ServerEventReceived and self._table.plan(
            event.socket.namespace, event.name
        ):
            return False  # as a rule there is a handler
        return all(map(self._unheard, self._calls(event)))

    def _log_soon(self, event: ClientEvent) -> None:
        """Have an event logged where a handler of the loggers may take its time."""
        loggers = self.logger, self._transport_logger
        if isinstance(event, ConnectRefused) or any_informed(*loggers):
            self._dispatcher.put(partial(log_event, event, self._transport_in_use, *loggers))

    def _try_again(self) -> None:
        run = self._connect_run
        assert run is not None
        attempt = partial(self._attempt, run)
        if not run.target.asks:
            self._driver.thread.post(attempt)
            return
        try:
            threading.Thread(target=attempt, name="sio-client-attempt", daemon=True).start()
        except RuntimeError as error:  # there are too many threads
            self._driver.thread.post(partial(self._driver.fail_attempt, error))

    # The handlers, in their thread --------------------------------------------------

    def _turned(self, event: ClientEvent, run: ConnectRun) -> None:
        """Call the handlers of the end of an attempt, or of the client, then note it in `run`."""
        try:
            self._thread_calls.call_all(event)
        finally:
            run.note(event)

    def _acknowledge(self, socket: ClientSocket, ack_id: int, args: Sequence[Any]) -> None:
        core = self._core
        answer = core.prepare_ack(socket, ack_id, args)
        self._driver.send(core.send_ack, socket, answer)

    def _trigger_event(self, event: str, namespace: str, *args: Any) -> Any:
        """Call the handler of one event; override it to see them all.

        Returns what the handler returned, or `not_handled`.
        """
        return self._handling(event, namespace, args)()


Client._plain_hooks = (Client._trigger_event, *EVENT_HOOKS)

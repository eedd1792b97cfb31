"""`Client`: the documented Socket.IO client for threads, gevent and eventlet."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Unpack

from sio_core.exceptions import ConnectionError
from sio_core.handlers import event_args
from sio_core.socketio import (
    AttemptDue,
    AttemptFailed,
    AttemptSucceeded,
    ClientEvent,
    ClientState,
    ConnectRefused,
    Ended,
    ServerAckAborted,
    ServerAckReceived,
    ServerAckTimedOut,
    ServerEventReceived,
    call_shape,
)

from .attempts.connect_run import BlockingCall, Course
from .base_client import ClientApi, HandlerCall
from .connect_errors import connection_error
from .drivers.threads.driver import Driver
from .event_log import any_informed, log_event
from .log import resolve_logger
from .namespaces import ClientNamespace
from .options import ClientOptions
from .process_end.at_exit import FAREWELLS
from .process_end.ctrl_c import INTERRUPTS
from .user_agent.errors import AgentError

LEAVE_SECONDS = 1.7
"""What `disconnect` waits at most: it promises two seconds, also where the machine is slow."""


class Client(ClientApi):
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

    Handlers run in order, in a thread of the client. One that waits inside the client, or for more
    than a second while others are due, is left behind by them.
    """

    _coroutines_go_to = "AsyncClient"

    def __init__(
        self,
        reconnection: bool = True,
        reconnection_attempts: int = 0,
        reconnection_delay: float = 1,
        reconnection_delay_max: float = 5,
        randomization_factor: float = 0.5,
        logger: bool | logging.Logger | Any = False,
        serializer: Any = "default",
        json: Any = None,
        handle_sigint: bool = True,
        **kwargs: Unpack[ClientOptions],
    ) -> None:
        super().__init__(
            reconnection,
            reconnection_attempts,
            reconnection_delay,
            reconnection_delay_max,
            randomization_factor,
            logger,
            serializer,
            json,
            handle_sigint,
            kwargs,
        )
        self._engine_log = resolve_logger(self.options.engineio_logger, "engineio.client")
        self._course: Course | None = None
        self._driver = Driver(
            lambda: self._core,
            self._reported,
            self._run,
            self._engine_log,
            max_threads=self.options.max_handler_threads,
            max_waiting=self.options.max_waiting_events,
            max_waiting_bytes=self.options.max_waiting_bytes,
        )

    def is_asyncio_based(self) -> bool:
        """False: its methods are no coroutines."""
        return False

    def register_namespace(self, namespace_handler: ClientNamespace) -> None:
        """Register an object that handles all events of its namespace.

        For example `sio.register_namespace(Chat("/chat"))`. `namespace_handler` is an instance of a
        subclass of `ClientNamespace`: anything else raises `ValueError`, and one with coroutine
        functions `TypeError`.
        """
        if not isinstance(namespace_handler, ClientNamespace):
            raise ValueError("register_namespace takes an instance of a ClientNamespace subclass")
        self._check_methods(namespace_handler)
        namespace_handler._set_client(self)
        self._table.objects[namespace_handler.namespace] = namespace_handler

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
        course = self._set_out(
            url, headers, auth, transports, namespaces, socketio_path, wait, wait_timeout, retry
        )
        try:
            self._attempt(course, first=True)
            self._driver.dispatcher.step_aside()
            course.opened.wait()
        except BaseException:
            with contextlib.suppress(Exception):
                self._driver.launch()  # it may have been kept from it
                self.disconnect()
            raise
        if not course.succeeded:
            self._driver.wait(LEAVE_SECONDS)
            self._let_go()
            if course.failure is None:
                raise ConnectionError("The client was disconnected before it was connected")
            raise connection_error(course.failure)

    def _set_out(
        self,
        url: Any,
        headers: Any,
        auth: Any,
        transports: Any,
        namespaces: Any,
        socketio_path: str,
        wait: bool,
        wait_timeout: float,
        retry: bool,
    ) -> Course:
        """Take the arguments of `connect` and have the driver run."""
        if self._core.state is not ClientState.IDLE:
            self._refuse_fork()
        with self._driver.lock:
            target = self._target(
                url, headers, auth, transports, namespaces, socketio_path, wait_timeout
            )
            self._core.connect(self.connection_namespaces, retry=retry, wait=wait)
            course = self._course = Course(target)
            if self.handle_sigint:
                INTERRUPTS.add(self)
            FAREWELLS.add(self)
        return course

    def _attempt(self, course: Course, first: bool = False) -> None:
        """Make the attempt that is due. The first one raises what is wrong with its arguments.

        A later one has nobody to raise it to: whatever prevents it, it has failed.
        """
        target, driver = course.target, self._driver
        # What is no `Exception` ends the program's call of `connect`, or belongs to a greenlet.
        anything = Exception if first else BaseException
        try:
            url, headers, auth = course.arguments()
        except anything as error:
            self.logger.error("an argument of connect() raised an exception", exc_info=error)
            self._attempt_failed(course, error)
            return
        with driver.lock:
            if self._course is not course or self._core.state is not ClientState.DUE:
                return  # disconnected meanwhile
            try:
                connection = self._connection(target, url, headers, auth, driver.now())
            except anything as error:
                if first and not isinstance(error, AgentError):
                    raise
                self._attempt_failed(course, error)
            else:
                assert self._settings is not None
                driver.begin(connection, self._settings)
        driver.launch()

    def _attempt_failed(self, course: Course, error: BaseException) -> None:
        driver = self._driver
        with driver.lock:
            if self._course is course:
                driver.stand_by()
                driver.act(self._core.attempt_failed, error)
        driver.launch()
        driver.ring()

    def disconnect(self) -> None:
        """Disconnect from the server, or stop trying to connect.

        What was emitted is sent first. Returns after the disconnect handlers, within two seconds in
        any case; a client that is not connected is left as it is.
        """
        self._refuse_fork()
        driver = self._driver
        deadline = driver.now() + LEAVE_SECONDS
        told = threading.Event()
        with driver.lock:
            self._leave(told)
        driver.ring()
        driver.dispatcher.step_aside()
        if told.wait(max(0.0, deadline - driver.now())):
            driver.wait(deadline - driver.now())
        self._let_go()

    def shutdown(self) -> None:
        """Disconnect, as `disconnect` does, which ends the attempts to connect again too."""
        self.disconnect()

    def _leave(self, told: threading.Event) -> None:
        """Begin to disconnect; `told` is set after the handlers. Call it with the lock held."""
        driver = self._driver
        driver.leave()
        driver.act(self._core.disconnect)
        if driver.idle.is_set() or driver.dispatcher.idle:
            told.set()
        else:
            driver.dispatcher.put(told.set)

    def interrupt(self) -> threading.Event | None:
        """Disconnect soon: for signal handlers.

        Returns an event that is set once that is done, or None where it cannot be waited for.
        """
        if os.getpid() != self._process:
            return None  # the connection is the parent's
        self._driver.post(partial(self._leave, threading.Event()))
        busy = getattr(self._driver.lock, "_is_owned", bool)() or not self._driver.running
        return None if busy or self._driver.idle.is_set() else self._driver.idle

    def _let_go(self) -> None:
        """Once it has ended, the process need not see to its goodbye any more."""
        with self._driver.lock:
            if self._core.state is ClientState.IDLE:
                INTERRUPTS.discard(self)
            if self._driver.idle.is_set():
                FAREWELLS.discard(self)

    def wait(self) -> None:
        """Wait until there is no connection any more, and no attempt to make one.

        That is after `disconnect`, when the server has disconnected the client, or when the
        attempts to connect again have come to their end.
        """
        self._refuse_fork()
        course = self._course
        if course is not None:
            self._driver.dispatcher.step_aside()
            course.over.wait()
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
        if callback is None:
            driver.call(core.emit, event, event_args(data), namespace=name)
        else:
            ack_id = driver.call(
                core.emit_with_ack, event, event_args(data), callback, namespace=name
            )
            if isinstance(callback, BlockingCall):
                callback.ack_id = ack_id
                return  # it waits for the answer, and that for no longer than it wants
        driver.drained()

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
        self._refuse_fork()  # before the lock, which a thread of the parent may have held
        call = BlockingCall()
        core = self._core
        try:
            self.emit(event, data=data, namespace=namespace, callback=call)
            return self._driver.dispatcher.ask(partial(self._answer, call, timeout))
        except BaseException:
            with self._driver.lock:
                core.forget_ack(namespace or "/", call.ack_id)
            raise

    def _answer(self, call: BlockingCall, timeout: float | None) -> Any:
        if self._driver.holding:
            self._driver.ring()  # it may have to read again
        return call.result(timeout)

    # Time -------------------------------------------------------------------------

    def sleep(self, seconds: float = 0) -> None:
        """Wait for `seconds`, 0 by default."""
        self._driver.dispatcher.step_aside()
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

    def _reported(self, event: ClientEvent) -> None:
        put = self._driver.dispatcher.put
        match event:
            case ServerAckReceived(_, BlockingCall() as call, args):
                call(*args)
            case ServerAckAborted(_, BlockingCall() as call):
                call.abort()
            case ServerAckTimedOut(_, BlockingCall() as call):
                call.abort()
            case AttemptDue(number):
                if number:
                    self._try_again()
            case AttemptSucceeded() | AttemptFailed() | Ended():
                assert self._course is not None, "all this began with connect()"
                self._log_soon(event)
                turned = partial(self._turned, event, self._course)
                if self._goes_unheard(event):
                    turned()
                else:
                    put(turned)
            case ServerEventReceived():
                if not self._goes_unheard(event):
                    put(event, event.size)
            case ServerAckReceived():
                put(event)
            case _:
                self._log_soon(event)
                if not self._goes_unheard(event):
                    put(event)

    def _goes_unheard(self, event: ClientEvent) -> bool:
        """Tell whether nothing is before an event, and nobody handles it.

        A thread for the handlers, which is dear, waits until there is something for it.
        """
        if not self._driver.dispatcher.idle or _hooked(self):
            return False
        for call in self._calls(event):
            if self._table.plan(call.namespace, call.event) is not None:
                return False
            if self._table.resolve_object(call.namespace) is not None:
                return False
        return True

    def _log_soon(self, event: ClientEvent) -> None:
        """Have an event logged where a handler of the loggers may take its time."""
        loggers = self.logger, self._engine_log
        if isinstance(event, ConnectRefused) or any_informed(*loggers):
            engine = self._core.engine
            transport = "" if engine is None else engine.transport
            self._driver.dispatcher.put(partial(log_event, event, transport, *loggers))

    def _try_again(self) -> None:
        course = self._course
        assert course is not None
        attempt = partial(self._attempt, course)
        if not course.asks:
            self._driver.post(attempt)
            return
        try:
            threading.Thread(target=attempt, name="sio-client-attempt", daemon=True).start()
        except RuntimeError as error:  # there are too many
            self._driver.post(partial(self._attempt_failed, course, error))

    # The handlers, in their thread --------------------------------------------------

    def _run(self, job: Any) -> None:
        """Do one job of the dispatcher."""
        match job:
            case ServerEventReceived():
                for call in self._calls(job):
                    self._handle(call)
            case ServerAckReceived(_, callback, args):
                self._call_back(callback, args)
            case ServerAckAborted() | ServerAckTimedOut():
                self.logger.debug("an acknowledgement will not come")
            case _ if callable(job):
                job()
            case _:
                for call in self._calls(job):
                    self._handle(call)

    def _turned(self, event: Any, course: Course) -> None:
        """An attempt has come to its end, or everything has."""
        if isinstance(event, AttemptSucceeded):
            course.succeeded = True
            course.opened.set()
            return
        if isinstance(event, AttemptFailed):
            course.failure = event.failure
        try:
            for call in self._calls(event):
                self._handle(call)
        finally:
            if isinstance(event, Ended):
                course.opened.set()
                course.over.set()

    def _handle(self, call: HandlerCall) -> None:
        try:
            result = self._trigger_event(call.event, call.namespace, *call.args)
        except Exception as error:
            self._log_raised(call.event, call.namespace, error, self._driver.now())
            return
        if call.ack_id is not None and call.socket is not None and result is not self.not_handled:
            try:
                self._driver.call(self._core.ack, call.socket, call.ack_id, event_args(result))
            except ValueError as error:
                self._log_unsendable(error, self._driver.now())

    def _trigger_event(self, event: str, namespace: str, *args: Any) -> Any:
        """Call the handlers of one event; override it to see them all.

        Returns what the handler returned, or `not_handled`.
        """
        handler, given = self._get_event_handler(event, namespace, args)
        if handler is not None:
            fitting = self._fit(event, handler, given)
            if fitting is None:
                return self._misfit(event, handler, len(given))
            return handler(*fitting)
        found, given = self._get_namespace_handler(namespace, args)
        return self.not_handled if found is None else found.trigger_event(event, *given)

    def _call_back(self, callback: Callable[..., Any], args: list[Any]) -> None:
        # Not `_shape`, which remembers: a callback may be made for one message alone.
        if not call_shape(callback).takes(len(args)):
            self._log_misfit("acknowledgement", callback, len(args))
            return
        try:
            callback(*args)
        except Exception as error:
            self._log_callback_raised(callback, error, self._driver.now())


HOOKS = ("_trigger_event", "_get_event_handler", "_get_namespace_handler")
"""Methods that an application may override to see every event."""
_PLAIN = {name: getattr(Client, name) for name in HOOKS}


def _hooked(client: Client) -> bool:
    """Tell whether an application put a hook of its own in a subclass, the class or the client."""
    own, kind = vars(client), type(client)
    return any(name in own or getattr(kind, name) is not hook for name, hook in _PLAIN.items())

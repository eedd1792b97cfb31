"""`Server`: a server of an application of Engine.IO in threads, or in greenlets."""

from __future__ import annotations

from typing import Any

from sio_core import Request
from sio_core.engineio import Authorize, Event

from ..concurrency.primitives import Concurrency
from ..dispatch.runners import Flow, run
from ..drivers.admission.authorization import Verdict
from ..drivers.threads.driver import Driver
from ..drivers.threads.entrance.client_load import ClientLoad
from ..engine_colours import BlockingEngineApi
from ..serving.hosting import BlockingHosted
from .application import Application


class Server(BlockingHosted, Application, BlockingEngineApi):
    """A `Server` serves clients of Engine.IO of WSGI applications; any thread may call its methods.

    An application registers its three handlers, and gives the server to a `WSGIApp`::

        eio = Server(cors_allowed_origins=["https://example.org"])

        @eio.on("connect")
        def connect(sid, environ): ...  # False refuses the client

        @eio.on("message")
        def message(sid, data):
            eio.send(sid, data)

        @eio.on("disconnect")
        def disconnect(sid, reason): ...

    Times are in seconds, sizes in bytes:

    * `async_mode`: `"threading"`, `"gevent"`, `"eventlet"` or `"gevent_uwsgi"`; None (default): the
      first that is installed.
    * `ping_interval`, `ping_timeout`, `max_http_buffer_size`, `allow_upgrades`, `http_compression`,
      `compression_threshold`, `cookie`, `cors_allowed_origins`, `cors_credentials`, `transports`:
      as for a server of Socket.IO, see "Options" in the documentation.
    * `logger`: False (default) for warnings and errors, True for information too, or a logger.
    * `json`: an object with `dumps` and `loads`; None (default): msgspec where it is installed,
      else the standard library.
    * `async_handlers`: True (default) handles the messages of one client at the same time, False
      one after the other.
    * `monitor_clients`: without effect.
    * `kwargs`: the options of `EngineOptions`.

    Raises `ValueError` or `TypeError` for a value that cannot be; warns of a name that is no
    option.
    """

    _coroutines_go_to = "AsyncServer"

    concurrency: Concurrency
    driver: Driver[Event]

    def _make_driver(self, **options: Any) -> Driver[Event]:
        self._running = 0
        return Driver(
            self._engine,
            self._engine,
            self._dispatch,
            self.concurrency,
            max_threads=self.options.max_threads,
            **options,
        )

    # Life -----------------------------------------------------------------------

    def shutdown(self, drain: float = 5.0) -> None:
        """Disconnect every client, let handlers finish, and stop the timer.

        New clients are turned away until it returns, after at most `drain` seconds, 5 by default.
        `WSGIApp` calls it when the web server stops.
        """
        self.driver.shutdown(drain, lambda: self._running > 0)

    # Handlers -------------------------------------------------------------------

    def _authorize(self, step: Authorize, request: Request, environ: dict[str, Any]) -> Verdict:
        return run(self._authorization(step, request, environ))

    def _close(self, sid: str) -> None:
        run(self._leaving(sid))

    def _start(self, load: ClientLoad | None, flow: Flow[None], counted: ClientLoad | None) -> None:
        # Never in the caller's thread or greenlet, which serves another client next.
        workers = self.driver.workers
        with self.driver.lock:
            self._running += 1
            if counted is not None:
                counted.pending += 1
            if load is None:
                strand = workers.strand(overlap=True)
            else:
                strand = load.order or workers.strand(overlap=self.async_handlers)
                load.order = strand
        strand.put(self._run_one, flow, counted)

    def _run_one(self, flow: Flow[None], counted: ClientLoad | None) -> None:
        try:
            run(flow)
        except BaseException as error:
            # Also a timeout of gevent or eventlet, which ends the handler alone.
            self._raised("a client", error)
        finally:
            with self.driver.lock:
                self._running -= 1
                if counted is not None:
                    counted.handler_ended()

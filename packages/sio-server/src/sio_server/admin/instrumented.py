"""A server that the Admin UI of Socket.IO can look at, in either colour."""

from __future__ import annotations

import os
import time
from abc import abstractmethod
from collections.abc import Callable, Mapping
from functools import partial
from itertools import count
from typing import Any, ClassVar, Final

from sio_core.handlers import check_namespace

from ..dispatch.runners import Flow
from .access.credentials import check_auth
from .access.log_in import LogIn
from .feed import Feed
from .names import HOSTNAME, MODES
from .orders import read_order

WATCHED_FOR: Final = 35.0
"""Seconds for which the word of another server holds that somebody looks at the page there."""

_numbers = count(1)


class Instrumented(Feed):
    """A server with a namespace for the Admin UI."""

    _may_wait: ClassVar[bool]

    admin_connect: Any
    admin_emit: Any
    admin_enter_room: Any
    admin_leave_room: Any
    admin_disconnect: Any
    shutdown: Any

    def __init__(
        self,
        sio: Any,
        auth: Any = None,
        mode: str = "development",
        read_only: bool = False,
        server_id: str | None = None,
        namespace: str = "/admin",
        server_stats_interval: float = 2,
    ) -> None:
        if mode not in MODES:
            raise ValueError(f"mode must be 'development' or 'production', not {mode!r}")
        check_namespace(namespace)
        if not server_stats_interval > 0:
            raise ValueError("server_stats_interval must be a number of seconds above 0")
        credentials = check_auth(auth, self._apart, may_wait=self._may_wait)
        super().__init__(sio, mode, namespace, server_stats_interval)
        self.auth = auth
        self.read_only = read_only
        self._id, self._number = server_id, next(_numbers)
        self._log_in = LogIn(credentials, sio.logger, time.monotonic)
        if credentials is None and mode != "development":
            sio.logger.warning("admin: auth is False, so everybody can look at this server")
        self.instrument()

    @property
    def server_id(self) -> str:
        """Return the name of this server on the page, which another one does not have."""
        if self._id:
            return self._id
        # Asked for when it is needed: a server may be made before its process is forked.
        return f"{HOSTNAME}#{os.getpid()}" + (f"-{self._number}" if self._number > 1 else "")

    # Of each colour -------------------------------------------------------

    @abstractmethod
    def _apart(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call a function that takes long, on asyncio in a thread of its own."""

    @abstractmethod
    def _join(self, task: Any) -> Any:
        """Wait for the end of a task, for `END_SECONDS` at most."""

    # The namespace --------------------------------------------------------

    def instrument(self) -> None:
        """Add the namespace to the server. The constructor does it.

        Raises `ValueError` for a namespace that has handlers already.
        """
        name = self.admin_namespace
        if self.sio.handlers.get(name) or name in self.sio.namespace_handlers:
            raise ValueError(
                f"the namespace {name!r} has handlers already: give another one to instrument()"
            )
        for event, handler in self._handlers().items():
            self.sio.on(event, handler, namespace=name)
        self.sio.observe(self._arrivals)
        self.sio.manager.hear_servers(self._topic, self._hear)
        self._is_over = False

    def _handlers(self) -> Mapping[str, Callable[..., Any]]:
        return {
            "connect": self.admin_connect,
            "disconnect": self._left,
            "emit": self.admin_emit,
            "join": self.admin_enter_room,
            "leave": self.admin_leave_room,
            "_disconnect": self.admin_disconnect,
            "*": _ignore,
        }

    def uninstrument(self) -> None:
        """Take the namespace away again, end the task, and disconnect those who look."""
        self.server_ends()
        self.sio.unobserve(self._arrivals)
        self.sio.manager.hear_servers(self._topic, None)
        self.sio.handlers.pop(self.admin_namespace, None)
        self._admins.clear()
        for socket in self._calls.select(self.admin_namespace, None):
            self.sio.local.start_disconnect(socket.sid, self.admin_namespace)

    def server_ends(self) -> None:
        """Have the task end, until the next client comes; does not wait for it."""
        self._is_over = True
        self._stop()

    # Those who look -------------------------------------------------------

    def _admit(self, sid: str, environ: Mapping[str, Any], given: Any) -> Flow[None]:
        session_id = yield from self._log_in.check(str(environ.get("REMOTE_ADDR", "")), given)
        self._admins[sid] = session_id
        socket = self._calls.find(sid, self.admin_namespace)
        if socket is not None and socket.connected:  # always_connect
            self._arrived(socket)

    def _left(self, sid: str, reason: str = "") -> None:
        self._admins.pop(sid, None)

    # Orders ---------------------------------------------------------------

    def _asked(self, sid: str, order: Any, is_emit: bool | None = None) -> Any:
        return self._run(self._ordered(sid, order, is_emit))

    def _ordered(self, sid: str, order: Any, is_emit: bool | None = None) -> Flow[bool]:
        is_order = read_order(order) is not None if is_emit is None else is_emit
        if self.read_only or sid not in self._admins or not is_order:
            why = "read_only" if self.read_only else "no order" if not is_order else "not logged in"
            self.sio.logger.warning("admin: %s was refused: %s", order[0], why)
            return False
        kind, namespace, what, chosen = order
        self.sio.logger.info("admin: %s in %.100s, asked for by %s", kind, namespace, sid)
        if is_emit:
            event, data = what
            try:
                yield partial(self.sio.emit, event, tuple(data), room=chosen, namespace=namespace)
            except ValueError as error:
                self.sio.logger.warning("admin: emit failed: %s", error)
                return False
            return True
        self.sio.manager.tell_servers(self._topic, ["order", list(order)])
        yield from self._orders.carry_out(kind, namespace, what, chosen)
        return True

    # Other servers --------------------------------------------------------

    def _hear(self, told: Any) -> None:
        """Act on what another server told: that somebody looks at the page there, or an order."""
        if not isinstance(told, list) or len(told) != 2 or self._is_over:
            return
        word, value = told
        if word == "watch" and (value is None or type(value) is str):
            was_watched = self._is_watched()
            self._watched_until = time.monotonic() + WATCHED_FOR
            if value is not None or not was_watched:
                self._do("list", value)
        elif word == "order" and not self.read_only and (order := read_order(value)) is not None:
            self._do("order", *order)


def _ignore(event: str, sid: str, *args: Any) -> None:
    """Ignore an event that the page does not have, before a handler for all events gets it."""

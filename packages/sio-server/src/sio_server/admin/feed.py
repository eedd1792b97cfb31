"""What the page is sent: by one task, in the order in which it happened, while somebody looks."""

from __future__ import annotations

import os
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from functools import partial
from threading import Lock
from typing import Any, Final, TypeAlias

from sio_core.repeats import Repeats
from sio_core.socketio import Socket

from ..dispatch.runners import Flow
from ..drivers.calls import Calls
from .arrivals import Arrivals, DatedArrivals, clients_of
from .descriptions import describe
from .event_buffer import EventBuffer
from .names import ADMINS, HOSTNAME, features
from .orders import Orders
from .watchers import Development, Traffic

Work: TypeAlias = Callable[..., Flow[None]]

MAX_QUEUE: Final = 10_000
"""What waits to be sent to the page; beyond that it is sent a new list of all clients."""
MAX_SOCKETS: Final = 5_000
"""Clients of one server that are listed: the page takes longer for each the more there are."""
IN_A_LIST: Final = 100
"""Clients in the message that begins a list; the others come one by one."""
IN_A_TURN: Final = 25
"""What is sent before others have their turn: 2 to 3 ms."""
WORDS: Final = ("hello", "list", "order")
"""What the task is asked to do, among the events that it is to send."""
SAY_AGAIN: Final = 10.0
"""Seconds between two words to the other servers that somebody looks at the page."""


class Feed(ABC):
    """Sends events of the server `sio` to the page, and statistics from time to time.

    Nothing is observed, and no task runs, until somebody has logged in; in a fleet, to any server.
    """

    read_only: bool
    _emit_server_stats: Any

    def __init__(self, sio: Any, mode: str, namespace: str, server_stats_interval: float) -> None:
        self.sio = sio
        self.mode = mode
        self.admin_namespace = namespace
        self.server_stats_interval = server_stats_interval
        self.event_buffer = EventBuffer()
        self.admin_queue: deque[tuple[str, tuple[Any, ...]]] = deque()
        self.stop_stats_event: Any = None
        self.stats_task: Any = None
        self._work: Any = None
        self._calls: Calls = sio.local.calls
        self._orders = Orders(sio, self._calls)
        self._topic = f"admin {namespace}"
        self._admins: dict[str, str | None] = {}
        self._lock = Lock()
        self._started = time.monotonic()
        self._watched_until = 0.0
        self._is_lost = False
        self._is_over = False
        self._stats_due = False
        self._arrivals = (Arrivals if mode == "production" else DatedArrivals)(self._arrived)
        self._resolved = bool(sio.options.trusted_proxies)
        self._repeats = Repeats()

    def _make_watcher(self) -> Traffic:
        if self.mode == "production":
            return Traffic()
        find, namespace = self._calls.find, self.admin_namespace
        return Development(self._tell, find, namespace, resolved=self._resolved)

    @property
    @abstractmethod
    def server_id(self) -> str:
        """Return the name of this server on the page, which another one does not have."""

    # Of each colour -------------------------------------------------------

    @abstractmethod
    def _run(self, flow: Flow[Any]) -> Any:
        """Run a flow; on asyncio, return its coroutine."""

    @abstractmethod
    def _wait(self, seconds: float) -> Any:
        """Wait until `_wake`, for `seconds` at most."""

    @abstractmethod
    def _new_flag(self) -> Any:
        """Make a flag that can be set and waited for."""

    # Those who look -------------------------------------------------------

    def _arrived(self, socket: Socket) -> None:
        """Note that the server runs, for some client was let in; greet it if it is the page's."""
        self._is_over = False
        if socket.namespace == self.admin_namespace and socket.sid in self._admins:
            self._do("hello", socket.sid)

    def _is_watched(self) -> bool:
        """Tell whether somebody looks at the page, here or at another server."""
        return bool(self._admins) or time.monotonic() < self._watched_until

    def _say_watched(self, sid: str | None) -> None:
        """Tell the other servers that somebody looks; with `sid`, who is to be told of clients."""
        if not self._is_over:
            self.sio.manager.tell_servers(self._topic, ["watch", sid])

    # The task -------------------------------------------------------------

    def _tell(self, event: str, *args: Any) -> None:
        """Put an event for the page into the queue. Called inside the core, so it must not wait."""
        if len(self.admin_queue) < MAX_QUEUE:
            self._do(event, *args)
        else:
            self._is_lost = True

    def _do(self, event: str, *args: Any) -> None:
        """Put an event or a word of `WORDS` into the queue of the task, which begins if need be."""
        self.admin_queue.append((event, args))
        with self._lock:
            if self.stats_task is None and not self._is_over:
                self.stop_stats_event, self._work = self._new_flag(), self._new_flag()
                self.stats_task = self.sio.start_background_task(
                    self._emit_server_stats, self.stop_stats_event
                )
            elif self.stats_task is not None:
                self._wake()

    def _watch(self, stop: Any) -> Flow[None]:
        watcher = self._make_watcher()
        self.sio.observe(watcher)
        try:
            yield from self._watch_until(stop, watcher)
        finally:
            self.sio.unobserve(watcher)
            with self._lock:
                if self.stop_stats_event is stop:
                    self.stats_task = None

    def _watch_until(self, stop: Any, watcher: Traffic) -> Flow[None]:
        next_stats, next_word = 0.0, time.monotonic() + SAY_AGAIN
        while not stop.is_set():
            yield from self._send_queue(stop)
            now = time.monotonic()
            if not self._is_watched() and self._may_end():
                return
            self._calls.exclusively(watcher.take, self.event_buffer)
            if now >= next_stats or self._stats_due:
                next_stats, self._stats_due = now + self.server_stats_interval, False
                yield from self._send("server_stats", self._statistics())
            if self._admins and now >= next_word:
                next_word = now + SAY_AGAIN
                yield from self._trying(partial(self._say_watched, None))
            # Counts are kept by the second, however rarely they are sent.
            yield partial(self._wait, max(0.0, min(next_stats - now, 1.0)))
            self._work.clear()

    def _wake(self) -> None:
        """Have the task go on now, instead of after its pause."""
        self._work.set()

    def _stop(self) -> Any:
        """Have the task end. Returns it, if there was one."""
        with self._lock:
            task, self.stats_task = self.stats_task, None
            if task is not None:
                self.stop_stats_event.set()
                self._wake()
        return task

    def _may_end(self) -> bool:
        """Note that the task ends, unless there is something to do again."""
        with self._lock:
            if self.admin_queue:
                return False
            self.stats_task = None
            return True

    def _send_queue(self, stop: Any) -> Flow[None]:
        """Do what waits, in order: tell the page, and what it or another server asks for."""
        sent = 0
        works: tuple[Work, ...] = (self._greet, self._list_for, self._carry_out)
        words: dict[str, Work] = dict(zip(WORDS, works, strict=True))
        while self.admin_queue and not stop.is_set():
            event, args = self.admin_queue.popleft()
            work = words.get(event)
            yield from self._send(event, *args) if work is None else work(*args)
            sent += 1
            if sent % IN_A_TURN == 0:
                yield partial(self.sio.sleep, 0)
        if self._is_lost:
            self._is_lost = False
            self.sio.logger.warning("admin: more happened than the page can be told")
            sockets = yield from self._take_sockets()
            for sid in list(self._admins):
                yield from self._list(sockets, sid)
                yield from self._trying(partial(self._say_watched, sid))

    def _carry_out(self, *order: Any) -> Flow[None]:
        try:
            yield from self._orders.carry_out(*order)
        except Exception:
            self.sio.logger.exception("admin: an order of another server failed")

    def _send(self, event: str, *args: Any, to: str = ADMINS) -> Flow[None]:
        data = args if len(args) != 1 else args[0]
        call = partial(self.sio.emit, event, data, to=to, namespace=self.admin_namespace)
        if not self._is_over:  # a manager that is closed would begin again
            yield from self._trying(call)

    def _trying(self, call: Callable[[], Any]) -> Flow[None]:
        try:
            yield call
        except Exception as error:
            log, now = self.sio.logger.error, time.monotonic()
            message = "admin: what the page is to be told could not be sent"
            self._repeats.log(log, "unsent", now, message, exc_info=error)

    def _greet(self, sid: str) -> Flow[None]:
        """Tell somebody who has logged in all that the page begins with."""
        if sid not in self._admins:
            return
        if (session_id := self._admins[sid]) is not None:
            self._admins[sid] = None
            yield from self._send("session", session_id, to=sid)
        shown = features(self.mode, read_only=self.read_only)
        yield from self._send("config", {"supportedFeatures": shown}, to=sid)
        sockets = yield from self._take_sockets()
        if sid not in self._admins:  # has left meanwhile
            return
        call = partial(self.sio.enter_room, sid, ADMINS, namespace=self.admin_namespace)
        yield from self._trying(call)
        if self.mode == "development":
            yield from self._list(sockets, sid)
        yield from self._trying(partial(self._say_watched, sid))
        self._stats_due = True

    def _statistics(self) -> dict[str, Any]:
        sessions = list(self.sio.driver.engine.sessions.values())
        return {
            "serverId": self.server_id,
            "hostname": HOSTNAME,
            "pid": os.getpid(),
            "uptime": time.monotonic() - self._started,
            "clientsCount": len(sessions),
            "pollingClientsCount": sum(each.transport != "websocket" for each in sessions),
            "aggregatedEvents": self.event_buffer.get_and_clear(),
            "namespaces": [
                {"name": name, "socketsCount": self._calls.count_members(name, None)}
                for name in self._calls.namespaces()
            ],
        }

    # The list of clients --------------------------------------------------

    def serialize_socket(
        self, sid: str, namespace: str, eio_sid: str | None = None
    ) -> dict[str, Any]:
        """Return the client `sid` of `namespace` as the page is told of it.

        `eio_sid` is not used. Raises `KeyError` for a sid that is not connected.
        """
        socket = self._calls.find(sid, namespace)
        if socket is None:
            raise KeyError(f"no client {sid!r} in namespace {namespace!r}")
        return self._described([(socket, self._calls.rooms_of(socket))])[0]

    def _take_sockets(self) -> Flow[list[Any]]:
        """Return the clients that there are, with their rooms, once all before that was told."""
        most = MAX_SOCKETS if self.mode == "development" else 0
        sockets, ahead = self._calls.exclusively(
            lambda: (clients_of(self._calls, most), len(self.admin_queue))
        )
        words = []
        for _ in range(ahead):
            event, args = self.admin_queue.popleft()
            if event in WORDS:
                words.append((event, args))
            else:
                yield from self._send(event, *args)
        self.admin_queue.extendleft(reversed(words))
        return sockets

    def _list(self, sockets: list[Any], sid: str) -> Flow[None]:
        """Send clients of this server to one page, instead of all that it knows."""
        # The page shows "/" first if it has heard of it by then: in a fleet others may be there.
        yield from self._send("socket_updated", {"id": "", "nsp": "/"}, to=sid)
        yield from self._send("all_sockets", self._described(sockets[:IN_A_LIST]), to=sid)
        yield from self._add_to_list(sockets[IN_A_LIST:], sid)

    def _list_for(self, sid: str | None) -> Flow[None]:
        """Send the clients of this server to pages at others, beside those that they know."""
        sockets = yield from self._take_sockets()
        yield from self._add_to_list(sockets, sid or ADMINS)
        self._stats_due = True

    def _add_to_list(self, sockets: list[Any], to: str) -> Flow[None]:
        for at in range(0, len(sockets), IN_A_TURN):
            for described in self._described(sockets[at : at + IN_A_TURN]):
                time_of = described["handshake"]["time"]
                yield from self._send("socket_connected", described, time_of, to=to)
            yield partial(self.sio.sleep, 0)

    def _described(self, sockets: list[Any]) -> list[dict[str, Any]]:
        return [
            describe(socket, rooms, self._arrivals.since(socket), resolved=self._resolved)
            for socket, rooms in sockets
        ]

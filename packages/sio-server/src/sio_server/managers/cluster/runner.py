"""Runs the node of a manager over its broker: what is the same on asyncio and in threads.

Two things are done side by side. One listens: it connects, hands what was published to the node,
and connects again when the connection is lost. The other works: it subscribes, publishes what the
node has, and keeps the node's time. What waits is a coroutine, which threads run, too
(`drivers/entrance.py`). An emit of the application does neither: it leaves its publication with the
node, and wakes the worker.
"""

from __future__ import annotations

import logging
import random
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ParamSpec, Protocol, TypeVar

from sio_core.cluster import Health, Node, NodeEvent
from sio_core.timers import Backoff

from ...concurrency.primitives import Lock
from .broker import BrokerError

P = ParamSpec("P")
T = TypeVar("T")

FIRST_SECONDS, MOST_SECONDS, MOVED_BY = 0.1, 1.0, 0.5
"""Seconds before a second attempt to connect, at most between two, and the share left to chance.

A broker that is back is found within a second, so that deliveries are back within two.
"""

FLUSH_SECONDS = 5.0
"""Seconds for which a process that only emits tries to publish."""

COUNT_SECONDS = 2.0
"""Seconds between two looks for subscribers that are no nodes of this kind."""

IN_A_TURN = 64
"""How many times what was published is taken before others have their turn."""


class SetsFlag(Protocol):
    """What is set for whoever waits."""

    def set(self) -> None: ...


class Runner(ABC):
    """Runs `node` over `broker`; `take(events)` is told of what came, in order, and never waits.

    `thread` is what listens, and comes to `listen` by ways of the manager's. `hear(runner,
    channel, payload)` is awaited for each message instead of `Node.receive`, where there is one.
    """

    waits: Callable[[Any], Awaitable[Any]]
    """Makes a call of this colour something to await."""
    lock: Lock
    """Held while the node is used."""
    now: Callable[[], float]
    """The time in seconds, of a clock that only goes forward."""

    def __init__(
        self,
        node: Node,
        broker: Any,
        take: Callable[[Sequence[NodeEvent]], None],
        log: Callable[[], logging.Logger],
        thread: Callable[[], Any],
        hear: Callable[[Any, str, Any], Awaitable[None]] | None,
    ) -> None:
        self.node = node
        self.broker = broker
        self.is_closing = False
        self.is_connected = False
        self._take = take
        self._log = log
        self._thread = thread
        self._hear = hear
        self._listens = False
        self._is_refused = False
        self._until_next = Backoff(FIRST_SECONDS, MOST_SECONDS, MOVED_BY, random.random)
        self._publish_again = Backoff(FIRST_SECONDS, MOST_SECONDS, MOVED_BY, random.random)
        self._counts = broker.routes and node.config.routing is None
        self._count_at = 0.0
        self._is_new = False  # a connection on which nothing is subscribed
        self._dead_at = 0.0
        self._waiting: list[tuple[Callable[[], bool], SetsFlag]] = []

    # Of each colour -------------------------------------------------------

    @abstractmethod
    def start(self) -> None:
        """Begin to listen and to work."""

    _work: Any
    """A flag that is set while there is work."""
    _end: Any
    """A flag that `close` sets."""
    _publishing: Any
    """A lock that `flush` holds."""

    @abstractmethod
    def let_others_run(self) -> Any:
        """Let other tasks, threads or greenlets run."""

    @abstractmethod
    def connect_again(self) -> None:
        """Give up the connection, which is made again."""

    @abstractmethod
    def _say_goodbye(self, seconds: float) -> Any:
        """Wait for the worker, then `take_leave`, for `seconds` at most."""

    # Waiting --------------------------------------------------------------

    def wake(self) -> None:
        """Have the worker look at once; may be called from any thread of this colour."""
        self._work.set()

    def sleep(self, seconds: float) -> Any:
        """Wait for `seconds`, or until `close`."""
        return self._end.wait(seconds)

    async def wait_for_work(self, seconds: float | None) -> None:
        """Wait until `wake`, for `seconds` at most; None: without limit."""
        await self.waits(self._work.wait(seconds))
        self._work.clear()

    async def flush(self) -> None:
        """Publish what waits, in a process that only emits."""
        await self.waits(self._publishing.acquire())
        try:
            await self.publish_now(FLUSH_SECONDS)
        finally:
            self._publishing.release()

    async def close(self, seconds: float) -> None:
        """Say goodbye and publish what waits, for `seconds` at most; then end."""
        self.is_closing = True
        self._end.set()
        self.wake()
        await self.waits(self._say_goodbye(seconds))
        await self.waits(self.broker.close())  # which the listener may wait for

    # The node -------------------------------------------------------------

    def is_over(self) -> bool:
        """Return whether this runner cannot be used any more: not where no event loop ends."""
        return False

    def may_enter(self) -> bool:
        """Return whether the caller may use the node: yes, where there is a lock."""
        return True

    def enter(self, method: Callable[..., Sequence[NodeEvent]], *args: Any) -> None:
        """Call a method of the node that returns events, with the time as its last argument."""
        with self.lock:
            events = method(*args, self.now())
            self._tell_waiting()
        if events:
            self._take(events)

    def receive(self, channel: str, payload: Any) -> Sequence[NodeEvent]:
        """Hand what was published to the node. Returns what it means."""
        with self.lock:
            events = self.node.receive(channel, payload, self.now())
            self._tell_waiting()
        if self.node.has_publications:  # an answer, or what was held back until now
            self.wake()
        return events

    def ask(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a method of the node that leaves something to do, and have it done."""
        with self.lock:
            result = method(*args, **kwargs)
        self.wake()
        return result

    def note(self, method: Callable[..., None], *args: Any) -> None:
        """Call a method of the node with the time as its last argument, and have the rest done."""
        with self.lock:
            method(*args, self.now())
        self.wake()

    def health(self) -> Health:
        """Return how the node is by now.

        Nobody else keeps its time while a broker that stands still holds up what is published.
        """
        if self.may_enter():
            self.enter(self.node.handle_timeout)
        return self.node.health()

    def is_ready(self) -> bool:
        """Return whether what other processes send to everyone comes here."""
        return self.node.is_subscribed("/", None)

    def expect(self, is_so: Callable[[], bool], flag: SetsFlag) -> None:
        """Set `flag` as soon as `is_so()`, which looks at the node."""
        with self.lock:
            if is_so():
                flag.set()
            else:
                self._waiting.append((is_so, flag))

    def expect_no_more(self, flag: SetsFlag) -> None:
        """Forget what `expect` was told of `flag`."""
        with self.lock:
            self._waiting = [entry for entry in self._waiting if entry[1] is not flag]

    def _tell_waiting(self) -> None:
        if self._waiting:
            left = []
            for entry in self._waiting:
                if entry[0]():
                    entry[1].set()
                else:
                    left.append(entry)
            self._waiting = left

    # Listening ------------------------------------------------------------

    async def run_thread(self) -> None:
        """Run the `_thread` of the manager; what one of a subclass raises is logged."""
        try:
            await self.waits(self._thread())
        except Exception:
            if not self.is_closing:
                self._log().exception("_thread of the manager raised, and hears nothing any more")

    async def listen(self) -> None:
        """Receive until `close`; a lost connection is made again, later from time to time."""
        self._listens = True
        while not self.is_closing:
            try:
                await self.waits(self.broker.connect())
                self._connected()
                await self._receive()
            except BrokerError as error:
                self._lost(str(error))
            except Exception as error:
                self._log().exception("the connection to the broker failed")
                self._lost(str(error))
            if not self.is_closing:
                await self.waits(self.sleep(self._until_next.next()))

    def _connected(self) -> None:
        self._count_at = 0.0
        self._is_new = self.is_connected = True
        with self.lock:
            self._dead_at = self.now() + 2 * self.node.config.probe_timeout
        self.enter(self.node.connected)
        self.wake()

    def heard_elsewhere(self) -> None:
        """Note that a `_thread` of the application's hears, which does not come to `listen`."""
        if not (self._listens or self.is_connected):
            self._connected()
            with self.lock:
                wanted, _ = self.node.take_subscriptions()
            self.enter(lambda now: self.node.subscribed(wanted, now))

    async def _receive(self) -> None:
        node, receive, hear = self.node, self.broker.receive, self._hear
        turn = 0
        while not self.is_closing:
            for channel, payload in await self.waits(receive()):
                if payload is None:
                    self.enter(node.subscribed, (channel,))
                    self.wake()  # for the first words of a node that hears
                    self._until_next.reset()
                elif hear is not None:
                    await hear(self, channel, payload)
                elif events := self.receive(channel, payload):
                    self._take(events)
            turn += 1
            if turn == IN_A_TURN:
                turn = 0
                await self.waits(self.let_others_run())

    def _lost(self, detail: str) -> None:
        self.is_connected = False
        if self.is_closing:
            return
        self.enter(lambda now: self.node.disconnected(now, detail))

    # Working --------------------------------------------------------------

    async def work(self) -> None:
        """Subscribe, publish and keep the node's time until `close`."""
        node = self.node
        while not self.is_closing:
            with self.lock:
                due = node.next_deadline()
            if self._counts and self.is_ready():
                due = self._count_at if due is None else min(due, self._count_at)
            await self.wait_for_work(None if due is None else max(0.0, due - self.now()))
            self.enter(node.handle_timeout)
            began = self.now()
            try:
                if self.is_connected:
                    self._give_up_what_is_dead()
                    await self._count_if_due()
                    await self._subscribe()
                await self._publish()
                with self.lock:  # a broker that takes its time was asked for nothing else meanwhile
                    self._dead_at += self.now() - began
                self._is_refused = False
            except Exception as error:
                self._refused(error)
                await self.waits(self.sleep(self._publish_again.next()))
                self.wake()  # for what was not done

    def _refused(self, error: Exception) -> None:
        """Say why nothing is published, once."""
        if not self._is_refused:
            self._is_refused = True
            known = isinstance(error, BrokerError)
            log = self._log()
            log.warning("nothing can be published: %s", error, exc_info=None if known else error)

    def _give_up_what_is_dead(self) -> None:
        """Connect again where a connection was made, and nothing came back for long enough."""
        now = self.now()
        if now >= self._dead_at:
            timeout = self.node.config.probe_timeout
            self._dead_at = now + timeout
            if not self.node.health().healthy:
                self.connect_again()

    async def _count_if_due(self) -> None:
        """Look for other subscribers from time to time, and first before this node is one.

        A node that is ready knows of them: its first event would pass them by. While the broker
        does what it was asked for, this node may seem to be one.
        """
        if self._counts and self.now() >= self._count_at and (self._is_new or self.is_ready()):
            await self._count()
        self._is_new = False

    async def _count(self) -> None:
        """Look for subscribers to the channel of all that are no nodes of this kind."""
        channels = self.node.channels
        self._count_at = self.now() + COUNT_SECONDS
        counts = await self.waits(self.broker.count_subscribers((channels.base, channels.all)))
        if counts is None:
            self._counts = False
        else:
            strangers = counts[0] - counts[1]
            self.enter(lambda now: self.node.strangers(strangers, now))

    async def _subscribe(self) -> None:
        with self.lock:
            wanted, unwanted = self.node.take_subscriptions()
        if wanted:
            try:
                await self.waits(self.broker.subscribe(wanted))
            except BaseException:
                with self.lock:
                    self.node.not_subscribed(wanted)
                raise
        if unwanted:
            await self.waits(self.broker.unsubscribe(unwanted))

    async def _publish(self) -> None:
        node = self.node
        while True:
            with self.lock:
                publications = node.take_publications()
            if not publications:
                return
            try:
                await self.waits(self.broker.publish(publications))
            except BaseException:  # also where the task is cancelled
                self.enter(node.not_published, publications)
                raise
            self.enter(node.published, publications)
            self._publish_again.reset()

    async def publish_now(self, seconds: float) -> None:
        """Publish what waits in a process that only emits; tries for `seconds` at most."""
        until = self.now() + seconds
        while True:
            try:
                if self._counts and self.now() >= self._count_at:
                    await self._count()
                await self._publish()
            except Exception as error:
                left = until - self.now()
                if left <= 0:
                    self._log().error("nothing was published: %s", error)
                    return
                await self.waits(self.sleep(min(self._publish_again.next(), left)))
            else:
                return

    async def take_leave(self) -> None:
        """Publish what waits, and that this node leaves; the worker must not run meanwhile."""
        self.enter(self.node.leave)
        try:
            await self._publish()
        except Exception as error:
            self._log().warning("what was to be published at the end is lost: %s", error)

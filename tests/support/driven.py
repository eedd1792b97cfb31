"""`Client` and `AsyncClient`, and their simple sisters, behind one asynchronous face.

A scenario is written once and runs with either. Every call of the blocking ones is made in a
thread that ends with it, so that a count of threads shows those of the client alone. Handlers are
plain functions, which both kinds of client take.
"""

import asyncio
import inspect
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from sio_client import AsyncClient, AsyncSimpleClient, Client, SimpleClient

LIMIT = 30.0
HANG_GUARD = 10.0
"""Seconds in which what takes two at most must be over, on a busy machine."""
NAMES = ("connect", "connect_error", "disconnect", "__disconnect_final")


async def in_thread(function: Callable[[], Any]) -> Any:
    """Call a function in a thread of its own. Returns what it returns."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()

    def settle(method: Callable[[Any], None], value: Any) -> None:
        if not future.done():
            method(value)

    def run() -> None:
        try:
            value = function()
        except BaseException as error:
            loop.call_soon_threadsafe(settle, future.set_exception, error)
        else:
            loop.call_soon_threadsafe(settle, future.set_result, value)

    threading.Thread(target=run, name="driven", daemon=True).start()
    return await future


class Driven:
    """One client; `events` has what its handlers were given: namespace, event, arguments."""

    def __init__(self, kind: type[Any], **options: Any) -> None:
        self.sio: Any = kind(**options)
        self.blocking = not inspect.iscoroutinefunction(kind.connect)
        self.events: list[tuple[Any, ...]] = []
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    # Calls ------------------------------------------------------------------

    async def do(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method of the client."""
        method = getattr(self.sio, name)
        async with asyncio.timeout(LIMIT):
            if not self.blocking:
                return await method(*args, **kwargs)
            return await in_thread(lambda: method(*args, **kwargs))

    async def connect(self, url: str, **kwargs: Any) -> None:
        """Connect; the namespaces may take as long as they need on a busy machine."""
        await self.do("connect", url, **{"wait_timeout": LIMIT, **kwargs})

    async def emit(self, event: str, *args: Any, **kwargs: Any) -> None:
        """Emit an event with any number of arguments."""
        await self.do("emit", event, args, **kwargs)

    async def call(self, event: str, *args: Any, **kwargs: Any) -> Any:
        """Emit an event and return what acknowledged it."""
        return await self.do("call", event, args, **{"timeout": LIMIT, **kwargs})

    async def disconnect(self) -> None:
        """Disconnect, within a time in which nothing that hangs would be over."""
        async with asyncio.timeout(HANG_GUARD):
            await self.do("disconnect")

    # Handlers ---------------------------------------------------------------

    def on(self, event: str, handler: Callable[..., Any], namespace: str = "/") -> None:
        """Register a handler."""
        self.sio.on(event, handler, namespace=namespace)

    def watch(self, *namespaces: str, catch_all: bool = True) -> None:
        """Note everything that happens in these namespaces."""
        for namespace in namespaces or ("/",):
            for event in NAMES:
                self.on(event, self._noting(namespace, event), namespace)
            if catch_all:
                self.on("*", self._noting(namespace), namespace)

    def _noting(self, *known: Any) -> Callable[..., None]:
        def note(*args: Any) -> None:
            self.note(*known, *args)

        return note

    def note(self, *what: Any) -> None:
        """Add to `events`, from any thread."""
        self.events.append(what)
        self._loop.call_soon_threadsafe(self._changed.set)

    def got(self, event: str, namespace: str = "/") -> list[tuple[Any, ...]]:
        """The arguments of each `event` up to now."""
        return [
            tuple(args) for where, name, *args in self.events if (where, name) == (namespace, event)
        ]

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait until `condition`, which depends on `events`, is true."""
        async with asyncio.timeout(LIMIT):
            while not condition():
                await self._changed.wait()
                self._changed.clear()

    async def received(
        self, event: str, count: int = 1, namespace: str = "/"
    ) -> list[tuple[Any, ...]]:
        """Wait for an event to have come `count` times. Returns all its arguments."""
        await self.until(lambda: len(self.got(event, namespace)) >= count)
        return self.got(event, namespace)

    # What tests need to reach ----------------------------------------------------

    def set_close_timeout(self, seconds: float) -> None:
        """Have the next connections take this long for a goodbye that is not answered."""
        options = self.sio.options
        engine = replace(options.core.engine, close_timeout=seconds)
        options.core = replace(options.core, engine=engine)


KINDS = (AsyncClient, Client)
SIMPLE_KINDS = (AsyncSimpleClient, SimpleClient)


class Drive:
    """Makes clients of one kind for a test, and ends those that it leaves."""

    def __init__(self, kind: type[Any]) -> None:
        self.kind = kind
        self.made: list[Driven] = []

    def __call__(self, **options: Any) -> Driven:
        """Make a client."""
        driven = Driven(self.kind, **options)
        self.made.append(driven)
        return driven

    @property
    def blocking(self) -> bool:
        """Whether the clients are blocking ones."""
        return self.kind in (Client, SimpleClient)


@asynccontextmanager
async def driving(kind: type[Any]) -> AsyncIterator[Drive]:
    """Lend clients, and disconnect them at the end."""
    drive = Drive(kind)
    try:
        yield drive
    finally:
        for driven in drive.made:
            await driven.disconnect()

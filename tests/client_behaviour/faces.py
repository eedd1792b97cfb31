"""One blocking face for clients of both colours.

An `AsyncClient` lives in the loop of a thread, and the methods of its face wait for it. Handlers
are plain functions that may block: an `AsyncClient` is given a coroutine function that runs them in
a thread, and that carries out in the handler's own task what they ask of the client.
"""

import asyncio
import inspect
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from .loops import LIMIT, LoopThread, until

LIFECYCLE = ("connect", "connect_error", "disconnect", "__disconnect_final")
_here = threading.local()


class Face:
    """A client; `seen` has what its watched handlers were given: namespace, event, arguments."""

    def __init__(self, kind: type[Any], loops: LoopThread, **options: Any) -> None:
        self.blocking = not inspect.iscoroutinefunction(kind.connect)
        self.sio: Any = kind(**options)
        self.seen: list[tuple[Any, ...]] = []
        self._loops = loops

    # Calls ------------------------------------------------------------------

    def do(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method of the client, and wait for what it returns."""
        method = getattr(self.sio, name)
        if self.blocking:
            return method(*args, **kwargs)
        handler: _Handler | None = getattr(_here, "handler", None)
        if handler is not None:
            return handler.ask(lambda: method(*args, **kwargs))
        return self._loops.run(method(*args, **kwargs))

    def begin(self, name: str, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call a method of the client in the background. Returns what its result goes to."""
        if not self.blocking:
            return self._loops.begin(getattr(self.sio, name)(*args, **kwargs))
        future: Future[Any] = Future()
        thread = threading.Thread(
            target=_settle, args=(future, lambda: self.do(name, *args, **kwargs)), daemon=True
        )
        thread.start()
        return future

    def connect(self, url: str | Callable[[], Any], **kwargs: Any) -> None:
        """Connect; the namespaces may take as long as they need on a busy machine."""
        self.do("connect", url, **{"wait_timeout": LIMIT, **kwargs})

    def emit(self, event: str, *args: Any, **kwargs: Any) -> None:
        """Emit an event with any number of arguments."""
        self.do("emit", event, args, **kwargs)

    def call(self, event: str, *args: Any, **kwargs: Any) -> Any:
        """Emit an event and return what acknowledged it."""
        return self.do("call", event, args, **{"timeout": LIMIT, **kwargs})

    def disconnect(self) -> None:
        """Disconnect."""
        self.do("disconnect")

    def wait(self) -> None:
        """Wait until the client has ended."""
        self.do("wait")

    # Handlers ---------------------------------------------------------------

    def on(self, event: str, handler: Callable[..., Any], namespace: str = "/") -> None:
        """Register a handler that may block."""
        self.sio.on(event, self.handler(handler), namespace=namespace)

    def handler(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function as a handler that this kind of client does not wait for in its loop."""
        if self.blocking:
            return function

        async def handle(*args: Any) -> Any:
            return await _Handler(function, args).run()

        # The client fits the arguments to what the function takes.
        handle.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
        return handle

    def watch(self, *namespaces: str) -> None:
        """Note everything that happens in these namespaces."""
        for namespace in namespaces or ("/",):
            for event in LIFECYCLE:
                self.sio.on(event, self._noting(namespace, event), namespace=namespace)
            self.sio.on("*", self._noting(namespace), namespace=namespace)

    def _noting(self, *known: Any) -> Callable[..., None]:
        return lambda *args: self.seen.append((*known, *args))

    def note(self, event: str, *args: Any) -> None:
        """Add to `seen`."""
        self.seen.append(("/", event, *args))

    def got(self, event: str, namespace: str = "/") -> list[tuple[Any, ...]]:
        """The arguments of each `event` up to now."""
        known = (namespace, event)
        return [tuple(args) for where, name, *args in list(self.seen) if (where, name) == known]

    def received(self, event: str, count: int = 1, namespace: str = "/") -> list[tuple[Any, ...]]:
        """Wait for an event to have come `count` times. Returns all its arguments."""
        until(lambda: len(self.got(event, namespace)) >= count)
        return self.got(event, namespace)

    def settled(self, transports: list[str]) -> None:
        """Wait until the last of the transports is in use."""
        until(lambda: self.sio.connected and self.sio.transport() == transports[-1])


class _Handler:
    """One call of a handler: its function in a thread, and its task, which does what it asks."""

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self._function = function
        self._args = args
        self._loop = asyncio.get_running_loop()
        self._wishes: asyncio.Queue[tuple[Callable[[], Any] | None, Future[Any]]] = asyncio.Queue()

    async def run(self) -> Any:
        """Run the function to its end. Returns what it returns."""
        threading.Thread(target=self._work, daemon=True).start()
        while True:
            make, future = await self._wishes.get()
            if make is None:
                return future.result()
            try:
                future.set_result(await make())
            except BaseException as error:
                future.set_exception(error)
                if not isinstance(error, Exception):
                    raise

    def ask(self, make: Callable[[], Any]) -> Any:
        """Have the task await what `make` returns: for the function's thread."""
        future: Future[Any] = Future()
        self._tell(make, future)
        return future.result(LIMIT)

    def _work(self) -> None:
        _here.handler = self
        done: Future[Any] = Future()
        _settle(done, lambda: self._function(*self._args))
        self._tell(None, done)

    def _tell(self, make: Callable[[], Any] | None, future: Future[Any]) -> None:
        self._loop.call_soon_threadsafe(self._wishes.put_nowait, (make, future))


def _settle(future: Future[Any], function: Callable[[], Any]) -> None:
    try:
        future.set_result(function())
    except BaseException as error:
        future.set_exception(error)

"""The server of a test, as its scenario sees it: the same in every mode."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from sio_server import AsyncServer, Server
from sio_server.concurrency import MODES as CONCURRENCIES
from tests.server_behaviour.applications import CONTROL, Application
from tests.server_behaviour.clients import (
    LIMIT,
    Answer,
    InThread,
    Network,
    Polling,
    Request,
    Socket,
)
from tests.server_behaviour.clock import Clock, ClockedLoop, clocked_threads
from tests.server_behaviour.harness import Serving
from tests.server_behaviour.memory_asgi import Messages
from tests.server_behaviour.memory_wsgi import Threaded
from tests.server_behaviour.sockets import Sockets, dial
from tests.support.servers import Served

LEFT_LIMIT = 10.0
"""Seconds that a task of the server may go on after its end."""


class Running:
    """A server with the application of a test; `network` is how clients reach it."""

    network: Network
    path = "/socket.io/"

    def __init__(self, mode: str, asynchronous: bool) -> None:
        self.mode = mode
        self.asynchronous = asynchronous

    # Clients --------------------------------------------------------------

    def polling(self, headers: dict[str, str] | None = None) -> Polling:
        """A client on long-polling that has shaken hands."""
        return Polling(self.network, self.path).open(headers)

    def websocket(self, headers: dict[str, str] | None = None) -> Socket:
        """A client on WebSocket that has shaken hands."""
        return Socket(self.network, self.path).open(headers)

    def client(self, kind: str, headers: dict[str, str] | None = None) -> Polling | Socket:
        """A client on the transport of that name."""
        return self.polling(headers) if kind == "polling" else self.websocket(headers)

    def request(
        self, query: str, method: str = "GET", headers: dict[str, str] | None = None
    ) -> Answer:
        """The answer to a request of any kind."""
        return self.network.request(method, f"{self.path}?{query}", b"", headers).answer()

    def waiting_poll(self, client: Polling) -> Request:
        """Begin a poll, and return when it waits at the server."""
        poll = client.begin_poll()
        self.until(lambda: self.do("polls", client.opened["sid"]), "a poll that waits")
        return poll

    def rest(self, client: Polling | Socket, namespace: str = "/") -> list[Any]:
        """Every event that was sent to a client up to now, its name first."""
        text = f"mark {time.monotonic()}"
        self.do("mark", client.sids[namespace], namespace, text)
        found = []
        while (event := client.event(namespace)) != ["mark", text]:
            found.append(event)
        return found

    # The application --------------------------------------------------------

    def do(self, name: str, *args: Any) -> Any:
        """Run a command of the application. Returns its result; raises what it raised."""
        return self.begin(name, *args).result()

    def begin(self, name: str, *args: Any) -> InThread:
        """Begin a command of the application; `result()` waits for its end."""
        return InThread(lambda: json.loads(json.dumps(self.command(name, list(args)))))

    def command(self, name: str, args: list[Any]) -> Any:
        """Run a command."""
        raise NotImplementedError

    def open(self, gate: str) -> None:
        """Open a gate of the application."""
        self.do("open_gate", gate)

    def notes(self) -> list[Any]:
        """What the application noted up to now, a list each."""
        notes: list[Any] = self.do("notes")
        return notes

    def noted(self, *what: Any) -> None:
        """Wait until the application has noted this."""
        self.until(lambda: list(what) in self.notes(), f"the note {what}")

    def count(self, *what: Any) -> int:
        """How often the application has noted this."""
        return self.notes().count(list(what))

    def until(self, condition: Callable[[], Any], what: str = "") -> None:
        """Wait until `condition` is true. Raises AssertionError if it never is."""
        deadline = time.monotonic() + LIMIT
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"in vain: {what}\nnotes: {self.notes()}\nlog: {self.log()}")
            time.sleep(0.002)

    # The process ------------------------------------------------------------

    def log(self) -> str:
        """What was logged since the test began."""
        raise NotImplementedError

    def complaints(self) -> list[str]:
        """The lines of the log that a healthy server does not have."""
        raise NotImplementedError

    def stop(self) -> None:
        """End the server."""
        raise NotImplementedError

    def advance(self, seconds: float) -> None:
        """Move the clock of a server in memory forward."""
        raise NotImplementedError(f"the clock of {self.mode} cannot be moved")


class InMemory(Running):
    """A server in this process; `sio` is the server itself, for a look at what it holds."""

    sio: Any
    application: Application

    def __init__(self, mode: str, asynchronous: bool) -> None:
        super().__init__(mode, asynchronous)
        self.clock = Clock()
        self._records = _Records()
        logging.getLogger().addHandler(self._records)
        for name in ("socketio.server", "engineio.server"):
            # An earlier server of this process has set it, and would be obeyed.
            logging.getLogger(name).setLevel(logging.NOTSET)

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def log(self) -> str:
        return "\n".join(self._records.lines)

    def complaints(self) -> list[str]:
        return self._records.complaints

    def stop(self) -> None:
        logging.getLogger().removeHandler(self._records)


class MemoryAsyncio(InMemory):
    """`AsyncServer` on an event loop in a thread."""

    def __init__(self, serving: Serving) -> None:
        super().__init__("memory-asyncio", asynchronous=True)
        self.loop = ClockedLoop(self.clock)
        self._thread = threading.Thread(target=self.loop.run_forever, name="loop", daemon=True)
        self._thread.start()
        self.sio = AsyncServer(async_mode="asgi", **serving.options)
        self.application = Application(self.sio, serving.module, serving.name)
        self.network = self._messages = Messages(self.sio.handle_request, self.loop)

    def command(self, name: str, args: list[Any]) -> Any:
        async def run() -> Any:
            value = self.application.command(name, args)
            return await value if inspect.isawaitable(value) else value

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(LIMIT)

    def stop(self) -> None:
        self._messages.close()
        self.command("end_of_test", [])
        left = asyncio.run_coroutine_threadsafe(self._left(), self.loop).result(LIMIT)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(LIMIT)
        self.loop.close()
        super().stop()
        assert not left, f"tasks go on after the end: {left}"

    async def _left(self) -> list[str]:
        """What still runs on the loop, after it had a chance to end."""
        deadline = time.monotonic() + LEFT_LIMIT
        while True:
            tasks = {task for task in asyncio.all_tasks() if self._busy(task)}
            if not tasks or time.monotonic() > deadline:
                break
            await asyncio.wait(tasks, timeout=0.1)
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        return [repr(task) for task in tasks]

    def _busy(self, task: asyncio.Task[Any]) -> bool:
        # A task that has run a handler waits for another one until its server is gone.
        spare = getattr(task.get_coro(), "__qualname__", "") == "ReusedTask._main"
        ours = self.sio._dispatcher.tasks()
        return task is not asyncio.current_task() and (not spare or task in ours)


class MemoryBlocking(InMemory):
    """`Server` in threads."""

    def __init__(self, serving: Serving) -> None:
        super().__init__("memory-blocking", asynchronous=False)
        before = CONCURRENCIES["threading"]
        CONCURRENCIES["threading"] = lambda: clocked_threads(self.clock)
        try:
            self.sio = Server(async_mode="threading", **serving.options)
        finally:
            CONCURRENCIES["threading"] = before
        self.application = Application(self.sio, serving.module, serving.name)
        self._threaded = Threaded(self.sio.handle_request)
        self.network = self._threaded.sockets

    def command(self, name: str, args: list[Any]) -> Any:
        return self.application.command(name, args)

    def stop(self) -> None:
        self._threaded.close()
        InThread(lambda: self.command("end_of_test", [])).result()
        # A handler that ends behind its answer may have to log why: not in the next test.
        self.until(lambda: not self.sio._dispatcher.busy())
        super().stop()


class Remote(Running):
    """A server in the process of a web server, which has those of other tests too."""

    def __init__(self, mode: str, served: Served, serving: Serving, asynchronous: bool) -> None:
        super().__init__(mode, asynchronous)
        self.served = served
        self.network = Sockets(lambda: dial(served.port))
        self._mark = served.mark()
        self.path = self._order(start=[serving.module, serving.name, serving.options])

    def _order(self, **order: Any) -> Any:
        body = json.dumps(order).encode()
        answer = self.network.request("POST", CONTROL, body).answer()
        assert answer.status == 200, (answer, self.log())
        found = json.loads(answer.body)
        if "error" in found:
            raise RuntimeError(found["error"])
        return found["value"]

    def command(self, name: str, args: list[Any]) -> Any:
        return self._order(path=self.path, command=name, args=args)

    def log(self) -> str:
        return self.served.log(self._mark)

    def complaints(self) -> list[str]:
        return self.served.complaints(self._mark)

    def stop(self) -> None:
        self._order(stop=self.path)


class _Records(logging.Handler):
    """What was logged."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.complaints: list[str] = []
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        self.lines.append(line)
        if record.levelno >= logging.ERROR and "request refused: " not in line:
            self.complaints.append(line)

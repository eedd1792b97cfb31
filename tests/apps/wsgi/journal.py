"""`tests.apps.journal` for WSGI."""

import gc
import json
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from sio_server.concurrency import Concurrency, Flag
from tests.apps.journal import KEYS, LIMIT, validity


class Journal:
    """Disconnections by sid; `GET /journal/<sid>` answers as soon as there is one.

    `GET /poll/<secret sid>` answers as soon as a poll of that session waits,
    `GET /polls/<secret sid>/<number>` as soon as that many have begun.
    `GET /order/<name>/<value>` calls one of `orders`. Anything else is answered
    with the words `other application`, so that tests see what reached it.
    `GET /journal-counts` counts what a process should not gather.
    """

    def __init__(self, concurrency: Concurrency) -> None:
        self.left: dict[str, dict[str, Any]] = {}
        self.orders: dict[str, Callable[[str], None]] = {}
        self.polls: Counter[str] = Counter()
        self.begun: Counter[str] = Counter()
        self._concurrency = concurrency
        self._lock = concurrency.lock()
        self._waiting: list[Flag] = []

    def disconnected(self, sid: str, **facts: Any) -> None:
        """Note that the disconnect handler of `sid` ran."""
        with self._lock:
            times = self.left.get(sid, {}).get("times", 0) + 1
            self.left[sid] = {**facts, "times": times}
        print(f"left: {sid} {facts['reason']}", flush=True)
        self._changed()

    def watch(self, app: Any) -> Any:
        """The application `app`, with its polls counted."""

        def watched(environ: Any, start_response: Any) -> Any:
            sid = parse_qs(environ.get("QUERY_STRING", "")).get("sid", [""])[0]
            if environ["REQUEST_METHOD"] != "GET" or not sid or "HTTP_UPGRADE" in environ:
                return app(environ, start_response)
            self._count(sid, 1)
            try:
                return app(environ, start_response)
            finally:
                self._count(sid, -1)

        return watched

    def wait(self, sid: str) -> dict[str, Any]:
        """What was noted of `sid`, as soon as there is something. Raises TimeoutError."""
        self._wait_for(lambda: sid in self.left)
        return self.left[sid]

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Serve one WSGI request; what does not come in time is answered with 504."""
        try:
            status, body = self._answer(environ["PATH_INFO"])
        except TimeoutError:
            status, body = "504 Gateway Timeout", b"{}"
        start_response(status, [("content-length", str(len(body)))])
        return [body]

    def _answer(self, path: str) -> tuple[str, bytes]:
        match path.strip("/").split("/"):
            case ["journal", sid]:
                return "200 OK", json.dumps(self.wait(sid)).encode()
            case ["poll", eio_sid]:
                self._wait_for(lambda: self.polls[eio_sid] > 0)
                return "200 OK", b"waiting"
            case ["polls", eio_sid, number]:
                self._wait_for(lambda: self.begun[eio_sid] >= int(number))
                return "200 OK", b"begun"
            case ["journal-counts"]:
                return "200 OK", json.dumps(counts()).encode()
            case ["order", name, value]:
                self.orders[name](value)
                return "200 OK", b"done"
        return "404 Not Found", b"other application"

    def _count(self, sid: str, change: int) -> None:
        with self._lock:
            self.polls[sid] += change
            self.begun[sid] += change > 0
        self._changed()

    def _changed(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for flag in waiting:
            flag.set()

    def _wait_for(self, condition: Callable[[], bool]) -> None:
        deadline = self._concurrency.now() + LIMIT
        while True:
            with self._lock:
                if condition():
                    return
                flag = self._concurrency.event()
                self._waiting.append(flag)
            if not flag.wait(max(0.0, deadline - self._concurrency.now())):
                raise TimeoutError


def counts() -> dict[str, int]:
    """How many threads, file descriptors and greenlets this process has."""
    gc.collect()
    # gunicorn keeps as many as it ever needed at once: that is said by how busy the machine was.
    mine = [item for item in threading.enumerate() if not item.name.startswith("ThreadPoolExec")]
    found = {"threads": len(mine), "files": len(os.listdir("/proc/self/fd"))}
    greenlet = sys.modules.get("greenlet")
    if greenlet is not None:
        kinds = [item for item in gc.get_objects() if isinstance(item, greenlet.greenlet)]
        found["greenlets"] = sum(1 for item in kinds if item and not item.dead)
    return found


def environ_facts(environ: dict[str, Any]) -> dict[str, Any]:
    """The part of a WSGI environment that JSON can carry, and what a validator says of it."""
    facts = {key: environ.get(key) for key in KEYS}
    # Werkzeug has a number there, and eventlet a tuple.
    proper = {key: environ[key] for key in environ if key not in ("REMOTE_PORT", "headers_raw")}
    return {**facts, "valid": validity(proper)}

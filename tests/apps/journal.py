"""What the handlers of a test application saw, for the test to ask over plain HTTP."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any
from wsgiref import validate

LIMIT = 30.0  # seconds that a question waits for its answer
KEYS = (
    *("REMOTE_ADDR", "wsgi.url_scheme", "SCRIPT_NAME", "PATH_INFO", "SERVER_NAME", "SERVER_PORT"),
    *("REQUEST_METHOD", "QUERY_STRING", "RAW_URI", "HTTP_HOST", "HTTP_X_PROBE", "SERVER_PROTOCOL"),
)


class Journal:
    """Disconnections by sid; `GET /journal/<sid>` answers as soon as there is one.

    `GET /poll/<secret sid>` answers as soon as a poll of that session waits.
    `GET /order/<name>/<value>` calls one of `orders`. Anything else is answered
    with the words `other application`, so that tests see what reached it.
    """

    def __init__(self) -> None:
        self.left: dict[str, dict[str, Any]] = {}
        self.orders: dict[str, Callable[[str], None]] = {}
        self.sessions: Mapping[str, Any] = {}
        """Those of the core by their secret id."""
        self._changed = asyncio.Condition()

    async def disconnected(self, sid: str, **facts: Any) -> None:
        """Note that the disconnect handler of `sid` ran."""
        async with self._changed:
            times = self.left.get(sid, {}).get("times", 0) + 1
            self.left[sid] = {**facts, "times": times}
            print(f"left: {sid} {facts['reason']}", flush=True)
            self._changed.notify_all()

    async def wait(self, sid: str) -> dict[str, Any]:
        """What was noted of `sid`, as soon as there is something. Raises TimeoutError."""
        async with asyncio.timeout(LIMIT), self._changed:
            await self._changed.wait_for(lambda: sid in self.left)
        return self.left[sid]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one ASGI scope."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 4404})
        else:
            status, body = await self.answer(scope["path"])
            headers = [(b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    async def answer(self, path: str) -> tuple[int, bytes]:
        """Return the status and the body for a request of another application.

        What does not come in time is answered with 504.
        """
        try:
            return await self._answer(path)
        except TimeoutError:
            return 504, b"{}"

    async def _answer(self, path: str) -> tuple[int, bytes]:
        match path.strip("/").split("/"):
            case ["journal", sid]:
                return 200, json.dumps(await self.wait(sid)).encode()
            case ["poll", eio_sid]:
                async with asyncio.timeout(LIMIT):
                    while not self._waits(eio_sid):
                        await asyncio.sleep(0.005)
                return 200, b"waiting"
            case ["order", name, value]:
                self.orders[name](value)
                return 200, b"done"
        return 404, b"other application"

    def _waits(self, eio_sid: str) -> bool:
        session = self.sessions.get(eio_sid)
        return session is not None and session.poll is not None

    async def _lifespan(self, receive: Any, send: Any) -> None:
        while True:
            kind = (await receive())["type"]
            name = kind.removeprefix("lifespan.")
            print(f"other application: {name}", flush=True)
            await send({"type": f"{kind}.complete"})
            if name == "shutdown":
                return


def validity(environ: dict[str, Any]) -> str:
    """Return what a validator has against a WSGI environment, or nothing."""
    try:
        validate.check_environ(environ)  # type: ignore[attr-defined]
    except AssertionError as error:
        return str(error)
    return ""


def environ_facts(environ: dict[str, Any]) -> dict[str, Any]:
    """The part of a WSGI environment that JSON can carry, and what a validator says of it."""
    facts = {key: environ.get(key) for key in KEYS}
    return {**facts, "valid": validity(environ)}

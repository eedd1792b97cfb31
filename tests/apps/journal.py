"""What the handlers of a test application saw, for the test to ask over plain HTTP."""

import asyncio
import json
from typing import Any
from wsgiref import validate

LIMIT = 30.0  # seconds that a question waits for its answer
KEYS = (
    *("REMOTE_ADDR", "wsgi.url_scheme", "SCRIPT_NAME", "PATH_INFO", "SERVER_NAME", "SERVER_PORT"),
    *("REQUEST_METHOD", "QUERY_STRING", "RAW_URI", "HTTP_HOST", "HTTP_X_PROBE", "SERVER_PROTOCOL"),
)


class Journal:
    """Disconnections by sid; `GET /journal/<sid>` answers as soon as there is one.

    `GET /journal` lists everything at once. Anything else is answered with the
    words `other application`, so that tests see what reached it.
    """

    def __init__(self) -> None:
        self.left: dict[str, dict[str, Any]] = {}
        self.calls: list[str] = []
        self._changed = asyncio.Condition()

    async def disconnected(self, sid: str, **facts: Any) -> None:
        """Note that the disconnect handler of `sid` ran."""
        async with self._changed:
            times = self.left.get(sid, {}).get("times", 0) + 1
            self.left[sid] = {**facts, "times": times}
            self._changed.notify_all()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one ASGI scope."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 4404})
        else:
            status, body = await self._answer(scope["path"])
            headers = [(b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    async def _answer(self, path: str) -> tuple[int, bytes]:
        _, found, sid = path.partition("/journal")
        if not found:
            return 404, b"other application"
        sid = sid.strip("/")
        if not sid:
            return 200, json.dumps({"left": self.left, "calls": self.calls}).encode()
        try:
            async with asyncio.timeout(LIMIT), self._changed:
                await self._changed.wait_for(lambda: sid in self.left)
        except TimeoutError:
            return 504, b"{}"
        return 200, json.dumps(self.left[sid]).encode()

    async def _lifespan(self, receive: Any, send: Any) -> None:
        while True:
            kind = (await receive())["type"]
            name = kind.removeprefix("lifespan.")
            self.calls.append(name)
            print(f"other application: {name}", flush=True)
            await send({"type": f"{kind}.complete"})
            if name == "shutdown":
                return


def environ_facts(environ: dict[str, Any]) -> dict[str, Any]:
    """The part of a WSGI environment that JSON can carry, and what a validator says of it."""
    try:
        validate.check_environ(environ)  # type: ignore[attr-defined]
        valid = ""
    except AssertionError as error:
        valid = str(error)
    facts = {key: environ.get(key) for key in KEYS}
    return {**facts, "valid": valid, "scope": environ["asgi.scope"]["type"]}

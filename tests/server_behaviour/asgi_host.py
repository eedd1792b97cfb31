"""What an ASGI web server or a framework runs: `app` serves the applications of all tests.

Under a framework, whose async mode is `SIO_TEST_MODE`, `host` and `obey` are used without `app`.
"""

from __future__ import annotations

import inspect
import json
import os
from typing import Any

from sio_server import AsyncServer
from tests.server_behaviour.applications import CONTROL, Host


def _make(**options: Any) -> AsyncServer:
    return AsyncServer(async_mode=os.environ.get("SIO_TEST_MODE", "asgi"), **options)


host = Host(_make)


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Serve one scope."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    found = host.find(scope["path"])
    if found is not None:
        await found.both.sio.handle_request(scope, receive, send)
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 4404})
    else:
        status, body = 404, b"no such page"
        if scope["path"] == CONTROL:
            status, body = 200, json.dumps(await obey(await _read(receive))).encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def _live(receive: Any, send: Any) -> None:
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return


async def _read(receive: Any) -> Any:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return json.loads(body)


async def obey(order: dict[str, Any]) -> dict[str, Any]:
    """Do what a test orders by a request to `CONTROL`. Returns its answer."""
    match order:
        case {"start": [module, name, options]}:
            return {"value": host.start(module, name, options)}
        case {"stop": path}:
            await host.stop(path).command("end_of_test", [])
            return {"value": None}
        case {"path": path, "command": name, "args": args}:
            found = host.find(path)
            assert found is not None
            try:
                value = found.command(name, args)
                return {"value": await value if inspect.isawaitable(value) else value}
            except Exception as error:
                return {"error": f"{type(error).__name__}: {error}"}
    raise ValueError(order)

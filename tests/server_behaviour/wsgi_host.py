"""What a WSGI web server runs: `app` serves the applications of all tests."""

from __future__ import annotations

import json
import os
from typing import Any

from sio_server import Server
from tests.server_behaviour.applications import CONTROL, Host


def _make(**options: Any) -> Server:
    return Server(async_mode=os.environ["SIO_TEST_MODE"], **options)


host = Host(_make)


def app(environ: dict[str, Any], start_response: Any) -> Any:
    """Serve one request."""
    path = environ["PATH_INFO"]
    found = host.find(path)
    if found is not None:
        return found.both.sio.handle_request(environ, start_response)
    status, body = "404 Not Found", b"no such page"
    if path == CONTROL:
        order = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        status, body = "200 OK", json.dumps(_obey(order)).encode()
    start_response(status, [("Content-Length", str(len(body)))])
    return [body]


def _obey(order: dict[str, Any]) -> dict[str, Any]:
    match order:
        case {"start": [module, name, options]}:
            return {"value": host.start(module, name, options)}
        case {"stop": path}:
            host.stop(path).command("end_of_test", [])
            return {"value": None}
        case {"path": path, "command": name, "args": args}:
            found = host.find(path)
            assert found is not None
            try:
                return {"value": found.command(name, args)}
            except Exception as error:
                return {"error": f"{type(error).__name__}: {error}"}
    raise ValueError(order)

"""The clients of npm of every generation, from 1.3.5 to 4.8, on one server at the same time."""

from typing import Any

import pytest

from tests.support.node import Node
from tests.support.scripts import running
from tests.support.servers import Served

pytest_plugins = ["tests.support.serving"]

# The WebSockets of socket.io-client 1.3 under Node name an origin without its scheme.
OPTIONS = {"allow_eio3": True, "cors_allowed_origins": "*"}


@pytest.mark.parametrize("transport", ["polling", "websocket", "upgrade"])
@pytest.mark.parametrize(
    "server",
    [
        *("uvicorn", "uvicorn-sio", "aiohttp", "tornado", "sanic"),
        *("werkzeug", "pywsgi", "gevent-websocket", "eventlet", "uwsgi"),
    ],
)
def test_clients_of_every_generation(node: Node, serve: Any, server: str, transport: str) -> None:
    served: Served = serve(server, "tests.apps.generations:app", options=OPTIONS)
    with running(
        node, "generations.cjs", port=served.port, path="/socket.io", transport=transport
    ) as script:
        script.finish()

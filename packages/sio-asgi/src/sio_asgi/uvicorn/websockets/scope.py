"""The ASGI scope of a request for a WebSocket under uvicorn."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from uvicorn.config import Config
from uvicorn.protocols.utils import get_local_addr, get_remote_addr, is_ssl

from ..handshakes.opening import Opening

if TYPE_CHECKING:
    from ..handshakes.handshake import Handshake


def make_scope(
    handshake: Handshake | Opening,
    transport: asyncio.Transport,
    config: Config,
    app_state: dict[str, Any],
) -> dict[str, Any]:
    """Return the scope of a complete request; `app_state` is that of the lifespan."""
    raw_path, _, query = handshake.target.partition("?")
    root: str = config.root_path
    return {
        "type": "websocket",
        "asgi": {"version": config.asgi_version, "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "wss" if is_ssl(transport) else "ws",
        "server": get_local_addr(transport),
        "client": get_remote_addr(transport),
        "root_path": root,
        "path": root + unquote(raw_path),
        "raw_path": (root + raw_path).encode("ascii"),
        "query_string": query.encode("ascii"),
        "headers": handshake.headers,
        "subprotocols": handshake.subprotocols,
        "state": app_state.copy(),
        "extensions": {"websocket.http.response": {}},
    }

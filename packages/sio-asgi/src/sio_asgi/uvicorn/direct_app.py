"""Finds the application whose requests can be answered without ASGI in between."""

from __future__ import annotations

import contextlib
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from uvicorn.config import Config
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from ..direct import DirectlyServed
from .answer_heads import AnswerHeads

PATHS = 64
"""Paths of which it is remembered whether they are the endpoint's."""
FORWARDED = b"x-forwarded-"
"""What the headers begin with that uvicorn's own middleware looks at."""


class DirectApp:
    """The outermost application of a uvicorn, behind nothing but uvicorn's own middleware."""

    def __init__(self, app: DirectlyServed, config: Config, *, forwarded: bool) -> None:
        self.endpoint = app
        self.heads = AnswerHeads()
        self._root = config.root_path
        self._forwarding: ProxyHeadersMiddleware | None = None
        if forwarded:
            self._forwarding = ProxyHeadersMiddleware(_serve_nothing, config.forwarded_allow_ips)
        self.serves = lru_cache(maxsize=PATHS)(self._serves)
        """Return whether a path, as it was sent, is the endpoint's."""

    @classmethod
    def find(cls, config: Config) -> DirectApp | None:
        """Return it, or None where a middleware of the application's is to see each request."""
        app: Any = config.loaded_app
        forwarded = type(app) is ProxyHeadersMiddleware
        if forwarded:
            app = app.app
        if not isinstance(app, DirectlyServed):
            return None
        return cls(app, config, forwarded=forwarded)

    def _serves(self, raw_path: bytes) -> bool:
        try:
            path = self._root + unquote(raw_path.decode("ascii"))
        except UnicodeDecodeError:
            return False
        return self.endpoint.is_endpoint({"path": path, "root_path": self._root})

    def forward(self, scope: Any) -> None:
        """Have uvicorn's middleware put into `scope` what a proxy that it trusts has said."""
        forwarding = self._forwarding
        if forwarding is None:
            return
        for name, _ in scope["headers"]:
            if name[:12] == FORWARDED:
                call: Any = forwarding(scope, not_received, not_sent)
                with contextlib.suppress(StopIteration):
                    call.send(None)
                return


async def _serve_nothing(scope: Any, receive: Any, send: Any) -> None:
    """Serve nothing."""


async def not_received() -> Any:
    """Stand for `receive` of ASGI, where there is nothing to receive."""
    raise RuntimeError("the driver reads this request itself")


async def not_sent(message: Any) -> None:
    """Stand for `send` of ASGI, where nothing may be sent."""
    raise RuntimeError("the driver answers this request itself")

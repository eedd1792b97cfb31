"""What of an application can be answered without ASGI in between, and the way there."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from typing import Any
from urllib.parse import unquote

from uvicorn.config import Config
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from ...direct import DirectlyServed
from ..answer_heads import AnswerHeads

FORWARDED = b"x-forwarded-"
"""What is in the names of the headers that uvicorn's own middleware looks at."""


class DirectRoute:
    """The way of a request to an `endpoint`, without the applications before it."""

    __slots__ = ("endpoint",)

    def __init__(self, endpoint: DirectlyServed) -> None:
        self.endpoint = endpoint

    def complete(self, scope: dict[str, Any]) -> None:
        """Put into `scope`, which has its path, what the applications before `endpoint` would."""


class DirectApp(ABC):
    """The application of a uvicorn, behind nothing but uvicorn's own middleware if `forwarded`."""

    def __init__(self, config: Config, *, forwarded: bool) -> None:
        self.heads = AnswerHeads()
        self._root = config.root_path
        self._forwarding: ProxyHeadersMiddleware | None = None
        if forwarded:
            self._forwarding = ProxyHeadersMiddleware(_serve_nothing, config.forwarded_allow_ips)

    @abstractmethod
    def route(self, scope: Any, raw_path: bytes, kind: str = "http") -> DirectRoute | None:
        """Return the way of a request of the type `kind` for a path, as it was sent.

        `scope` has the other things of it. None where the request has to go the ordinary way.
        """

    def forward(self, scope: Any) -> None:
        """Have uvicorn's middleware put into `scope` what a proxy that it trusts has said."""
        forwarding = self._forwarding
        if forwarding is None:
            return
        # Most requests have none, which one search says: 1 µs less than to look at each.
        if FORWARDED in b",".join(dict(scope["headers"])):
            call: Any = forwarding(scope, not_received, not_sent)
            with contextlib.suppress(StopIteration):
                call.send(None)

    def _path_of(self, raw_path: bytes) -> str | None:
        """Return what ASGI calls the path; None for one that is none."""
        try:
            return self._root + unquote(raw_path.decode("ascii"))
        except UnicodeDecodeError:
            return None


async def _serve_nothing(scope: Any, receive: Any, send: Any) -> None:
    """Serve nothing."""


async def not_received() -> Any:
    """Stand for `receive` of ASGI, where there is nothing to receive."""
    raise RuntimeError("the driver reads this request itself")


async def not_sent(message: Any) -> None:
    """Stand for `send` of ASGI, where nothing may be sent."""
    raise RuntimeError("the driver answers this request itself")

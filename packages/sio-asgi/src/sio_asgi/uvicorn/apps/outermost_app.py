"""An `ASGIApp` that is the application of a uvicorn, alone or in front of another."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from uvicorn.config import Config

from ...direct import DirectlyServed
from .direct_app import DirectApp, DirectRoute

PATHS = 64
"""Paths of which it is remembered whether they are the endpoint's."""


class OutermostApp(DirectApp):
    """All requests for the path of `app` are those of its endpoint."""

    def __init__(self, app: DirectlyServed, config: Config, *, forwarded: bool) -> None:
        super().__init__(config, forwarded=forwarded)
        self._endpoint = app
        self._route = DirectRoute(app)
        self._serves = lru_cache(maxsize=PATHS)(self._is_endpoint)

    def route(self, scope: Any, raw_path: bytes, kind: str = "http") -> DirectRoute | None:
        """Return the way of a request: there is none for other paths."""
        return self._route if self._serves(raw_path) else None

    def _is_endpoint(self, raw_path: bytes) -> bool:
        path = self._path_of(raw_path)
        if path is None:
            return False
        return self._endpoint.is_endpoint({"path": path, "root_path": self._root})

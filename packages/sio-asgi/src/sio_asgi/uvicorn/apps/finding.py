"""Finds the application whose requests can be answered without ASGI in between."""

from __future__ import annotations

from typing import Any

from uvicorn.config import Config
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from ...direct import DirectlyServed
from .direct_app import DirectApp
from .mounted_app import MountedApp
from .outermost_app import OutermostApp


def find_app(config: Config) -> DirectApp | None:
    """Return it, or None where a middleware of the application's is to see each request."""
    app: Any = config.loaded_app
    forwarded = type(app) is ProxyHeadersMiddleware
    if forwarded:
        app = app.app
    if isinstance(app, DirectlyServed):
        return OutermostApp(app, config, forwarded=forwarded)
    if MountedApp.is_one(app):
        return MountedApp(app, config, forwarded=forwarded)
    return None

"""An `ASGIApp` that is mounted in an application of Starlette or FastAPI.

Their own middlewares are passed over where they would do nothing: they answer for errors, and an
endpoint raises none. Their routes are asked as they would ask them. Where anything is not as these
frameworks make it by themselves, all requests go the ordinary way: a middleware of the application,
a method of its own, a limit, a handler for all errors, telemetry, or what a later version brings.
"""

from __future__ import annotations

from typing import Any

from uvicorn.config import Config

from ...direct import DirectlyServed
from .direct_app import DirectApp, DirectRoute

APPLICATIONS = {"starlette.applications.Starlette", "fastapi.applications.FastAPI"}
ROUTERS = {"starlette.routing.Router", "fastapi.routing.APIRouter"}
MOUNT = "starlette.routing.Mount"
IDLE = {
    "starlette.middleware.errors.ServerErrorMiddleware",
    "starlette.middleware.exceptions.ExceptionMiddleware",
    "fastapi.middleware.asyncexitstack.AsyncExitStackMiddleware",
    "fastapi.telemetry._asgi.ExceptionTelemetryMiddleware",
    "fastapi._body_limit.AppBodyLimitMiddleware",
}
"""Middlewares that do nothing for a request in which nothing is raised."""
FOR_ALL_ERRORS = (500, Exception)
"""Under what an application has its handler for errors that nothing else handles."""


class MountedRoute(DirectRoute):
    """The way through the router of `app` to an endpoint that `mount` leads to."""

    __slots__ = ("_app", "mount")

    def __init__(self, app: Any, mount: Any) -> None:
        super().__init__(mount.app)
        self._app = app
        self.mount = mount

    def complete(self, scope: dict[str, Any]) -> None:
        """Put into `scope` what the application and its router would."""
        scope["app"] = self._app
        scope["router"] = self._app.router
        _, below = self.mount.matches(scope)
        scope.update(below)


class MountedApp(DirectApp):
    """An application of Starlette or FastAPI, which may have endpoints among its routes."""

    def __init__(self, app: Any, config: Config, *, forwarded: bool) -> None:
        super().__init__(config, forwarded=forwarded)
        self._app = app
        self._call = type(app).__call__
        self._known_stack: Any = None
        self._passed_over = False
        """Whether `_known_stack`, the middlewares of the application, may be passed over."""
        self._route: MountedRoute | None = None

    @staticmethod
    def is_one(app: Any) -> bool:
        """Return whether requests of `app` may be looked at."""
        kinds = [kind for kind in type(app).__mro__ if _name(kind) in APPLICATIONS]
        return bool(kinds) and _is_of(type(app).__call__, kinds[0], "__call__")

    def route(self, scope: Any, raw_path: bytes, kind: str = "http") -> DirectRoute | None:
        """Return the way of a request, if its route is a mount of an endpoint."""
        path = self._path_of(raw_path)
        if path is None or not self._is_plain():
            return None
        app = self._app
        router = app.router
        scope = {**scope, "type": kind, "path": path, "app": app, "router": router}
        scope["raw_path"] = self._root.encode("ascii") + raw_path
        for route in router.routes:
            if not _name(type(route)).startswith(("starlette.routing.", "fastapi.routing.")):
                return None  # what it does is not known
            try:
                match, below = route.matches(scope)
            except Exception:
                return None  # it raises that once more where it is answered
            if match.name == "FULL":
                return self._mounted(route, path, below)
        return None

    def _mounted(self, mount: Any, path: str, below: Any) -> DirectRoute | None:
        if _name(type(mount)) != MOUNT or not isinstance(mount.app, DirectlyServed):
            return None
        path = below.get("path", path)
        if not mount.app.is_endpoint({"path": path, "root_path": below["root_path"]}):
            return None
        route = self._route
        if route is None or route.mount is not mount or route.endpoint is not mount.app:
            route = self._route = MountedRoute(self._app, mount)
        return route

    # Whether nothing is in between ---------------------------------------------

    def _is_plain(self) -> bool:
        app = self._app
        stack = app.middleware_stack
        if stack is None:
            return False  # the first request makes it
        if stack is not self._known_stack:
            self._known_stack = stack
            self._passed_over = self._does_nothing(stack)
        if not self._passed_over or type(app).__call__ is not self._call:
            return False
        if app.debug or getattr(app, "root_path", ""):
            return False
        if any(kind in app.exception_handlers for kind in FOR_ALL_ERRORS):
            return False
        telemetry = getattr(app, "_native_telemetry", None)
        return telemetry is None or not telemetry.enabled()

    def _does_nothing(self, stack: Any) -> bool:
        """Return whether the middlewares are those that frameworks put there by themselves."""
        router = self._app.router
        while stack is not router:
            if _name(type(stack)) not in IDLE:
                return False
            stack = stack.app
        kind = type(router)
        inner: Any = getattr(router, "middleware_stack", None)
        return (
            _name(kind) in ROUTERS
            and inner == router.app
            and "app" not in vars(router)
            and _is_of(kind.app, kind, "app")
        )


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _is_of(method: Any, kind: type, name: str) -> bool:
    """Return whether a method is the one that `kind` was made with."""
    return (
        getattr(method, "__module__", "") == kind.__module__
        and getattr(method, "__qualname__", "") == f"{kind.__qualname__}.{name}"
        and not hasattr(method, "__wrapped__")
    )

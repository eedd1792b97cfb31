"""Async modes: which adapter distributions are installed.

An adapter registers itself under the entry point group `sio_server.async_modes`
with the function that serves one request of its framework, so that no arrow
points from here to an adapter.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from ..concurrency.primitives import Concurrency

GROUP = "sio_server.async_modes"

ASYNC_MODES = ("aiohttp", "sanic", "tornado", "asgi")
"""Modes of `AsyncServer`, in the order in which they are tried."""

BLOCKING_MODES = ("eventlet", "gevent_uwsgi", "gevent", "threading")
"""Modes of `Server`, in the order in which they are tried."""

NEEDS = {"eventlet": ("eventlet",), "gevent": ("gevent",), "gevent_uwsgi": ("gevent", "uwsgi")}
"""What a mode of `Server` imports beside the adapter."""

NO_ATTACH = {
    "tornado": "a Tornado application takes sio_tornado.get_tornado_handler(sio) among its routes",
    "asgi": "serve an ASGI application by sio_asgi.ASGIApp(sio, app)",
}
"""What to do in a mode whose applications have no `attach`."""

HOMES = {"aiohttp": "aiohttp", "sanic": "sanic", "tornado": "tornado"} | dict.fromkeys(
    ("starlette", "fastapi", "litestar", "quart", "django"), "asgi"
)
"""The mode of an application, by the package that its class comes from."""

Serve: TypeAlias = Callable[..., Any]


class Adapter(Protocol):
    """The module of an adapter's entry point; one with routes to add has also `attach`."""

    @property
    def serve(self) -> Serve: ...


Attach: TypeAlias = Callable[[Any, Any, str], None]
"""Called with the server, the application and the path of the endpoint."""


def distribution(mode: str) -> str:
    """Return the distribution that brings `mode`, as a shell is told."""
    if mode == "threading":
        return "sio-wsgi"
    return f'"sio-wsgi[{mode}]"' if mode in BLOCKING_MODES else f"sio-{mode}"


def _advice(mode: str) -> str:
    if mode == "gevent_uwsgi":
        return f"run pip install {distribution(mode)}, and run the application under uWSGI"
    return f"run pip install {distribution(mode)}"


def _unknown(mode: str, known: Sequence[str]) -> str:
    for other, owner in ((ASYNC_MODES, "AsyncServer"), (BLOCKING_MODES, "Server")):
        if mode in other:
            return f"Invalid async_mode {mode!r}: it is one of {owner}, which is another class"
    return f"Invalid async_mode {mode!r}: choose one of {', '.join(known)}"


def check_mode(mode: str | None, known: Sequence[str]) -> None:
    """Raise ValueError for a mode that does not exist or whose adapter is not installed."""
    if mode is None:
        return
    if mode not in known:
        raise ValueError(_unknown(mode, known))
    if find_spec(f"sio_{mode}") is not None:
        return  # known without reading what is installed
    if mode not in installed_modes():
        raise ValueError(
            f"Invalid async_mode {mode!r}: its adapter is not installed, {_advice(mode)}"
        )


def installed_modes() -> set[str]:
    """Return the names of all installed adapters."""
    from importlib.metadata import entry_points  # a sixth of the time to import the server

    return {point.name for point in entry_points(group=GROUP)}


def first_installed(known: Sequence[str]) -> str | None:
    """Return the first of `known` whose adapter is installed, or None."""
    installed = installed_modes()
    return next((mode for mode in known if mode in installed), None)


def choose_concurrency(mode: str | None) -> tuple[str, Concurrency]:
    """Return the async mode for a `Server`: the one asked for, or the first that is installed.

    Returns its name and its primitives. Raises ValueError for a mode that does
    not exist or is not installed.
    """
    if mode is not None and mode not in BLOCKING_MODES:
        raise ValueError(_unknown(mode, BLOCKING_MODES))
    from ..concurrency.modes import MODES  # which servers on asyncio do without

    if mode is not None:
        try:
            if not _present(mode):
                raise ImportError
            return mode, MODES[mode]()
        except ImportError as error:
            missing = f": {error}" if str(error) else ""
            raise ValueError(
                f"Invalid async_mode {mode!r}: it is not installed, {_advice(mode)}{missing}"
            ) from None
    for name in BLOCKING_MODES[:-1]:
        if _present(name):
            try:
                return name, MODES[name]()
            except ImportError:
                continue  # installed, but not for this Python
    return "threading", MODES["threading"]()


def _present(mode: str) -> bool:
    # uWSGI puts its module where `find_spec` does not look.
    names = NEEDS.get(mode, ())
    return all(name in sys.modules or find_spec(name) is not None for name in names)


def load_adapter(mode: str) -> Adapter:
    """Return the adapter of `mode`. Raises ValueError without one."""
    from importlib.metadata import entry_points

    for point in entry_points(group=GROUP, name=mode):
        adapter: Adapter = point.load()
        return adapter
    raise ValueError(f"no adapter for {mode!r}: {_advice(mode)}")


def load_serve(mode: str) -> Serve:
    """Return the function of an adapter that serves one request. Raises ValueError without one."""
    return load_adapter(mode).serve


def attaching_mode(app: object, asked: str | None) -> str:
    """Return the mode in which a server is attached to `app`: `asked`, or the one of its class.

    Raises ValueError where the two differ, and where nothing says which it is.
    """
    found = next((HOMES[home] for home in _packages(type(app)) if home in HOMES), asked)
    kind = type(app).__name__
    if found is None:
        raise ValueError(
            f"attach takes an application of aiohttp or Sanic, not {kind}: {NO_ATTACH['asgi']}"
        )
    if asked not in (None, found):
        raise ValueError(
            f"attach got an application of {found}, {kind}, but the server has async_mode={asked!r}"
        )
    return found


def load_attach(mode: str) -> Attach:
    """Return what attaches a server in `mode`. Raises ValueError with what to do where none can."""
    if mode in NO_ATTACH:
        raise ValueError(f"async_mode {mode!r} has no attach: {NO_ATTACH[mode]}")
    attach: Attach | None = getattr(load_adapter(mode), "attach", None)
    if attach is None:
        raise ValueError(f"async_mode {mode!r} has no attach: use its application")
    return attach


def _packages(kind: type) -> Iterator[str]:
    """The packages that a class and its bases come from."""
    for base in kind.__mro__:
        yield base.__module__.partition(".")[0]

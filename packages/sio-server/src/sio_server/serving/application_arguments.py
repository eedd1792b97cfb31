"""The check of what `ASGIApp` and `WSGIApp` are given to serve."""

from __future__ import annotations

from inspect import iscoroutinefunction

ALONE = object()
"""In place of the other application: there is none."""

WSGI = "sio_wsgi.WSGIApp"
"""What serves a `Server`."""


def check_server(
    application: str, server: object, other: object, *, own: type, foreign: str, home: str
) -> None:
    """Raise TypeError where `server` is not what `application` can serve.

    It serves an `own` server, while one of the class named `foreign` is served by `home`. Anything
    with a `driver` or the method `handle_request` counts as a server. `other` is the
    application behind it, which programs now and then put first; `ALONE` where there is none.
    """
    if _is_of_other_colour(server, own):
        raise TypeError(
            f"{application} serves the class {own.__name__}; {foreign} is served by {home}"
        )
    if _serves(server):
        return
    swapped = "; the two are swapped" if _serves(other) else ""
    if other is ALONE:
        raise TypeError(
            f"{application} takes an object of the class {own.__name__}, "
            f"not {type(server).__name__}"
        )
    raise TypeError(
        f"{application} takes the server first, which is an object of the class {own.__name__}, "
        f"and the other application second, not {type(server).__name__} first{swapped}"
    )


def _is_of_other_colour(server: object, own: type) -> bool:
    """Tell whether a server that says its colour, such as one of Engine.IO, has not that of `own`.

    A class is no server, and says nothing.
    """
    says = getattr(server, "is_asyncio_based", None)
    if says is None or isinstance(server, type):
        return False
    return bool(says()) is not iscoroutinefunction(getattr(own, "handle_request", None))


def _serves(candidate: object) -> bool:
    return hasattr(candidate, "driver") or hasattr(candidate, "handle_request")

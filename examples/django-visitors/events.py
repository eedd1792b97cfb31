"""The events: a client is whoever Django's session says it is."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.http import parse_cookie

from sio_wsgi import ConnectionRefusedError, Server

sio = Server(async_mode="threading")
names: dict[str, str] = {}
"""The name of each client that is connected, by its sid."""


def session_of(environ: dict[str, Any]) -> SessionStore:
    """The session of Django that the cookies of a request belong to, or an empty one."""
    cookies = parse_cookie(environ.get("HTTP_COOKIE", ""))
    return SessionStore(cookies.get(settings.SESSION_COOKIE_NAME))


@sio.event
def connect(sid: str, environ: dict[str, Any]) -> None:
    """Let in whoever has said a name on the page."""
    name = session_of(environ).get("name")
    if name is None:
        raise ConnectionRefusedError("say your name on the page first")
    names[sid] = name
    sio.emit("seen", f"{name} came in", skip_sid=sid)


@sio.event
def say(sid: str, text: object) -> str:
    """Pass on what somebody says, under the name of the session."""
    sio.emit("said", (names[sid], str(text)))
    return "delivered"


@sio.event
def disconnect(sid: str) -> None:
    """Tell the others who left."""
    sio.emit("seen", f"{names.pop(sid)} left")

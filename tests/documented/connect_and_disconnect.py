"""Lifecycle handlers; given: sio, seen."""
# ruff: noqa: F821


@sio.event
def connect(sid, environ, auth):
    seen.append(("connect", auth))


@sio.event
def disconnect(sid):
    seen.append("disconnect")

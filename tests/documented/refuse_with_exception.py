"""The exception of the API with all its arguments; given: sio."""
# ruff: noqa: F821

from socketio.exceptions import ConnectionRefusedError


@sio.event
def connect(sid, environ):
    raise ConnectionRefusedError("authentication failed", {"code": 7})

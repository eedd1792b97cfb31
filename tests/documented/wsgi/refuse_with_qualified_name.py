"""The exception by its full name; given: sio, socketio."""
# ruff: noqa: F821


@sio.event
def connect(sid, environ, auth):
    raise socketio.exceptions.ConnectionRefusedError("authentication failed")

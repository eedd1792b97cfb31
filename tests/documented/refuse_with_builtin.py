"""The built-in exception, as in the guide without an import; given: sio."""
# ruff: noqa: F821


@sio.event
def connect(sid, environ):
    raise ConnectionRefusedError("authentication failed")

"""A connect handler that returns False; given: sio."""
# ruff: noqa: F821


@sio.on("connect")
def connect(sid, environ):
    return False

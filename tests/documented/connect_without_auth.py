"""A connect handler that takes no auth; given: sio, seen."""
# ruff: noqa: F821


@sio.on("connect")
def connect(sid, environ):
    seen.append(environ["REQUEST_METHOD"])


@sio.on("disconnect")
def disconnect(sid, reason):
    seen.append(reason)

"""A disconnect handler that is not told why, of an older documentation; given: sio."""
# ruff: noqa: F821


@sio.event
def disconnect():
    print("I'm disconnected!")

"""A connect handler that returns False; given: sio."""
# ruff: noqa: F821


@sio.event
async def connect(sid, environ):
    return False

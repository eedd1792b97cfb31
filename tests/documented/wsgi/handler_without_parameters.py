"""A handler that takes nothing; given: sio."""
# ruff: noqa: F821


@sio.on("my custom event")
def my_custom_event():
    sio.emit("my reply")

"""A handler that takes nothing; given: sio."""
# ruff: noqa: F821


@sio.on("my custom event")
async def my_custom_event():
    await sio.emit("my reply")

"""A handler of every event without one, of an older documentation; given: sio, seen."""
# ruff: noqa: F821


@sio.on("*")
async def catch_all(event, data):
    seen.append([event, data])

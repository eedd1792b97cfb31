"""A handler of every event without one; given: sio, seen."""
# ruff: noqa: F821


@sio.on("*")
async def any_event(event, sid, data):
    seen.append([event, sid, data])

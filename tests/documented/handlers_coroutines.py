"""Event handlers as coroutines; given: sio, seen."""
# ruff: noqa: F821


@sio.event
async def my_event(sid, data):
    seen.append(("my_event", data))


@sio.on("my custom event")
async def another_event(sid, data):
    seen.append(("my custom event", data))

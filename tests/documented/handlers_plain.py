"""Event handlers as functions; given: sio, seen."""
# ruff: noqa: F821


@sio.event
def my_event(sid, data):
    seen.append(("my_event", data))


@sio.on("my custom event")
def another_event(sid, data):
    seen.append(("my custom event", data))

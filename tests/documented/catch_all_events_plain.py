"""A plain handler for any event; given: sio, seen."""
# ruff: noqa: F821


@sio.on("*")
def any_event(event, sid, data):
    seen.append((event, data))

"""A handler whose return values acknowledge the event; given: sio."""
# ruff: noqa: F821


@sio.event
def my_event(sid, data):
    # handle the message
    return "OK", 123

"""Return values that become acknowledgements; given: sio."""
# ruff: noqa: F821


@sio.event
def my_event(sid, data):
    # handle the message
    return "OK", 123


@sio.on("one value")
def one_value(sid, data):
    return {"received": data}


@sio.on("my event", namespace="/chat")
def my_event_handler(sid, data):
    return "OK", 123

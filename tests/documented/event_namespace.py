"""The event decorator with and without arguments; given: sio, seen."""
# ruff: noqa: F811, F821


@sio.event
def my_event(data):
    seen.append("default")


@sio.event(namespace="/test")
def my_event(sid, data):
    seen.append(("/test", data))


@sio.on("my custom event", namespace="/test")
def my_custom_event(sid, data):
    seen.append(("/test", data))

"""Handlers of events, by their name and by another; given: sio."""
# ruff: noqa: F821


@sio.event
def message(data):
    print("I received a message!")


@sio.on("my message")
def on_message(data):
    print("I received a message!")

"""Handlers of events, plain and coroutines; given: sio."""
# ruff: noqa: F821


@sio.event
async def message(data):
    print("I received a message!")


@sio.on("my message")
def on_message(data):
    print("I received a message!")

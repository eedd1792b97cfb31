"""The handlers that the client calls itself; given: sio."""
# ruff: noqa: F821


@sio.event
def connect():
    print("I'm connected!")


@sio.event
def connect_error(data):
    print("The connection failed!")


@sio.event
def disconnect(reason):
    print("I'm disconnected! reason:", reason)

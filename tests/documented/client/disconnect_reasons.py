"""A disconnect handler that looks at the reason; given: sio."""
# ruff: noqa: F821


@sio.event
def disconnect(reason):
    if reason == sio.reason.CLIENT_DISCONNECT:
        print("the client disconnected")
    elif reason == sio.reason.SERVER_DISCONNECT:
        print("the server disconnected the client")
    else:
        print("disconnect reason:", reason)

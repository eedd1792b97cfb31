"""Reasons as attributes of the server; given: sio, seen."""
# ruff: noqa: F821


@sio.event
def disconnect(sid, reason):
    if reason == sio.reason.CLIENT_DISCONNECT:
        seen.append("the client disconnected")
    elif reason == sio.reason.SERVER_DISCONNECT:
        seen.append("the server disconnected the client")
    else:
        seen.append(f"other: {reason}")
